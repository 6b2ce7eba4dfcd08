"""The strands of a session."""

from __future__ import annotations

import pytest

from reverie_server.errors import FailedPrecondition, NotFound, ResourceExhausted
from reverie_server.paging import PageRequest
from reverie_server.tiers.working.model import SessionKey, Timeline
from tests.working.rooms import EXPIRY, Rooms, said


async def listed(rooms: Rooms, key: SessionKey, size: int = 1000) -> list[Timeline]:
    found: list[Timeline] = []
    page = PageRequest(size)
    while True:
        answer = await rooms.working.timelines.list(key, page)
        found += answer.items
        if answer.next is None:
            return found
        page = PageRequest(size, answer.next)


async def test_appending_opens_timelines(rooms: Rooms) -> None:
    key = await rooms.start()
    assert await listed(rooms, key) == []
    await rooms.append(key, said("a"), said("b", timeline="plan"), said("c"))
    now = rooms.clock.now()
    rooms.clock.advance(1)
    await rooms.append(key, said("d", timeline="plan"))
    assert await listed(rooms, key) == [
        Timeline("main", False, 2, now, None),
        Timeline("plan", False, 2, now, None),
    ]
    assert await listed(rooms, key, size=1) == await listed(rooms, key)
    assert (await rooms.working.sessions.get(key)).timeline_count == 2


async def test_a_closed_timeline_takes_nothing_until_it_is_opened_again(rooms: Rooms) -> None:
    key = await rooms.start()
    timelines = rooms.working.timelines
    await rooms.append(key, said("a", timeline="plan"))
    created = rooms.clock.now()
    rooms.clock.advance(1)
    closed = await timelines.close(key, "plan")
    assert closed.timeline == Timeline("plan", True, 1, created, rooms.clock.now())
    rooms.clock.advance(1)
    # Idempotent: it was closed when it was closed first.
    assert (await timelines.close(key, "plan")).timeline == closed.timeline

    with pytest.raises(FailedPrecondition) as refused:
        await rooms.append(
            key, said("b"), said("c", timeline="plan"), said("d"), said("e", timeline="plan")
        )
    assert refused.value.reason == "TIMELINE_CLOSED"
    fields = [violation.field for violation in refused.value.fields]
    assert fields == ["entries[1].timeline", "entries[3].timeline"]
    assert [entry.content for entry in await rooms.entries(key)] == ["a"]
    assert (await rooms.working.sessions.get(key)).entry_count == 1

    opened = await timelines.open(key, "plan")
    assert opened.timeline == Timeline("plan", False, 1, created, None)
    assert (await timelines.open(key, "plan")).timeline == opened.timeline
    await rooms.append(key, said("f", timeline="plan"))
    assert (await rooms.working.sessions.get(key)).timeline_count == 1


async def test_a_timeline_can_be_opened_before_anything_is_said(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.working.timelines.open(key, "plan")
    assert (await rooms.working.sessions.get(key)).timeline_count == 1
    await rooms.append(key, said("a", timeline="plan"))
    assert [timeline.entry_count for timeline in await listed(rooms, key)] == [1]
    assert (await rooms.working.sessions.get(key)).timeline_count == 1


async def test_what_was_never_opened_cannot_be_closed(rooms: Rooms) -> None:
    key = await rooms.start()
    with pytest.raises(NotFound) as refused:
        await rooms.working.timelines.close(key, "plan")
    assert refused.value.metadata == {"resource": "timeline"}


async def test_timelines_are_bounded(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, *[said("x", timeline=f"t{number}") for number in range(1000)])
    for attempt in (
        rooms.working.timelines.open(key, "one more"),
        rooms.working.entries.append(key, [said("x", timeline="one more")], None),
    ):
        with pytest.raises(ResourceExhausted) as refused:
            await attempt
        assert refused.value.reason == "LIMIT_REACHED"
    session = await rooms.working.sessions.get(key)
    assert (session.timeline_count, session.entry_count) == (1000, 1000)


async def test_writing_to_timelines_puts_off_idleness(rooms: Rooms) -> None:
    key = await rooms.start()
    rooms.clock.advance(10)
    await rooms.working.timelines.open(key, "t")
    assert (await rooms.working.sessions.get(key)).last_active_time == rooms.clock.now()
    rooms.clock.advance(10)
    await rooms.working.timelines.close(key, "t")
    assert (await rooms.working.sessions.get(key)).last_active_time == rooms.clock.now()


async def test_an_ended_session_keeps_its_timelines_until_it_expires(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"))
    await rooms.end(key)
    assert len(await listed(rooms, key)) == 1
    for reason in ("SESSION_ENDED", "SESSION_EXPIRED"):
        for attempt in (
            rooms.working.timelines.open(key, "main"),
            rooms.working.timelines.close(key, "main"),
        ):
            with pytest.raises(FailedPrecondition) as refused:
                await attempt
            assert refused.value.reason == reason
        rooms.clock.time += EXPIRY
    with pytest.raises(FailedPrecondition) as refused:
        await listed(rooms, key)
    assert refused.value.reason == "SESSION_EXPIRED"
