"""Chores are done once in their period, by one server, and go on when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from reverie_server.jobs.schedule import PREFIX, Chore, Schedule
from reverie_server.storage import leases
from reverie_server.storage.database import Database

LONG = 3_600.0


class Doing:
    """A chore that counts."""

    def __init__(self) -> None:
        self.times = 0
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> None:
        self.times += 1
        self.begun.set()
        await self.gate.wait()


def schedule(
    db: Database,
    holder: str,
    work: Callable[[], Awaitable[object]],
    period: float = LONG,
    lease: float = LONG,
) -> Schedule:
    return Schedule(db, holder, {"sweep": Chore(period, work)}, lease_seconds=lease)


async def test_a_chore_is_done_once_in_a_period_whoever_looks(db: Database) -> None:
    doing = Doing()
    servers = [schedule(db, holder, doing) for holder in "abc"]
    done = await asyncio.gather(*(each.do_if_due("sweep") for each in servers))
    done += await asyncio.gather(*(each.do_if_due("sweep") for each in servers))
    assert (sum(done), doing.times) == (1, 1)


async def test_it_is_done_again_when_its_period_is_over(db: Database) -> None:
    doing = Doing()
    for holder in "aba":
        assert await schedule(db, holder, doing, period=0.0).do_if_due("sweep")
    assert doing.times == 3


async def test_nobody_begins_it_while_somebody_is_at_it(db: Database) -> None:
    """Also when it takes longer than a lease."""
    doing = Doing()
    doing.gate.clear()
    at_it = asyncio.create_task(schedule(db, "a", doing, lease=0.15).do_if_due("sweep"))
    await doing.begun.wait()
    for _ in range(10):
        assert not await schedule(db, "b", doing).do_if_due("sweep")
        await asyncio.sleep(0.04)
    doing.gate.set()
    assert await at_it
    assert doing.times == 1


async def test_what_a_dead_server_was_at_is_begun_again(db: Database) -> None:
    doing = Doing()
    name = f"{PREFIX}sweep"
    await db.transaction(lambda tx: leases.take(tx, name, "dead", -1.0))
    assert await schedule(db, "b", doing).do_if_due("sweep")


async def test_a_server_that_stops_leaves_it_to_the_others_at_once(db: Database) -> None:
    doing = Doing()
    doing.gate.clear()
    at_it = asyncio.create_task(schedule(db, "a", doing).run())
    await doing.begun.wait()
    at_it.cancel()
    await asyncio.wait([at_it])
    doing.gate.set()
    assert await schedule(db, "b", doing).do_if_due("sweep")


async def test_a_chore_that_fails_is_due_again_after_its_period(db: Database) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await schedule(db, "a", fail).do_if_due("sweep")
    assert not await schedule(db, "a", fail).do_if_due("sweep")


async def test_a_chore_that_fails_does_not_end_the_schedule(db: Database) -> None:
    times = 0
    again = asyncio.Event()

    async def fail() -> None:
        nonlocal times
        times += 1
        if times == 3:
            again.set()
        raise ZeroDivisionError

    at_it = asyncio.create_task(schedule(db, "a", fail, period=0.001).run())
    await again.wait()
    at_it.cancel()
    await asyncio.wait([at_it])


async def test_a_server_that_has_nothing_to_do_at_it_takes_no_turn(db: Database) -> None:
    """And asks no more than once in a period."""
    doing = Doing()
    asked = 0

    async def is_called_for() -> bool:
        nonlocal asked
        asked += 1
        return False

    chores = {"sweep": Chore(LONG, doing, is_called_for)}
    cannot = Schedule(db, "a", chores, lease_seconds=LONG)
    assert not await cannot.do_if_due("sweep")
    assert not await cannot.do_if_due("sweep")
    assert (asked, doing.times) == (1, 0)
    assert await schedule(db, "b", doing).do_if_due("sweep")


async def test_a_server_alone_does_it_once_in_a_period_and_writes_nothing_of_it(
    db: Database,
) -> None:
    doing = Doing()
    commits: list[None] = []
    db.on_commit(lambda: commits.append(None))
    for period, times in ((LONG, 1), (0.0, 2)):
        doing.times = 0
        alone = Schedule(db, "a", {"sweep": Chore(period, doing)}, lease_seconds=LONG, alone=True)
        await alone.do_if_due("sweep")
        await alone.do_if_due("sweep")
        assert doing.times == times
    assert commits == []


async def test_alone_a_chore_that_was_broken_off_is_due_at_once_and_one_that_failed_is_not(
    db: Database,
) -> None:
    ends: list[BaseException] = [asyncio.CancelledError(), ZeroDivisionError()]

    async def end() -> None:
        raise ends.pop(0)

    alone = Schedule(db, "a", {"sweep": Chore(LONG, end)}, lease_seconds=LONG, alone=True)
    with pytest.raises(asyncio.CancelledError):
        await alone.do_if_due("sweep")
    with pytest.raises(ZeroDivisionError):
        await alone.do_if_due("sweep")
    assert not await alone.do_if_due("sweep")
