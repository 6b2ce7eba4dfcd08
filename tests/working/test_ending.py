"""How sessions end, and what ends with them."""

from __future__ import annotations

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import FailedPrecondition, InvalidArgument
from reverie_server.index.memory_index import Kind
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import (
    Cost,
    NewEntry,
    SessionContext,
    SessionState,
    StorylineStatus,
    SuppliedEpisode,
    SuppliedFact,
    SuppliedStoryline,
)
from reverie_server.tiers.working.sessions import SessionTerms
from tests.working.rooms import EXPIRY, Rooms, answered, said

DAY = 86_400 * MICROSECONDS
SUPPLIED = SuppliedEpisode(
    summary="They talked about climbing.",
    key_topics=("climbing",),
    decisions=("book a trip",),
    action_items=("renew the passport",),
    emotional_tone="glad",
    outcome="a plan",
    participants=("Ada", "Brad"),
    cost=Cost("EUR", 0.25),
    metrics={"tokens": 12.0},
    facts=(SuppliedFact("Ada climbs", confidence=0.5),),
    storylines=(SuppliedStoryline("the trip", StorylineStatus.ONGOING),),
)


async def test_ending_leaves_an_episode_and_its_job(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"), answered("b"))
    rooms.clock.advance(90)
    ended = await rooms.end(key)
    now = rooms.clock.now()
    session = ended.session
    assert session.state is SessionState.ENDED
    assert session.archived
    assert (session.end_time, session.expire_time) == (now, now + EXPIRY)
    assert session.episode_id == ended.episode_id != ""
    assert not session.memory_extracted
    assert await rooms.working.sessions.get(key) == session
    assert rooms.wakes == [now]
    assert ended.revision == (await rooms.revisions()).revision
    (episode,) = await rooms.rows("SELECT episode_id, session_id, entry_count FROM episodes")
    assert episode == {"episode_id": ended.episode_id, "session_id": "s", "entry_count": 2}
    (job,) = await rooms.rows("SELECT job_id, session_id FROM jobs")
    assert job == {"job_id": ended.job_id, "session_id": "s"}


async def test_what_is_supplied_is_kept_as_given(rooms: Rooms) -> None:
    key = await rooms.start()
    ended = await rooms.end(key, SUPPLIED)
    (row,) = await rooms.rows("SELECT summary, emotional_tone, outcome, participants FROM episodes")
    assert row == {
        "summary": SUPPLIED.summary,
        "emotional_tone": "glad",
        "outcome": "a plan",
        "participants": '["Ada","Brad"]',
    }
    # It can be found at once, together with the end.
    change = Change(Kind.EPISODE, ended.episode_id, "s", Operation.UPSERT)
    assert (await rooms.changes())[-1] == change


async def test_agent_and_participants_come_from_the_entries(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(
        key,
        NewEntry("be kind", Role.SYSTEM),
        NewEntry("hello", Role.ASSISTANT),
        NewEntry("x", agent="scout"),
        NewEntry("hi", Role.USER, speaker="Ada"),
        NewEntry("y", agent="clerk"),
        NewEntry("hi again", Role.USER),
        NewEntry("z", agent="clerk"),
    )
    await rooms.end(key)
    (row,) = await rooms.rows("SELECT agent, participants FROM episodes")
    assert row == {"agent": "clerk", "participants": '["p","Ada","u"]'}


async def test_without_agents_the_persona_is_the_agent(rooms: Rooms) -> None:
    await rooms.end(await rooms.start())
    (row,) = await rooms.rows("SELECT agent FROM episodes")
    assert row == {"agent": "p"}


async def test_the_call_is_counted(rooms: Rooms) -> None:
    first = await rooms.start("s")
    rooms.clock.advance(90)
    await rooms.end(first)
    last = rooms.clock.now()
    relationship = await rooms.relationships.get("w", "u", "p")
    assert (relationship.total_calls, relationship.total_seconds) == (1, 90.0)
    assert relationship.last_call_time == last
    # One from long ago is a call, but not the last one.
    second = await rooms.start(terms=SessionTerms("t", start_time=5))
    await rooms.end(second, end_time=5 + 10 * MICROSECONDS, flush=False)
    relationship = await rooms.relationships.get("w", "u", "p")
    assert (relationship.total_calls, relationship.total_seconds) == (2, 100.0)
    assert relationship.last_call_time == last
    assert relationship.version == (await rooms.revisions()).revision


async def test_a_session_ends_once(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.end(key)
    for reason in ("SESSION_ENDED", "SESSION_EXPIRED"):
        with pytest.raises(FailedPrecondition) as refused:
            await rooms.end(key)
        assert refused.value.reason == reason
        rooms.clock.time += EXPIRY
    assert (await rooms.relationships.get("w", "u", "p")).total_calls == 1
    assert len(await rooms.rows("SELECT episode_id FROM episodes")) == 1


async def test_a_repeated_end_gives_the_first_answer(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.working.sessions.update_context(
        key, SessionContext("trip", values={"a": "b"}), ["topic", "values"], None, None
    )
    request = rooms.request("EndSession")
    ending = rooms.working.ending
    first = await ending.end(key, SUPPLIED, flush=True, end_time=None, request=request)
    rooms.clock.advance(7)
    again = await ending.end(key, SUPPLIED, flush=True, end_time=None, request=request)
    assert again == first
    assert (await rooms.relationships.get("w", "u", "p")).total_calls == 1


async def test_an_end_before_the_start_is_refused(rooms: Rooms) -> None:
    key = await rooms.start(terms=SessionTerms("s", start_time=100))
    with pytest.raises(InvalidArgument) as refused:
        await rooms.end(key, end_time=99)
    assert [violation.field for violation in refused.value.fields] == ["end_time"]
    assert (await rooms.end(key, end_time=100)).session.end_time == 100


async def test_a_session_in_the_past_ended_with_its_last_event(rooms: Rooms) -> None:
    now = rooms.clock.now()
    key = await rooms.start(terms=SessionTerms("s", start_time=now - DAY))
    # In the order of the call, which is not that of the events.
    await rooms.append(key, said("b", at=now - DAY + 20), said("a", at=now - DAY + 10))
    rooms.clock.advance(60)
    assert (await rooms.end(key)).session.end_time == now - DAY + 20


async def test_an_empty_session_in_the_past_ended_when_it_started(rooms: Rooms) -> None:
    start = rooms.clock.now() - DAY
    key = await rooms.start(terms=SessionTerms("s", start_time=start))
    assert (await rooms.end(key)).session.end_time == start


async def test_clocks_that_differ_a_little_are_no_past(rooms: Rooms) -> None:
    now = rooms.clock.now()
    key = await rooms.start(terms=SessionTerms("s", start_time=now - MICROSECONDS))
    await rooms.append(key, said("a", at=now - MICROSECONDS))
    rooms.clock.advance(600)
    assert (await rooms.end(key)).session.end_time == rooms.clock.now()


async def test_a_start_in_the_future_is_the_earliest_end(rooms: Rooms) -> None:
    start = rooms.clock.now() + MICROSECONDS
    key = await rooms.start(terms=SessionTerms("s", start_time=start))
    assert (await rooms.end(key)).session.end_time == start


async def test_without_flush_nothing_is_archived(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"))
    ended = await rooms.end(key, SUPPLIED, flush=False)
    assert (ended.episode_id, ended.job_id, ended.session.episode_id) == ("", "", "")
    assert not ended.session.archived
    assert await rooms.rows("SELECT episode_id FROM episodes") == []
    assert await rooms.rows("SELECT job_id FROM jobs") == []
    # Gone from searches at once, readable until it expires.
    assert (await rooms.changes())[-1] == Change(WHOLE_SESSION, "", "s", Operation.DELETE)
    assert (await rooms.revisions()).removal_revision == ended.revision
    assert len(await rooms.entries(key)) == 1


async def test_ending_does_not_say_that_something_was_removed(rooms: Rooms) -> None:
    key = await rooms.start()
    before = await rooms.revisions()
    await rooms.end(key)
    assert (await rooms.revisions()).removal_revision == before.removal_revision
