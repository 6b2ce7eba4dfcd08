"""The indexer over a real database and a real index: nothing is lost, nothing stays too long."""

from __future__ import annotations

import asyncio
import contextlib
import math

import numpy as np
import pytest

from reverie_server.index import indexer, schema
from reverie_server.index.indexer import Indexer
from reverie_server.index.memory_index import DenseQuery, Kind, SearchPlan
from reverie_server.scope import Reader
from reverie_server.storage import outbox
from reverie_server.storage.outbox import WHOLE_OWNER, WHOLE_SESSION, Change, Operation
from tests.fresh_database import schema_file
from tests.index.indexing import ANN, BOB, Bench, Work, bench
from tests.index.memories import DIMENSION, all_ids, by_words, found, soon

__all__ = ["bench", "schema_file"]


async def test_an_empty_index_is_filled_and_what_follows_is_applied(bench: Bench) -> None:
    await bench.add("one", "two")
    await bench.add("three", owner=BOB)
    async with bench.running():
        await bench.ready()
        assert await all_ids(bench.index, ANN) == {"one", "two"}
        assert await all_ids(bench.index, BOB) == {"three"}
        await bench.add("four")
        await bench.delete("one")
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == {"two", "four"}
        assert await bench.vectors() == {"two", "three", "four"}
        await soon(bench.outbox_empty())
        assert await bench.differences() == (0, 0, 0)


async def test_a_whole_session_and_a_whole_owner(bench: Bench) -> None:
    upsert = Change(WHOLE_SESSION, "", "ann", Operation.UPSERT)
    work: list[Work] = [("entry", "ann", n, f"e{n}", f"text {n}") for n in range(700)]
    async with bench.running():
        await bench.ready()
        await bench.change(ANN, [upsert], *work)
        await bench.add("bob's", owner=BOB)
        await bench.caught_up(ANN, BOB)
        assert len(await all_ids(bench.index, ANN)) == 700
        assert len(await bench.vectors()) == 701
        gone = Change(WHOLE_SESSION, "", "ann", Operation.DELETE)
        await bench.change(ANN, [gone])
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == set()
        await bench.change(ANN, [upsert])
        await bench.caught_up()
        assert len(await all_ids(bench.index, ANN)) == 700
        everything = Change(WHOLE_OWNER, "", "", Operation.DELETE)
        await bench.change(ANN, [everything], ("delete_entries",))
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == set()
        assert await all_ids(bench.index, BOB) == {"bob's"}


async def test_deleted_and_put_again_at_once_keeps_its_vector(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        await bench.add("one")
        await bench.caught_up()
        both = [
            Change(Kind.ENTRY, "one", "ann", each) for each in (Operation.DELETE, Operation.UPSERT)
        ]
        await bench.change(ANN, both)
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == {"one"}
        assert await bench.vectors() == {"one"}


async def test_deleted_while_it_is_embedded_leaves_nothing(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        bench.provider.asked.clear()
        bench.provider.proceed.clear()
        await bench.add("one", "two")
        await soon(bench.provider.asked.wait())
        await bench.delete("one")
        bench.provider.proceed.set()
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == {"two"}
        assert await bench.vectors() == {"two"}


async def test_an_embedder_that_is_away_delays_and_loses_nothing(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        await bench.add("one")
        await bench.caught_up()
        bench.provider.away = True
        bench.provider.asked.clear()
        await bench.add("two")
        await soon(bench.provider.asked.wait())
        # Forgetting does not wait for it.
        await bench.delete("one")
        while await all_ids(bench.index, ANN):
            await bench.indexer.progress()
        assert (await bench.db.read(outbox.counts)).pending
        bench.provider.away = False
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == {"two"}
        assert await bench.vectors() == {"two"}


@pytest.mark.parametrize("spoils", ["refuses", "breaks_at", "answers_nothing"])
async def test_one_that_cannot_be_embedded_holds_up_nobody(bench: Bench, spoils: str) -> None:
    setattr(bench.provider, spoils, "poison")
    async with bench.running():
        await bench.ready()
        await bench.add("one", "poison", "three")
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == {"one", "poison", "three"}
        assert await bench.vectors() == {"one", "three"}
        # Its words find it.
        reader = Reader("w", "ann", "brad")
        assert await found(bench.index, SearchPlan(reader, [by_words("poison")])) == {"poison"}
        anywhere = DenseQuery(schema.TURN, np.eye(DIMENSION, dtype=np.float32)[3], 10)
        assert await found(bench.index, SearchPlan(reader, [anywhere])) == {"one", "three"}
        assert await bench.differences() == (0, 0, 0)


async def test_a_broken_one_alone_holds_up_nobody_either(bench: Bench) -> None:
    bench.provider.breaks_at = "poison"
    async with bench.running():
        await bench.ready()
        await bench.add("poison")
        await bench.caught_up()
        assert await all_ids(bench.index, ANN) == {"poison"}


async def test_an_embedder_that_refuses_everything_is_not_the_memories_fault(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        bench.provider.refuses = "o"
        bench.provider.asked.clear()
        await bench.add("one", "two")
        await soon(bench.provider.asked.wait())
        assert not await bench.indexer.caught_up(ANN, 1, 0.1)
        bench.provider.refuses = ""
        await bench.caught_up()
        assert await bench.vectors() == {"one", "two"}


async def test_what_was_applied_but_not_flushed_is_applied_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "FLUSH_SECONDS", math.inf)
    with monkeypatch.context() as killed:
        killed.setattr(Indexer, "_settle", nothing)
        async with bench.running():
            await bench.ready()
            await bench.add("one")
            await bench.caught_up()
    # The process ends here: nobody knows what of it the index had kept.
    await bench.index.delete(ANN, [(Kind.ENTRY, "one")])
    again = Indexer(bench.db, bench.index, bench.provider)
    task = asyncio.create_task(again.run())
    while await all_ids(bench.index, ANN) != {"one"}:
        await again.progress()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_an_index_lost_while_changes_are_applied(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        bench.provider.proceed.clear()
        bench.provider.asked.clear()
        await bench.add(*(f"entry {n}" for n in range(300)))
        await soon(bench.provider.asked.wait())
        await bench.index.begin_rebuild()
        bench.provider.proceed.set()
        await bench.ready()
        await bench.caught_up()
        assert len(await all_ids(bench.index, ANN)) == 300
        assert await bench.differences() == (0, 0, 0)


async def nothing(_: object) -> None: ...


async def test_a_clean_stop_leaves_nothing_to_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "FLUSH_SECONDS", math.inf)
    async with bench.running():
        await bench.ready()
        await bench.add("one")
        await bench.caught_up()
        assert (await bench.db.read(outbox.counts)).applied == 1
    counts = await bench.db.read(outbox.counts)
    assert (counts.pending, counts.applied) == (0, 0)


async def test_a_stop_without_the_index_is_a_stop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "FLUSH_SECONDS", math.inf)
    async with bench.running():
        await bench.ready()
        await bench.add("one")
        await bench.caught_up()
        await bench.index.close()
    assert (await bench.db.read(outbox.counts)).applied == 1


async def test_nobody_is_waited_for_in_vain(bench: Bench) -> None:
    taken = await bench.add("one")
    assert not await bench.indexer.caught_up(ANN, taken, 5.0), "not while it is being filled"
