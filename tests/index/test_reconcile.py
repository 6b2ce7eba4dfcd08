"""Comparing the index with SQL: what differs is counted and repaired, what moves does not count."""

from __future__ import annotations

import asyncio
from functools import partial

from reverie_server.index.memory_index import Kind, Owner
from reverie_server.storage import outbox
from reverie_server.storage.outbox import Change, Operation
from tests.fresh_database import schema_file
from tests.index.indexing import ANN, Bench, Work, bench

__all__ = ["bench", "schema_file"]


async def test_differences_are_counted_and_repaired(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        await bench.add("one", "two", "three")
        await bench.caught_up()
        vectors = await bench.vectors()
        # Behind the indexer's back: one is missing, one is stale, one too much.
        work: list[Work] = [
            ("delete_entry", "two"),
            ("entry", "ann", 90, "two", "another text"),
            ("delete_entry", "three"),
        ]
        await bench.change(ANN, [], *work)
        await bench.index.delete(ANN, [(Kind.ENTRY, "one")])
        seen = await bench.reconciler.compare(ANN)
        assert seen.compared == 2
        assert [seen.missing, seen.stale, seen.extra] == [
            [(Kind.ENTRY, "one")],
            [(Kind.ENTRY, "two")],
            [(Kind.ENTRY, "three")],
        ]
        assert await bench.reconciler.repair(ANN, seen) == 3
        await bench.caught_up()
        assert await bench.differences() == (0, 0, 0)
        assert await bench.vectors() >= vectors - {"three"}
        assert await bench.reconciler.repair(ANN, await bench.reconciler.compare(ANN)) == 0


async def test_a_repair_goes_in_beside_what_is_left_of_its_revision(bench: Bench) -> None:
    taken = await bench.add("one", "two", "three")
    first = [(await bench.db.read(partial(outbox.pending, limit=1)))[0].key]
    await bench.db.transaction(partial(outbox.mark_applied, keys=first))
    await bench.db.transaction(partial(outbox.forget_durable, keys=first))
    one, two = (Change(Kind.ENTRY, each, "ann", Operation.UPSERT) for each in ("one", "two"))
    for changes in ([one], [one, two]):
        await bench.db.transaction(
            partial(
                outbox.record,
                workspace_id="w",
                user_id="ann",
                revision=taken,
                changes=changes,
                now=1,
            )
        )
    pending = await bench.db.read(partial(outbox.pending, limit=10))
    assert [each.change.memory_id for each in pending] == ["two", "three", "one", "one", "two"]


async def test_what_goes_while_it_is_compared_is_no_difference(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        await bench.add(*(f"entry {n}" for n in range(50)))
        await bench.caught_up()

        async def churn() -> None:
            for n in range(50):
                await bench.delete(f"entry {n}")
                await bench.add(f"later {n}")

        churning = asyncio.create_task(churn())
        while not churning.done():
            assert await bench.differences() == (0, 0, 0)
        await churning


async def test_nobody_has_no_differences(bench: Bench) -> None:
    async with bench.running():
        await bench.ready()
        for owner in (Owner("w", "nobody"), Owner("elsewhere", "")):
            assert await bench.differences(owner) == (0, 0, 0)
