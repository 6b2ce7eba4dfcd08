"""A session's handle against a real server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

import reverie as client
from reverie import Reverie
from reverie.times import timestamp
from reverie.v1 import working_memory_service_pb2 as pb
from reverie.v1.episodic_memory_service_pb2 import GetEpisodeRequest
from reverie.v1.operations_service_pb2 import JOB_STATE_SUCCEEDED
from reverie.v1.working_memory_service_pb2 import GetSessionRequest
from tests.client.scripted_server import ScriptedServer

NAIVE = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - what is to be refused
AWARE = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_call_from_its_start_to_its_end(reverie: Reverie) -> None:
    async with reverie.session("alice", "brad", metadata={"line": "7"}) as call:
        said = await call.say("I climb on Tuesdays.", event_time=AWARE, key="hobby")
        answered = await call.reply("Tuesdays, noted.", speaker="Brad")
        noted = await call.note("She sounds happy.", agent="listener")
        entries = [entry async for entry in call.entries()]

    assert [entry.entry_id for entry in entries] == [said, answered, noted]
    assert [entry.role for entry in entries] == [pb.ROLE_USER, pb.ROLE_ASSISTANT, pb.ROLE_NOTE]
    assert entries[0].event_time == timestamp(AWARE)
    assert entries[0].key == "hobby"
    assert entries[1].speaker == "Brad"
    assert entries[2].agent == "listener"
    assert call.info.state == pb.SESSION_STATE_ENDED
    assert call.info.metadata == {"line": "7"}
    assert call.info.episode_id


async def test_conditions_reach_the_server(reverie: Reverie) -> None:
    async with reverie.session("alice", "brad") as call:
        for number in range(5):
            await call.say(f"Number {number}.", timeline="odd" if number % 2 else "even")
        odd = [entry.content async for entry in call.entries(timeline="odd")]
        last = [entry.content async for entry in call.entries(last_n=2, page_size=1)]

    assert odd == ["Number 1.", "Number 3."]
    assert last == ["Number 3.", "Number 4."]


async def test_the_context_changes_only_where_it_is_told(reverie: Reverie) -> None:
    async with reverie.session("alice", "brad") as call:
        await call.update_context(topic="the gym", mood="calm", values={"gear": "new shoes"})
        context = await call.update_context(mood="excited", needs_decision=False)
        bookmark = await call.bookmark("before the advice")

    assert (context.topic, context.mood) == ("the gym", "excited")
    assert context.needs_decision is False
    assert context.HasField("needs_decision")
    assert dict(context.values) == {"gear": "new shoes"}
    assert bookmark.context == context


async def test_what_the_caller_supplies_at_the_end_is_kept(reverie: Reverie) -> None:
    call = await reverie.session("alice", "brad").start()
    await call.say("I was promoted!")
    ended = await call.end(
        summary="She was promoted.",
        key_topics=["work"],
        cost=pb.Cost(currency_code="USD", amount=0.25),
        metrics={"stars": 5.0},
    )
    jobs = [
        job async for job in reverie.follow_job(ended.job_id, user_id="alice", persona_id="brad")
    ]
    episode = (
        await reverie.episodic.GetEpisode(
            GetEpisodeRequest(user_id="alice", persona_id="brad", episode_id=ended.episode_id)
        )
    ).episode

    assert jobs[-1].state == JOB_STATE_SUCCEEDED
    assert episode.summary == "She was promoted."
    assert list(episode.key_topics) == ["work"]
    assert episode.cost.amount == 0.25
    assert dict(episode.metrics) == {"stars": 5.0}


async def test_a_session_is_resumed_by_its_ids(reverie: Reverie) -> None:
    first = await reverie.session("alice", "brad", session_id="call-1").start()
    await first.say("Hold on a second.")

    second = await reverie.resume("alice", "brad", "call-1")
    await second.say("I am back.")

    assert [entry.content async for entry in first.entries()] == ["Hold on a second.", "I am back."]
    with pytest.raises(client.NotFoundError):
        await reverie.resume("alice", "elena", "call-1")


async def test_a_handle_that_was_not_started_says_so(reverie: Reverie) -> None:
    call = reverie.session("alice", "brad")

    with pytest.raises(RuntimeError, match="not been started"):
        await call.say("Hello?")


async def test_starting_twice_starts_once(reverie: Reverie) -> None:
    call = reverie.session("alice", "brad", session_id="call-1")

    first = (await call.start()).info
    again = (await call.start()).info

    assert first == again


async def test_a_start_whose_answer_was_lost_can_be_tried_again(scripted: ScriptedServer) -> None:
    started = pb.StartSessionResponse(session=pb.Session(session_id="s"))
    scripted.answers.extend(["a defect", started])

    async with Reverie(scripted.address) as reverie:
        call = reverie.session("alice", "brad")
        with pytest.raises(client.InternalError):
            await call.start()
        await call.start()

    first, second = (pb.StartSessionRequest.FromString(each) for each in scripted.requests)
    assert first.request_id == second.request_id != ""


async def test_the_end_of_the_block_ends_what_failed_too(reverie: Reverie) -> None:
    class Hangup(Exception):
        pass

    call = reverie.session("alice", "brad")
    with pytest.raises(Hangup):  # noqa: PT012 - the block inside is what is tested
        async with call:
            await call.say("I have to g")
            raise Hangup

    assert call.info.state == pb.SESSION_STATE_ENDED


async def test_a_cancelled_call_is_ended(reverie: Reverie) -> None:
    said = asyncio.Event()

    async def talk() -> None:
        async with reverie.session("alice", "brad", session_id="call-1") as call:
            await call.say("One moment.")
            said.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(talk())
    await said.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    request = GetSessionRequest(user_id="alice", persona_id="brad", session_id="call-1")
    assert (await reverie.working.GetSession(request)).session.state == pb.SESSION_STATE_ENDED


async def test_an_end_elsewhere_is_an_end(reverie: Reverie) -> None:
    async with reverie.session("alice", "brad", session_id="call-1") as call:
        await call.say("Goodbye.")
        await (await reverie.resume("alice", "brad", "call-1")).end()

    with pytest.raises(client.FailedPreconditionError) as failed:
        await call.say("One more thing.")
    assert failed.value.reason == "SESSION_ENDED"


async def test_the_blocks_own_error_is_the_one_that_is_raised(scripted: ScriptedServer) -> None:
    session = pb.Session(session_id="s", state=pb.SESSION_STATE_ACTIVE)
    scripted.answers.extend([pb.StartSessionResponse(session=session), "incident-1"])

    async with Reverie(scripted.address) as reverie:
        with pytest.raises(KeyError) as failed:
            async with reverie.session("alice", "brad"):
                raise KeyError("the bot's own")

    assert any("could not be ended" in note for note in failed.value.__notes__)


async def test_a_time_without_a_zone_is_refused_before_it_is_sent(scripted: ScriptedServer) -> None:
    session = pb.Session(session_id="s", state=pb.SESSION_STATE_ACTIVE)
    async with Reverie(scripted.address) as reverie:
        with pytest.raises(ValueError, match="start_time needs a time zone"):
            reverie.session("alice", "brad", start_time=NAIVE)
        with pytest.raises(ValueError, match="event_before needs a time zone"):
            await reverie.recall("alice", "brad", "climbing", event_before=NAIVE)

        scripted.answers.append(pb.StartSessionResponse(session=session))
        call = await reverie.session("alice", "brad").start()
        with pytest.raises(ValueError, match="event_time needs a time zone"):
            await call.say("When?", event_time=NAIVE)
        with pytest.raises(ValueError, match="event_after needs a time zone"):
            call.entries(event_after=NAIVE)
        with pytest.raises(ValueError, match="end_time needs a time zone"):
            await call.end(end_time=NAIVE)
        with pytest.raises(ValueError, match="time zone"):
            timestamp(NAIVE)

    assert len(scripted.requests) == 1
