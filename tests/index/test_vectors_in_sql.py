"""Vectors that SQL keeps go with their memories: also those that a deletion did not see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from reverie_server.index import intake
from reverie_server.index.changes import Batch, load
from reverie_server.index.intake import Intake
from reverie_server.index.memories import StoredVector, put_vectors
from reverie_server.index.memory_index import Kind
from reverie_server.index.partitions import AllPartitions
from reverie_server.storage import outbox, ownership
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import WHOLE_OWNER, WHOLE_SESSION, Change, Operation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from tests.fresh_database import schema_file
from tests.index.indexing import ANN, BOB, Bench, bench, open_bench

__all__ = ["bench", "schema_file"]


@pytest.fixture
async def several(migrated_postgres: PostgresOptions, tmp_path: Path) -> AsyncIterator[Bench]:
    """Where several may write at once."""
    db = await PostgresDatabase.open(migrated_postgres)
    async with open_bench(db, tmp_path) as bench:
        yield bench


async def apply_all(bench: Bench) -> None:
    """As the indexer does."""

    async def waiting(snapshot: Snapshot) -> Batch:
        pending = await outbox.pending(snapshot, 100)
        return Batch(pending, await load(snapshot, pending, bench.provider.name))

    batch = await bench.db.read(waiting)
    taking_in = Intake(bench.db, bench.index, bench.provider, AllPartitions())
    await taking_in.apply(batch, {}, partial(outbox.mark_applied, keys=batch.keys))


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Awaitable[object]]]:
    """What happens once, while the transaction that keeps vectors goes on."""
    happenings: list[Callable[[], Awaitable[object]]] = []

    async def put(tx: Transaction, embedder: str, vectors: Sequence[StoredVector]) -> None:
        await put_vectors(tx, embedder, vectors)
        while vectors and happenings:
            await happenings.pop()()

    monkeypatch.setattr(intake, "put_vectors", put)
    return happenings


@pytest.mark.once
async def test_an_entry_that_is_deleted_while_its_vector_is_kept(
    several: Bench, meanwhile: list[Callable[[], Awaitable[object]]]
) -> None:
    meanwhile.append(partial(several.delete, "one"))
    await several.add("one", "two")
    await apply_all(several)
    assert await several.vectors() == {"one", "two"}, "neither saw the other"
    await apply_all(several)
    assert await several.vectors() == {"two"}


@pytest.mark.once
async def test_a_user_who_is_deleted_while_vectors_of_a_session_are_kept(
    several: Bench, meanwhile: list[Callable[[], Awaitable[object]]]
) -> None:
    async def delete_user(tx: Transaction) -> None:
        await ownership.delete_user(tx, ANN.workspace_id, ANN.user_id, 1)

    await several.add("bob's", owner=BOB)
    await several.add("one", "two")
    await apply_all(several)
    await several.change(ANN, [], ("delete_vector", "one"))
    meanwhile.append(lambda: several.db.transaction(delete_user))
    await several.change(ANN, [Change(WHOLE_SESSION, "", "ann", Operation.UPSERT)])
    await apply_all(several)
    assert await several.vectors() == {"bob's", "one"}, "neither saw the other"
    await apply_all(several)
    assert await several.vectors() == {"bob's"}


@pytest.mark.once
async def test_those_of_a_whole_session_go_with_it(several: Bench) -> None:
    await several.add("there")
    await apply_all(several)
    stray = ("stray_vector", Kind.ENTRY, "gone", b"")
    await several.change(ANN, [Change(WHOLE_SESSION, "", "left", Operation.DELETE)], stray)
    await apply_all(several)
    assert await several.vectors() == {"there"}


@pytest.mark.once
async def test_those_of_every_kind_go_with_a_whole_owner(several: Bench) -> None:
    strays = [("stray_vector", kind, f"gone {kind}", b"") for kind in Kind]
    await several.change(ANN, [Change(WHOLE_OWNER, "", "", Operation.DELETE)], *strays)
    await apply_all(several)
    assert await several.vectors() == set()


@pytest.mark.parametrize("kind", Kind)
async def test_a_vector_without_its_memory_goes_when_the_deletion_is_applied(
    bench: Bench, kind: Kind
) -> None:
    stray = partial(bench.change, ANN)
    await stray([], ("stray_vector", kind, "gone", b""), ("stray_vector", kind, "other", b""))
    await stray([Change(kind, "gone", "", Operation.DELETE)])
    await apply_all(bench)
    assert await bench.vectors() == {"other"}


async def test_that_of_what_a_memory_said_before_goes_when_it_has_no_text_any_more(
    bench: Bench,
) -> None:
    await bench.add("one", "two")
    await apply_all(bench)
    await bench.change(
        ANN, [Change(Kind.ENTRY, "one", "ann", Operation.UPSERT)], ("leave_out", "one")
    )
    await apply_all(bench)
    assert await bench.vectors() == {"two"}
