"""Starting sessions, finding them, and what they are about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from reverie_server.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
)
from reverie_server.paging import PageRequest
from reverie_server.scope import Visibility
from reverie_server.tiers.working.model import SessionContext, SessionKey, SessionState
from reverie_server.tiers.working.sessions import SessionCondition, SessionTerms, merge_context
from tests.working.rooms import EXPIRY, Rooms, said


async def test_a_session_starts_active_and_creates_whom_it_is_about(rooms: Rooms) -> None:
    change = await rooms.working.sessions.start(
        "w", "u", "p", SessionTerms("s", {"place": "phone"}), None
    )
    session = change.session
    now = rooms.clock.now()
    assert session.key == SessionKey("w", "u", "p", "s")
    assert session.state is SessionState.ACTIVE
    assert session.visibility is Visibility.SHARED
    assert session.metadata == {"place": "phone"}
    assert (session.start_time, session.create_time, session.last_active_time) == (now, now, now)
    assert session.end_time is session.expire_time is session.average_response_seconds is None
    assert (session.entry_count, session.turn_count, session.timeline_count) == (0, 0, 0)
    assert await rooms.working.sessions.get(session.key) == session
    assert (await rooms.relationships.get("w", "u", "p")).terms.relationship_type == "friend"
    assert (await rooms.revisions()).revision == change.revision == session.version


async def test_the_server_makes_ids(rooms: Rooms) -> None:
    first = await rooms.start("")
    second = await rooms.start("")
    assert first.session_id != second.session_id
    assert len(first.session_id) == 36


async def test_a_session_may_lie_in_the_past_and_be_private(rooms: Rooms) -> None:
    terms = SessionTerms("s", visibility=Visibility.PRIVATE, start_time=-5)
    session = await rooms.working.sessions.get(await rooms.start(terms=terms))
    assert session.start_time == -5
    assert session.visibility is Visibility.PRIVATE


@pytest.mark.parametrize(("user", "persona"), [("u", "p"), ("u", "other"), ("other", "p")])
async def test_an_id_is_unique_in_the_workspace(rooms: Rooms, user: str, persona: str) -> None:
    await rooms.start("s")
    with pytest.raises(AlreadyExists):
        await rooms.start("s", user=user, persona=persona)
    assert await rooms.rows("SELECT user_id FROM sessions") == [{"user_id": "u"}]
    # What the refused start would have created is not there either.
    assert len(await rooms.rows("SELECT user_id FROM users")) == 1
    await rooms.start("s", user=user, persona=persona, workspace="elsewhere")


async def test_a_repeated_start_gives_the_first_answer(rooms: Rooms) -> None:
    sessions = rooms.working.sessions
    request = rooms.request("StartSession")
    first = await sessions.start("w", "u", "p", SessionTerms(), request)
    rooms.clock.advance(5)
    again = await sessions.start("w", "u", "p", SessionTerms(), request)
    assert again == first
    with pytest.raises(FailedPrecondition) as refused:
        await sessions.start(
            "w", "u", "p", SessionTerms(), rooms.request("StartSession", body="other")
        )
    assert refused.value.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    "stranger",
    [
        SessionKey("w", "u", "p", "other"),
        SessionKey("w", "u", "other", "s"),
        SessionKey("w", "other", "p", "s"),
        SessionKey("elsewhere", "u", "p", "s"),
    ],
)
async def test_what_belongs_to_others_is_not_found(rooms: Rooms, stranger: SessionKey) -> None:
    key = await rooms.start("s")
    await rooms.start("t", user="other", persona="other")
    (entry_id,) = await rooms.append(key, said("canary"))
    before = await rooms.revisions()
    working = rooms.working
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: working.sessions.get(stranger),
        lambda: working.sessions.update_context(stranger, SessionContext(), {"topic"}, None, None),
        lambda: working.entries.append(stranger, [said("x")], None),
        lambda: rooms.entries(stranger),
        lambda: working.entries.delete(stranger, entry_id, None),
        lambda: working.timelines.open(stranger, "t"),
        lambda: working.timelines.close(stranger, "main"),
        lambda: working.timelines.list(stranger, PageRequest(10)),
        lambda: working.bookmarks.set(stranger, "b", None),
        lambda: working.summaries.summarize(stranger),
        lambda: rooms.end(stranger),
    ]
    for call in calls:
        with pytest.raises(NotFound) as refused:
            await call()
        assert refused.value.metadata == {"resource": "session"}
    assert [entry.content for entry in await rooms.entries(key)] == ["canary"]
    assert await rooms.revisions() == before


async def test_sessions_are_listed_latest_start_first(rooms: Rooms) -> None:
    for session_id, start in [("b", 2), ("a", 2), ("c", 1), ("d", 3)]:
        await rooms.start(terms=SessionTerms(session_id, start_time=start))
    await rooms.start("other", persona="other")

    async def ids(condition: SessionCondition, size: int = 50) -> list[str]:
        found: list[str] = []
        page = PageRequest(size)
        while True:
            answer = await rooms.working.sessions.list("w", "u", "p", condition, page)
            found += [session.session_id for session in answer.items]
            if answer.next is None:
                return found
            page = PageRequest(size, answer.next)

    for size in (1, 2, 3, 50):
        assert await ids(SessionCondition(), size) == ["d", "b", "a", "c"]
    assert await ids(SessionCondition(start_after=2)) == ["d", "b", "a"]
    assert await ids(SessionCondition(start_before=2)) == ["c"]
    assert await ids(SessionCondition(start_after=2, start_before=3)) == ["b", "a"]


async def test_sessions_are_listed_by_the_state_they_are_in_now(rooms: Rooms) -> None:
    ended = await rooms.start("ended")
    await rooms.start("active")
    await rooms.end(ended)

    async def states(*wanted: SessionState) -> dict[str, SessionState]:
        page = await rooms.working.sessions.list(
            "w", "u", "p", SessionCondition(frozenset(wanted)), PageRequest(50)
        )
        return {session.session_id: session.state for session in page.items}

    assert await states(SessionState.ACTIVE) == {"active": SessionState.ACTIVE}
    assert await states(SessionState.ENDED) == {"ended": SessionState.ENDED}
    assert await states(SessionState.EXPIRED) == {}
    # Nobody has swept yet.
    rooms.clock.time += EXPIRY
    assert await states(SessionState.ENDED) == {}
    assert await states(SessionState.EXPIRED) == {"ended": SessionState.EXPIRED}
    assert await states() == {"active": SessionState.ACTIVE, "ended": SessionState.EXPIRED}


async def test_listing_an_unknown_users_sessions_is_not_found(rooms: Rooms) -> None:
    with pytest.raises(NotFound):
        await rooms.working.sessions.list("w", "u", "p", SessionCondition(), PageRequest(50))


async def test_only_the_named_parts_of_the_context_change(rooms: Rooms) -> None:
    key = await rooms.start()
    sessions = rooms.working.sessions
    given = SessionContext("trip", "glad", "low", True, {"city": "Bern", "day": "Monday"})
    fields = ["topic", "mood", "urgency", "needs_decision", "values"]
    first = await sessions.update_context(key, given, fields, None, None)
    assert first.session.context == given

    rooms.clock.advance(60)
    change = SessionContext(mood="calm", values={"city": "Rome", "day": "Friday"})
    second = await sessions.update_context(
        key, change, ["needs_decision", "values.city", "values.gone"], first.session.version, None
    )
    assert second.session.context == SessionContext(
        "trip", "glad", "low", None, {"city": "Rome", "day": "Monday"}
    )
    assert second.session.version > first.session.version
    assert second.session.last_active_time == rooms.clock.now()
    assert await sessions.get(key) == second.session
    third = await sessions.update_context(key, SessionContext(), ["values.day"], None, None)
    assert third.session.context.values == {"city": "Rome"}


async def test_a_stale_etag_changes_nothing(rooms: Rooms) -> None:
    key = await rooms.start()
    sessions = rooms.working.sessions
    first = await sessions.update_context(key, SessionContext("a"), ["topic"], None, None)
    await sessions.update_context(key, SessionContext("b"), ["topic"], first.session.version, None)
    with pytest.raises(Aborted):
        await sessions.update_context(
            key, SessionContext("c"), ["topic"], first.session.version, None
        )
    assert (await sessions.get(key)).context.topic == "b"


async def test_appending_leaves_the_etag(rooms: Rooms) -> None:
    key = await rooms.start()
    before = await rooms.working.sessions.get(key)
    await rooms.append(key, said("x"))
    await rooms.working.timelines.open(key, "t")
    await rooms.working.bookmarks.set(key, "b", None)
    assert (await rooms.working.sessions.get(key)).version == before.version


async def test_an_ended_session_keeps_its_context(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.end(key)
    for reason in ("SESSION_ENDED", "SESSION_EXPIRED"):
        with pytest.raises(FailedPrecondition) as refused:
            await rooms.working.sessions.update_context(
                key, SessionContext("x"), ["topic"], None, None
            )
        assert refused.value.reason == reason
        rooms.clock.time += EXPIRY


def test_a_context_has_a_bounded_number_of_values() -> None:
    full = SessionContext(values={str(number): "x" for number in range(64)})
    assert len(merge_context(full, SessionContext(values={"0": "y"}), ["values.0"]).values) == 64
    with pytest.raises(ResourceExhausted) as refused:
        merge_context(full, SessionContext(values={"new": "y"}), ["values.new"])
    assert refused.value.reason == "LIMIT_REACHED"
