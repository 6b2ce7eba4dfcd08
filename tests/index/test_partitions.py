"""Several servers' indexers on one index: each owner is one server's at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from reverie_server.index.changes import Batch
from reverie_server.index.indexer import Indexer
from reverie_server.index.memory_index import Owner
from reverie_server.index.partitions import LeasedPartitions, PartitionLost
from reverie_server.storage import outbox
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import EVERY_PARTITION, Change, Operation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import parse
from tests.fresh_database import schema_file
from tests.index.indexing import ANN, Bench, Provider, bench
from tests.index.memories import all_ids, soon

__all__ = ["bench", "schema_file"]

SQL = parse(
    """
    -- name: run_out
    UPDATE leases SET until_time = 0;
    """,
    source="tests",
)
LONG, OVER = 3_600.0, -1.0
ALL = set(EVERY_PARTITION)


def leased(bench: Bench, holder: str, seconds: float = LONG) -> LeasedPartitions:
    return LeasedPartitions(bench.db, holder, lease_seconds=seconds)


async def make(*servers: LeasedPartitions) -> None:
    """As each does when it starts."""
    for each in servers:
        await each._make()


async def test_every_partition_is_one_servers_and_all_have_about_as_many(bench: Bench) -> None:
    servers = [leased(bench, holder) for holder in "abc"]
    await make(*servers)
    await servers[0].renew()
    assert set(servers[0].claims()) == ALL
    # A round to give up what is too much, and one to take what became free.
    for _ in range(3):
        for each in servers:
            await each.renew()
    held = [set(each.claims()) for each in servers]
    assert sum(map(len, held)) == len(set.union(*held)) == len(ALL)
    assert max(map(len, held)) - min(map(len, held)) <= 2


async def test_a_dead_servers_partitions_are_taken_over_and_what_it_applied_waits_again(
    bench: Bench,
) -> None:
    dead, heir = leased(bench, "dead", OVER), leased(bench, "heir")
    await make(dead)
    await dead.renew()
    assert not dead.claims(), "it knows itself that its time is over"
    await bench.add("one")
    pending = await bench.db.read(lambda snapshot: outbox.pending(snapshot, 9))
    await bench.db.transaction(lambda tx: outbox.mark_applied(tx, [each.key for each in pending]))
    await heir.renew()
    assert set(heir.claims()) == ALL
    assert (await bench.db.read(outbox.counts)).pending == 1


async def test_who_was_asleep_can_note_nothing(bench: Bench) -> None:
    sleeper, heir = leased(bench, "sleeper"), leased(bench, "heir")
    await make(sleeper)
    await sleeper.renew()
    before = sleeper.claims()
    await bench.db.transaction(lambda tx: sleeper.confirm(tx, before))
    await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
    await heir.renew()
    with pytest.raises(PartitionLost):
        await bench.db.transaction(lambda tx: sleeper.confirm(tx, before))
    assert len(sleeper.claims()) < len(ALL), "it does not try for ever"


async def test_a_server_that_stops_gives_all_up_at_once(bench: Bench) -> None:
    stopping, other = leased(bench, "stopping"), leased(bench, "other")
    task = asyncio.create_task(stopping.run())
    await stopping.taken.wait()
    task.cancel()
    await asyncio.wait([task])
    await other.renew()
    assert set(other.claims()) == ALL


async def test_the_right_to_refill_is_kept_only_while_a_refill_runs(bench: Bench) -> None:
    first, second = leased(bench, "first"), leased(bench, "second")
    await make(first)
    assert await first.may_refill()
    await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
    await first.renew()
    assert not await second.may_refill(), "a refill runs"
    await first.end_refill(whole=True)
    assert not await second.may_refill(), "it may not know yet that the index is full"
    await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
    await first.renew()
    assert await second.may_refill()


async def test_who_cannot_refill_lets_another_one_try(bench: Bench) -> None:
    unable, other = leased(bench, "unable"), leased(bench, "other")
    await make(unable)
    await bench.add("one")
    bench.provider.away = True
    async with running(Indexer(bench.db, bench.index, bench.provider, unable)):
        await soon(bench.provider.asked.wait())

        async def until_it_may() -> None:
            while not await other.may_refill():
                pass

        await soon(until_it_may())


@asynccontextmanager
async def running(indexer: Indexer) -> AsyncIterator[None]:
    task = asyncio.create_task(indexer.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def apply_too_late(bench: Bench) -> None:
    """A server reads a memory, falls asleep, and puts it into the index when the memory is gone and
    another server has deleted it there."""
    mine, heirs = leased(bench, "sleeper"), leased(bench, "heir")
    await make(mine)
    await mine.renew()
    sleeper = Indexer(bench.db, bench.index, bench.provider, mine)
    heir = Indexer(bench.db, bench.index, Provider(), heirs)
    async with running(sleeper):
        await bench.ready()
        bench.provider.proceed.clear()
        bench.provider.asked.clear()
        await bench.add("one")
        await bench.provider.asked.wait()
        await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
        await heirs.renew()
        async with running(heir):
            gone = await bench.delete("one")
            assert await heir.caught_up(ANN, gone, 20.0)
            assert await all_ids(bench.index, ANN) == set()
            bench.provider.proceed.set()
            # Until the sleeper has put it there, and has tried to note that.
            while len(mine.claims()) == len(ALL):
                await bench.db.read(outbox.counts)
            async with mine.at_work:
                pass
            assert await heir.caught_up(ANN, gone, 20.0)


async def test_what_is_applied_too_late_is_applied_again_by_whose_turn_it_is(
    bench: Bench,
) -> None:
    await apply_too_late(bench)
    assert await all_ids(bench.index, ANN) == set()


async def test_it_would_stay_in_the_index_otherwise(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the test above is worth."""

    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr(Batch, "record_again", nothing)
    await apply_too_late(bench)
    assert await all_ids(bench.index, ANN) == {"one"}


async def test_every_owner_is_in_one_partition(migrated_postgres: PostgresOptions) -> None:
    db = await PostgresDatabase.open(migrated_postgres)
    owners = [Owner("w", f"user {number}") for number in range(300)]

    async def record(tx: Transaction) -> None:
        for owner in owners:
            change = Change(1, "m", "", Operation.UPSERT)
            await outbox.record(tx, owner.workspace_id, owner.user_id, 1, [change], 1)

    await db.transaction(record)
    found: list[str] = []
    for partition in EVERY_PARTITION:
        rows = await db.read(
            lambda snapshot, one=partition: outbox.pending(snapshot, 300, partitions=[one])  # type: ignore[misc]
        )
        assert {each.partition for each in rows} <= {partition}
        assert 0 < len(rows) < 40, "they are spread"
        found += [each.key.user_id for each in rows]
        assert (
            await db.transaction(
                lambda tx, one=partition: outbox.reset_applied(tx, [one])  # type: ignore[misc]
            )
            == 0
        )
    assert sorted(found) == sorted(owner.user_id for owner in owners)
    await db.close()
