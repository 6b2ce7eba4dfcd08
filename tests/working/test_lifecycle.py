"""What happens to sessions by themselves."""

from __future__ import annotations

import asyncio

from reverie_server.clock import MICROSECONDS
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.tiers.working.lifecycle import Swept
from reverie_server.tiers.working.model import NewEntry, SessionContext, SessionKey, SessionState
from reverie_server.tiers.working.sessions import SessionTerms
from tests.working.rooms import EXPIRY, IDLE, Rooms, said

DAY = 86_400 * MICROSECONDS


async def sweep(rooms: Rooms) -> Swept:
    return await rooms.lifecycle.sweep(rooms.clock.now())


async def state(rooms: Rooms, key: SessionKey) -> SessionState:
    """As it is stored, whatever the time."""
    session = await rooms.db.read(
        lambda snapshot: rooms.records.get(
            snapshot, key.workspace_id, key.user_id, key.persona_id, key.session_id
        )
    )
    assert session is not None
    return session.state


async def test_an_archived_session_expires_and_keeps_its_entries(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"))
    await rooms.end(key)
    rooms.clock.time += EXPIRY - 1
    assert await sweep(rooms) == Swept(0, 0, has_more=False)
    rooms.clock.time += 1
    before = await rooms.revisions()
    assert await sweep(rooms) == Swept(1, 0, has_more=False)
    assert await state(rooms, key) is SessionState.EXPIRED
    assert await rooms.revisions() == before
    assert len(await rooms.rows("SELECT entry_id FROM entries")) == 1
    assert (await rooms.working.sessions.get(key)).entry_count == 1
    assert await sweep(rooms) == Swept(0, 0, has_more=False)


async def test_what_was_not_archived_goes_for_good(rooms_of_client_vectors: Rooms) -> None:
    rooms = rooms_of_client_vectors
    key = await rooms.start()
    other = await rooms.start("other")
    for each in (key, other):
        await rooms.append(each, NewEntry("a", embedding=(1.0, 0.0)))
        await rooms.working.bookmarks.set(each, "b", None)
        await rooms.working.sessions.update_context(
            each, SessionContext("secret"), ["topic"], None, None
        )
    await rooms.end(key, flush=False)
    rooms.clock.time += EXPIRY
    await rooms.append(other, NewEntry("alive", embedding=(0.0, 1.0)))
    assert await sweep(rooms) == Swept(1, 0, has_more=False)
    for table in ("entries", "timelines", "bookmarks"):
        rows = await rooms.rows(f"SELECT session_id FROM {table}")  # noqa: S608 - names above
        assert {row["session_id"] for row in rows} == {"other"}
    assert len(await rooms.vectors()) == 2
    session = await rooms.working.sessions.get(key)
    assert session.state is SessionState.EXPIRED
    assert session.context == SessionContext()
    assert (session.entry_count, session.turn_count, session.timeline_count) == (0, 0, 0)
    reached = await rooms.revisions()
    assert reached.removal_revision == reached.revision == session.version
    assert (await rooms.changes())[-1] == Change(WHOLE_SESSION, "", "s", Operation.DELETE)


async def test_an_idle_session_is_archived_as_of_its_last_moment(rooms: Rooms) -> None:
    start = rooms.clock.now()
    key = await rooms.start()
    rooms.clock.advance(60)
    await rooms.append(key, said("a"))
    last = rooms.clock.now()
    rooms.clock.time += IDLE
    assert await sweep(rooms) == Swept(0, 0, has_more=False)
    rooms.clock.time += 1
    assert await sweep(rooms) == Swept(0, 1, has_more=False)
    session = await rooms.working.sessions.get(key)
    assert session.state is SessionState.ENDED
    assert session.archived
    assert session.episode_id
    assert session.end_time == last
    assert session.expire_time == rooms.clock.now() + EXPIRY
    assert rooms.wakes == [rooms.clock.now()]
    relationship = await rooms.relationships.get("w", "u", "p")
    assert relationship.total_seconds == (last - start) / MICROSECONDS


async def test_a_backfilled_session_is_idle_by_the_servers_time(rooms: Rooms) -> None:
    now = rooms.clock.now()
    key = await rooms.start(terms=SessionTerms("s", start_time=now - DAY))
    await rooms.append(key, said("a", at=now - DAY + 5))
    rooms.clock.time += IDLE
    assert (await sweep(rooms)).archived == 0
    rooms.clock.time += 1
    assert (await sweep(rooms)).archived == 1
    assert (await rooms.working.sessions.get(key)).end_time == now - DAY + 5


async def test_a_session_that_was_written_to_meanwhile_goes_on(rooms: Rooms) -> None:
    key = await rooms.start()
    rooms.clock.time += IDLE + 1
    idle_since = rooms.clock.now() - IDLE
    await rooms.append(key, said("still here"))
    assert not await rooms.working.ending.end_idle(key, idle_since)
    assert await state(rooms, key) is SessionState.ACTIVE
    assert not await rooms.working.ending.end_idle(SessionKey("w", "u", "p", "gone"), idle_since)


async def test_a_sweep_is_bounded_and_says_that_there_is_more(rooms: Rooms) -> None:
    keys = [await rooms.start(f"s{number:02}", user=f"u{number}") for number in range(25)]
    rooms.clock.time += IDLE + 1
    assert [await sweep(rooms) for _ in range(4)] == [
        Swept(0, 10, has_more=True),
        Swept(0, 10, has_more=True),
        Swept(0, 5, has_more=False),
        Swept(0, 0, has_more=False),
    ]
    rooms.clock.time += EXPIRY
    assert [(await sweep(rooms)).expired for _ in range(4)] == [10, 10, 5, 0]
    assert {await state(rooms, key) for key in keys} == {SessionState.EXPIRED}


async def test_a_session_that_cannot_be_ended_does_not_hold_up_the_others(rooms: Rooms) -> None:
    broken = await rooms.start("broken")
    # Nobody's caller can do this: an episode that is there already.
    await rooms.end(broken)
    rooms.clock.advance(1)
    whole = await rooms.start("whole")
    await rooms.execute("UPDATE sessions SET state = 1 WHERE session_id = $1", "broken")
    rooms.clock.time += IDLE + 1
    assert (await sweep(rooms)).archived == 1
    assert await state(rooms, whole) is SessionState.ENDED
    assert await state(rooms, broken) is SessionState.ACTIVE


async def test_a_whole_sweep_leaves_nothing_due(rooms: Rooms) -> None:
    await asyncio.gather(*(rooms.start(f"s{number}", user=f"u{number}") for number in range(25)))
    rooms.clock.time += IDLE + 1
    await rooms.lifecycle.sweep_all()
    assert len(await rooms.rows("SELECT episode_id FROM episodes")) == 25
