"""Vectors that SQL keeps go with their memories: also those that a deletion did not see."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from reverie_server.index.changes import Batch, load
from reverie_server.index.intake import Intake
from reverie_server.index.memory_index import Kind
from reverie_server.index.partitions import AllPartitions
from reverie_server.storage import outbox
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from tests.fresh_database import schema_file
from tests.index.indexing import ANN, Bench, bench, open_bench

__all__ = ["bench", "schema_file"]


async def apply_all(bench: Bench, deleting: Sequence[str] = ()) -> None:
    """As the indexer does.

    Args:
        deleting: entries that are deleted while the transaction that keeps their vectors goes on.
    """

    async def waiting(snapshot: Snapshot) -> Batch:
        pending = await outbox.pending(snapshot, 100)
        return Batch(pending, await load(snapshot, pending, bench.provider.name))

    async def noted(tx: Transaction) -> None:
        for each in deleting:
            await bench.delete(each)
        await outbox.mark_applied(tx, batch.keys)

    batch = await bench.db.read(waiting)
    intake = Intake(bench.db, bench.index, bench.provider, AllPartitions())
    await intake.apply(batch, {}, noted)


@pytest.mark.once
async def test_a_deletion_at_the_moment_when_the_vector_is_kept(
    migrated_postgres: PostgresOptions, tmp_path: Path
) -> None:
    db = await PostgresDatabase.open(migrated_postgres)
    async with open_bench(db, tmp_path) as bench:
        await bench.add("one", "two")
        await apply_all(bench, deleting=["one"])
        assert await bench.vectors() == {"one", "two"}, "neither saw the other"
        await apply_all(bench)
        assert await bench.vectors() == {"two"}


@pytest.mark.parametrize("kind", Kind)
async def test_a_vector_without_its_memory_goes_when_the_deletion_is_applied(
    bench: Bench, kind: Kind
) -> None:
    stray = partial(bench.change, ANN)
    await stray([], ("stray_vector", kind, "gone", b""), ("stray_vector", kind, "other", b""))
    await stray([Change(kind, "gone", "", Operation.DELETE)])
    await apply_all(bench)
    assert await bench.vectors() == {"other"}


async def test_those_of_a_whole_session_go_with_it(bench: Bench) -> None:
    await bench.add("there")
    await apply_all(bench)
    stray = ("stray_vector", Kind.ENTRY, "gone", b"")
    await bench.change(ANN, [Change(WHOLE_SESSION, "", "left", Operation.DELETE)], stray)
    await apply_all(bench)
    assert await bench.vectors() == {"there"}
