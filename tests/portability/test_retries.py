"""Imports whose callers leave while they are stored, and come back."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reverie_server.errors import ResourceExhausted
from reverie_server.governance.portability.arrivals import Arrival, Arrivals
from reverie_server.governance.portability.budget import Budget
from reverie_server.governance.portability.importing import Imported, UserImports
from reverie_server.governance.portability.screening import Screen, Sieve
from reverie_server.governance.portability.service import PortabilityService
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage.idempotency import Request
from tests.portability.places import Place, exported, imported, records

ROOM = 100
ABOUT = {"request_id": "again", "replace": True}


async def test_who_left_while_a_file_is_stored_and_asks_again_gets_what_comes_of_it(
    source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await exported(source)
    loop, going_on = asyncio.get_running_loop(), threading.Event()
    storing, left, asked_again = asyncio.Event(), asyncio.Event(), asyncio.Event()
    sifted, screened = list[Sieve](), list[Screen | None]()
    sift, screen = Sieve.of, Screen.of
    take_in, stored = PortabilityService.take_in, Arrivals.stored

    async def watched_sift(*args: Any) -> Sieve:
        if storing.is_set():
            asked_again.set()
        sifted.append(await sift(*args))
        return sifted[-1]

    async def slow_screen(snapshot: Any, *args: Any) -> Screen | None:
        await snapshot.long_stretch()
        loop.call_soon_threadsafe(storing.set)
        assert going_on.wait(30)
        screened.append(await screen(snapshot, *args))
        return screened[-1]

    async def watched_take_in(*args: Any, **more: Any) -> Any:
        try:
            return await take_in(*args, **more)
        finally:
            left.set()

    async def watched_stored(*args: Any) -> Imported:
        if storing.is_set():
            asked_again.set()
        return await stored(*args)

    monkeypatch.setattr(Sieve, "of", watched_sift)
    monkeypatch.setattr(Screen, "of", slow_screen)
    monkeypatch.setattr(PortabilityService, "take_in", watched_take_in)
    monkeypatch.setattr(Arrivals, "stored", watched_stored)
    first = asyncio.ensure_future(imported(source, data, **ABOUT))
    await storing.wait()
    first.cancel()
    await left.wait()
    again = asyncio.ensure_future(imported(source, b"", **ABOUT))
    await asked_again.wait()
    going_on.set()
    answer = await again

    assert (len(sifted), len(screened)) == (1, 1)
    assert answer.done
    assert answer.imported["entry"] == records(data)[-1]["counts"]["entry"]
    assert await imported(source, b"", **ABOUT) == answer
    assert (await exported(source)).splitlines()[1:] == data.splitlines()[1:]


@pytest.mark.parametrize("all_of_it", [False, True], ids=["where it broke off", "all of it"])
async def test_who_asks_again_just_before_it_is_stored_gets_what_came_of_it(
    source: Place, monkeypatch: pytest.MonkeyPatch, all_of_it: bool
) -> None:
    """It has not been answered when that is looked up, and is not under way any more just after."""
    data = await exported(source)
    half = len(data) // 2
    loop, going_on = asyncio.get_running_loop(), threading.Event()
    storing, looked_up, stored = asyncio.Event(), asyncio.Event(), asyncio.Event()
    screen, answered, store = Screen.of, UserImports.answered, UserImports._store
    effects = 0

    async def slow_screen(snapshot: Any, *args: Any) -> Screen | None:
        await snapshot.long_stretch()
        loop.call_soon_threadsafe(storing.set)
        assert going_on.wait(30)
        return await screen(snapshot, *args)

    async def slowly_answered(self: UserImports, request: Request | None) -> Imported | None:
        before = await answered(self, request)
        if storing.is_set() and not looked_up.is_set():
            looked_up.set()
            await stored.wait()
        return before

    async def counted(*args: Any) -> Imported:
        nonlocal effects
        effects += 1
        return await store(*args)

    monkeypatch.setattr(Screen, "of", slow_screen)
    monkeypatch.setattr(UserImports, "answered", slowly_answered)
    monkeypatch.setattr(UserImports, "_store", counted)
    first = asyncio.ensure_future(imported(source, data, **ABOUT))
    await storing.wait()
    start = 0 if all_of_it else half
    again = asyncio.ensure_future(imported(source, data[start:], offset=start, **ABOUT))
    await looked_up.wait()
    going_on.set()
    answer = await first
    stored.set()

    assert await again == answer
    assert answer.done
    assert effects == 1


def request(request_id: str) -> Request:
    return Request("w", "caller", "ImportUser", request_id, "u", "fingerprint", 0)


def write(arrival: Arrival) -> None:
    arrival.spool.write(b"x" * ROOM)
    arrival.spool.flush()


@pytest.mark.parametrize("about", [None, request("1")], ids=["alone", "with an id"])
async def test_a_file_is_kept_while_it_is_stored_though_all_have_left(
    tmp_path: Path, about: Request | None
) -> None:
    class Watched(Budget):
        def give(self, size: int) -> None:
            super().give(size)
            given.set()

    given, budget = asyncio.Event(), Watched(ROOM)
    arrivals = Arrivals(tmp_path, budget, ROOM)
    begun, going_on = asyncio.Event(), asyncio.Event()
    read: list[bytes] = []

    async def bring() -> Imported:
        with arrivals.open(about) as arrival:
            write(arrival)

            async def store() -> Imported:
                begun.set()
                await going_on.wait()
                read.append(arrival.spool.read(0, ROOM))
                return Imported(1, ROOM)

            return await arrivals.stored(arrival, store)

    bringing = asyncio.ensure_future(bring())
    await begun.wait()
    bringing.cancel()
    await asyncio.wait([bringing])
    with pytest.raises(ResourceExhausted):
        arrivals.make_room_for(1)
    assert budget.left == 0
    going_on.set()
    await given.wait()

    assert read == [b"x" * ROOM]
    arrivals.make_room_for(ROOM)


async def test_what_could_not_be_stored_may_be_tried_again(tmp_path: Path) -> None:
    arrivals = Arrivals(tmp_path, Budget(ROOM), ROOM)
    failures = [RuntimeError("the database is away")]

    async def store() -> Imported:
        if failures:
            raise failures.pop()
        return Imported(1, ROOM)

    with arrivals.open(request("1")) as arrival:
        write(arrival)
        with pytest.raises(RuntimeError, match="away"):
            await arrivals.stored(arrival, store)
    with arrivals.open(request("1")) as again:
        assert again is arrival
        assert (await arrivals.stored(again, store)).size == ROOM


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns after every few steps."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("often")
def test_threads_that_read_at_once_get_each_their_own() -> None:
    size, places = 16 * 1024, range(1_000)
    with Spool() as spool, ThreadPoolExecutor(4) as threads:
        for at in places:
            spool.write(at.to_bytes(4, "big") * (size // 4))
        spool.flush()

        def wrong(order: Iterable[int]) -> list[int]:
            return [at for at in order if spool.read(at * size, 4) != at.to_bytes(4, "big")]

        readings = [threads.submit(wrong, order) for order in (places, places[::-1]) * 8]
        assert not [at for each in readings for at in each.result()]
