"""Several servers' indexers on one index: each owner is one server's at a time."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest

from reverie_server.errors import Unavailable
from reverie_server.index import indexer
from reverie_server.index.changes import Batch
from reverie_server.index.edge import EdgeIndex
from reverie_server.index.indexer import Indexer
from reverie_server.index.memory_index import MemoryIndex, MemoryPoint, Owner
from reverie_server.index.partitions import LeasedPartitions, PartitionLost
from reverie_server.storage import outbox
from reverie_server.storage.database import Database, Transaction
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
    assert await first.may_refill() is not None
    await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
    await first.renew()
    assert await second.may_refill() is None, "a refill runs"
    await first.end_refill(at_once=False)
    assert await second.may_refill() is None, "it may not know yet that the index is full"
    assert await first.may_refill() is not None, "the index is back: it goes on"
    await first.end_refill(at_once=False)
    await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
    await first.renew()
    assert await second.may_refill() is not None


async def test_who_cannot_refill_lets_another_one_try(bench: Bench) -> None:
    unable, other = leased(bench, "unable"), leased(bench, "other")
    await make(unable)
    await bench.add("one")
    bench.provider.away = True
    async with running(Indexer(bench.db, bench.index, bench.provider, unable)):
        await soon(bench.provider.asked.wait())

        async def until_it_may() -> None:
            while await other.may_refill() is None:
                pass

        await soon(until_it_may())


@asynccontextmanager
async def running(indexer: Indexer) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(indexer.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Away:
    """The way to a database that is away a few times."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.times = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def transaction(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        if self.times:
            self.times -= 1
            raise Unavailable("the database cannot be used now")
        return await self._db.transaction(work)


class Late:
    """The way to an index that carries changes out, and does not say so."""

    def __init__(self, index: EdgeIndex) -> None:
        self._index = index
        self.changed = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    async def upsert(self, points: Sequence[MemoryPoint]) -> None:
        await self._index.upsert(points)
        self.changed.set()
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class TooLate:
    """A server that waits for the vector of a memory. By now the memory is gone, and the heir of
    its partitions has deleted it in the index."""

    bench: Bench
    partitions: LeasedPartitions
    sleeper: Indexer
    task: asyncio.Task[None]
    heir: Indexer
    gone: int

    async def wake(self) -> None:
        """Returns when it has found out, and the heir has done what there was to be done."""
        self.bench.provider.proceed.set()
        while self.sleeper._intake._in_doubt is not None:
            await self.bench.db.read(outbox.counts)
        await self.caught_up()

    async def caught_up(self) -> None:
        assert await self.heir.caught_up(ANN, self.gone, 20.0)


@asynccontextmanager
async def too_late(
    bench: Bench, db: Database | None = None, index: MemoryIndex | None = None
) -> AsyncIterator[TooLate]:
    """
    Args:
        db, index: as the server sees them.
    """
    mine, heirs = leased(bench, "sleeper"), leased(bench, "heir")
    await make(mine)
    await mine.renew()
    sleeper = Indexer(db or bench.db, index or bench.index, bench.provider, mine)
    heir = Indexer(bench.db, bench.index, Provider(), heirs)
    async with running(sleeper) as task:
        await bench.ready()
        bench.provider.proceed.clear()
        bench.provider.asked.clear()
        await bench.add("one")
        await bench.provider.asked.wait()
        await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
        await heirs.renew()
        async with running(heir):
            late = TooLate(bench, mine, sleeper, task, heir, await bench.delete("one"))
            await late.caught_up()
            assert await all_ids(bench.index, ANN) == set()
            yield late


async def test_what_is_applied_too_late_is_applied_again_by_whose_turn_it_is(
    bench: Bench,
) -> None:
    async with too_late(bench) as late:
        await late.wake()
        assert await all_ids(bench.index, ANN) == set()


async def test_so_it_is_when_the_database_is_away_just_then(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "RETRY_SECONDS", 0.01)
    away = Away(bench.db)
    async with too_late(bench, db=cast(Database, away)) as late:
        # The note that it was applied, and twice the one that it has to be looked at.
        away.times = 3
        await late.wake()
        assert away.times == 0
        assert await all_ids(bench.index, ANN) == set()


async def test_so_it_is_when_the_server_is_stopped_just_then(bench: Bench) -> None:
    index = Late(bench.index)
    async with too_late(bench, index=cast(MemoryIndex, index)) as late:
        bench.provider.proceed.set()
        await index.changed.wait()
        assert await all_ids(bench.index, ANN) == {"one"}
        late.task.cancel()
        await asyncio.wait([late.task])
        await late.caught_up()
        assert await all_ids(bench.index, ANN) == set()


async def nothing(*_: object) -> None: ...


async def test_it_would_stay_in_the_index_otherwise(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tests above are worth."""
    monkeypatch.setattr(Batch, "record_again", nothing)
    async with too_late(bench) as late:
        await late.wake()
        assert await all_ids(bench.index, ANN) == {"one"}


async def test_who_knows_that_it_is_too_late_does_not_apply_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Batch, "record_again", nothing)
    async with too_late(bench) as late:
        late.partitions._valid_until = 0.0
        await late.wake()
        assert await all_ids(bench.index, ANN) == set()


async def test_a_filling_that_another_one_has_ended_brings_nothing_back(bench: Bench) -> None:
    """Who fills falls asleep over a memory. The heir fills the index, and deletes the memory."""
    mine, heirs = leased(bench, "sleeper"), leased(bench, "heir")
    await make(mine)
    await bench.add("one")
    bench.provider.proceed.clear()
    sleeper = Indexer(bench.db, bench.index, bench.provider, mine)
    heir = Indexer(bench.db, bench.index, Provider(), heirs)
    async with running(sleeper):
        await bench.provider.asked.wait()
        await bench.db.transaction(lambda tx: tx.execute(SQL["run_out"]))
        await heirs.renew()
        async with running(heir) as task:
            await bench.ready()
            late = TooLate(bench, mine, sleeper, task, heir, await bench.delete("one"))
            await late.caught_up()
            await late.wake()
            assert await all_ids(bench.index, ANN) == set()


async def test_a_flush_after_the_leases_have_run_out_forgets_what_is_still_its_own(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "FLUSH_SECONDS", math.inf)
    mine = leased(bench, "mine")
    await make(mine)
    await mine.renew()
    own = Indexer(bench.db, bench.index, bench.provider, mine)
    async with running(own):
        await bench.ready()
        assert await own.caught_up(ANN, await bench.add("one"), 20.0)
        mine._valid_until = 0.0
        await own._flush()
        await mine.renew()
        assert (await bench.db.read(outbox.counts)).applied == 0


async def test_a_server_that_stops_leaves_nothing_to_apply_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "FLUSH_SECONDS", math.inf)
    mine = leased(bench, "mine")
    await make(mine)
    await mine.renew()
    own = Indexer(bench.db, bench.index, bench.provider, mine)
    async with running(own):
        await bench.ready()
        assert await own.caught_up(ANN, await bench.add("one"), 20.0)
        assert (await bench.db.read(outbox.counts)).applied == 1
    counts = await bench.db.read(outbox.counts)
    assert (counts.pending, counts.applied) == (0, 0)


async def test_a_server_that_is_never_idle_makes_room_for_a_newcomer(bench: Bench) -> None:
    busy, newcomer = leased(bench, "busy", 1.0), leased(bench, "newcomer", 1.0)

    async def work_without_end() -> None:
        while True:
            async with busy.at_work:
                await bench.db.read(outbox.counts)

    tasks = [asyncio.create_task(work_without_end()), asyncio.create_task(busy.run())]
    await busy.taken.wait()
    assert set(busy.claims()) == ALL
    tasks.append(asyncio.create_task(newcomer.run()))
    await soon(newcomer.taken.wait())
    assert len(busy.claims()) == len(newcomer.claims()) == len(ALL) / 2
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


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
