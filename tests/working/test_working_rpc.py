"""Working memory as callers meet it: over the wire, on a whole server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from reverie.v1 import common_pb2, working_memory_service_pb2_grpc
from reverie.v1 import working_memory_service_pb2 as pb
from reverie_server.bootstrap import Application
from tests.channels import connect

PAIR: dict[str, Any] = {"user_id": "ada", "persona_id": "brad"}
SESSION: dict[str, Any] = {**PAIR, "session_id": "call"}
START = Timestamp(seconds=1_500_000_000, nanos=250_000_000)


@pytest.fixture
def working(channel: grpc.aio.Channel) -> Any:
    return working_memory_service_pb2_grpc.WorkingMemoryServiceStub(channel)


async def refusal(call: Awaitable[Any]) -> tuple[str, str, list[str]]:
    """The status code, the reason and the fields with which a call is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    call_of: Any = refused.value  # it has what from_call reads, without being a Call
    status = rpc_status.from_call(call_of)
    assert status is not None
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(bad)
    fields = [violation.field for violation in bad.field_violations]
    return refused.value.code().name, info.reason, fields


async def start(working: Any, **fields: Any) -> pb.Session:
    answer = await working.StartSession(pb.StartSessionRequest(**{**SESSION, **fields}))
    session: pb.Session = answer.session
    return session


async def append(working: Any, *entries: pb.Entry, **fields: Any) -> pb.AppendEntriesResponse:
    request = pb.AppendEntriesRequest(**{**SESSION, **fields}, entries=entries)
    answer: pb.AppendEntriesResponse = await working.AppendEntries(request)
    return answer


def said(content: str, **fields: Any) -> pb.Entry:
    return pb.Entry(role=pb.ROLE_USER, content=content, **fields)


async def test_times_are_kept_to_the_microsecond_and_rendered_as_given(working: Any) -> None:
    session = await start(working, start_time=START, metadata={"place": "phone"})
    assert session.start_time == START
    assert not session.HasField("end_time")
    assert not session.HasField("expire_time")
    assert not session.HasField("average_response_seconds")
    assert session.state == pb.SESSION_STATE_ACTIVE
    assert session.visibility == common_pb2.VISIBILITY_SHARED
    assert session.metadata == {"place": "phone"}

    long_ago = Timestamp(seconds=-62_135_596_800, nanos=1_000)
    later = Timestamp(seconds=START.seconds + 2, nanos=999_999_999)
    await append(working, said("a", event_time=long_ago), said("b", event_time=later), said("c"))
    listed = await working.ListEntries(pb.ListEntriesRequest(**SESSION))
    first, second, third = listed.entries
    assert first.event_time == long_ago
    assert second.event_time == Timestamp(seconds=later.seconds, nanos=999_999_000)
    assert third.event_time == third.create_time
    got = (await working.GetSession(pb.GetSessionRequest(**SESSION))).session
    assert got.last_active_time == third.create_time


async def test_entries_come_back_as_they_were_given(working: Any) -> None:
    await start(working)
    given = pb.Entry(
        entry_id="ignored",
        session_id="ignored",
        timeline="plan",
        role=pb.ROLE_TOOL,
        speaker="Ada",
        content="a note",
        key="k",
        agent="scout",
        event_time=START,
        create_time=START,
        metadata={"a": "b"},
    )
    appended = await append(working, given, pb.Entry(content="noted"))
    first, second = (await working.ListEntries(pb.ListEntriesRequest(**SESSION))).entries
    assert [first.entry_id, second.entry_id] == list(appended.entry_ids)
    assert first.create_time != START
    for field in ("timeline", "role", "speaker", "content", "key", "agent", "event_time"):
        assert getattr(first, field) == getattr(given, field)
    assert first.metadata == given.metadata
    assert (first.session_id, second.session_id) == ("call", "call")
    assert (second.timeline, second.role) == ("main", pb.ROLE_NOTE)


async def test_pages_are_of_one_query(working: Any) -> None:
    await start(working)
    await append(working, *[said(str(number)) for number in range(5)])
    request = pb.ListEntriesRequest(**SESSION, last_n=4, page_size=3)
    first = await working.ListEntries(request)
    await append(working, said("later"))
    request.page_token = first.next_page_token
    second = await working.ListEntries(request)
    assert [entry.content for entry in first.entries] == ["1", "2", "3"]
    assert [entry.content for entry in second.entries] == ["4"]
    assert second.next_page_token == ""
    request.last_n = 3
    assert await refusal(working.ListEntries(request)) == (
        "INVALID_ARGUMENT",
        "PAGE_TOKEN_INVALID",
        ["page_token"],
    )


async def test_sessions_are_listed(working: Any) -> None:
    for name, seconds in (("b", 20), ("a", 10), ("c", 30)):
        await start(working, session_id=name, start_time=Timestamp(seconds=seconds))
    request = pb.ListSessionsRequest(**PAIR, page_size=2, states=[pb.SESSION_STATE_ACTIVE])
    first = await working.ListSessions(request)
    request.page_token = first.next_page_token
    second = await working.ListSessions(request)
    found = [session.session_id for session in (*first.sessions, *second.sessions)]
    assert found == ["c", "b", "a"]
    bounds: dict[str, Any] = {
        "start_after": Timestamp(seconds=20),
        "start_before": Timestamp(seconds=30),
    }
    bounded = await working.ListSessions(pb.ListSessionsRequest(**PAIR, **bounds))
    assert [session.session_id for session in bounded.sessions] == ["b"]


async def test_a_search_finds_what_fits_best(working: Any) -> None:
    await start(working)
    await append(
        working,
        said("I started climbing at the new gym."),
        said("My sister bakes bread.", timeline="plan"),
        said("The weather was grey."),
    )
    appended = await append(working, said("We want to climb in the Alps.", timeline="plan"))
    request = pb.SearchEntriesRequest(
        **SESSION, query="climbing", min_revision=appended.revision, explain=True
    )
    found = await working.SearchEntries(request)
    assert found.revision >= appended.revision
    assert {hit.entry.content for hit in found.hits[:2]} == {
        "I started climbing at the new gym.",
        "We want to climb in the Alps.",
    }
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert found.hits[0].score_parts
    request.timeline = "plan"
    request.limit = 1
    found = await working.SearchEntries(request)
    assert [hit.entry.content for hit in found.hits] == ["We want to climb in the Alps."]


async def test_a_search_needs_a_query_and_a_known_revision(working: Any) -> None:
    await start(working)
    assert await refusal(working.SearchEntries(pb.SearchEntriesRequest(**SESSION))) == (
        "INVALID_ARGUMENT",
        "FIELD_REQUIRED",
        ["query"],
    )
    ahead = pb.SearchEntriesRequest(**SESSION, query="x", min_revision=2**62)
    code, reason, _ = await refusal(working.SearchEntries(ahead))
    assert (code, reason) == ("FAILED_PRECONDITION", "REVISION_UNKNOWN")


async def test_the_context_changes_by_mask_and_etag(working: Any) -> None:
    session = await start(working)
    request = pb.UpdateContextRequest(
        **SESSION,
        context=pb.SessionContext(topic="trip", mood="glad", needs_decision=False),
        update_mask=FieldMask(paths=["topic", "needs_decision"]),
        etag=session.etag,
    )
    request.context.values["city"] = "Bern"
    changed = (await working.UpdateContext(request)).session
    assert changed.context == pb.SessionContext(topic="trip", needs_decision=False)
    assert changed.etag != session.etag
    assert (await refusal(working.UpdateContext(request)))[:2] == ("ABORTED", "STALE_ETAG")
    request.etag = changed.etag
    request.update_mask.paths[:] = ["values.city", "needs_decision"]
    request.context.ClearField("needs_decision")
    changed = (await working.UpdateContext(request)).session
    assert changed.context.values == {"city": "Bern"}
    assert not changed.context.HasField("needs_decision")
    for paths, reason, field in (
        ([], "FIELD_REQUIRED", "update_mask"),
        (["topic", "state"], "INVALID_FIELD", "update_mask.paths[1]"),
    ):
        request.update_mask.paths[:] = paths
        assert await refusal(working.UpdateContext(request)) == (
            "INVALID_ARGUMENT",
            reason,
            [field],
        )


async def test_a_closed_timeline_is_named(working: Any) -> None:
    await start(working)
    opened = await working.OpenTimeline(pb.OpenTimelineRequest(**SESSION, timeline="plan"))
    assert not opened.timeline.closed
    assert not opened.timeline.HasField("close_time")
    closed = await working.CloseTimeline(pb.CloseTimelineRequest(**SESSION, timeline="plan"))
    assert closed.timeline.closed
    assert closed.timeline.HasField("close_time")
    assert closed.revision > opened.revision
    assert await refusal(append(working, said("a"), said("b", timeline="plan"))) == (
        "FAILED_PRECONDITION",
        "TIMELINE_CLOSED",
        ["entries[1].timeline"],
    )
    listed = await working.ListTimelines(pb.ListTimelinesRequest(**SESSION))
    assert [timeline.timeline for timeline in listed.timelines] == ["plan"]


async def test_a_bookmark_says_what_it_keeps(working: Any) -> None:
    await start(working)
    await append(working, said("a"))
    request = pb.BookmarkSessionRequest(**SESSION, bookmark_id="here", request_id="r")
    first = await working.BookmarkSession(request)
    assert (first.bookmark.bookmark_id, first.bookmark.entry_count) == ("here", 1)
    await append(working, said("b"))
    assert await working.BookmarkSession(request) == first


async def test_a_session_is_summarised(working: Any) -> None:
    await start(working)
    ids = (await append(working, said("I climb."), said("I bake.", timeline="plan"))).entry_ids
    made = await working.SummarizeSession(pb.SummarizeSessionRequest(**SESSION))
    assert (made.entry_count, made.timeline_count) == (2, 2)
    assert made.summary
    assert made.summarizer
    one = pb.SummarizeSessionRequest(**SESSION, entry_ids=ids[:1])
    assert list((await working.SummarizeSession(one)).entry_ids) == [ids[0]]
    none = pb.SummarizeSessionRequest(**SESSION, entry_ids=["no such"])
    code, reason, _ = await refusal(working.SummarizeSession(none))
    assert (code, reason) == ("NOT_FOUND", "RESOURCE_NOT_FOUND")


async def test_flush_is_what_happens_when_nobody_says(working: Any) -> None:
    await start(working, session_id="flushed")
    await start(working, session_id="dropped")
    flushed = await working.EndSession(pb.EndSessionRequest(**PAIR, session_id="flushed"))
    dropped = await working.EndSession(
        pb.EndSessionRequest(**PAIR, session_id="dropped", flush=False)
    )
    assert flushed.episode_id == flushed.session.episode_id != ""
    assert flushed.job_id
    assert flushed.session.state == pb.SESSION_STATE_ENDED
    seconds = flushed.session.expire_time.seconds - flushed.session.end_time.seconds
    assert seconds in (3599, 3600, 3601)
    assert (dropped.episode_id, dropped.job_id, dropped.session.episode_id) == ("", "", "")


async def test_an_end_keeps_what_is_supplied_and_refuses_nonsense(working: Any) -> None:
    await start(working, start_time=START)
    request = pb.EndSessionRequest(
        **SESSION,
        summary="They talked.",
        key_topics=["climbing"],
        cost=pb.Cost(currency_code="EUR", amount=0.5),
        facts=[pb.SuppliedFact(statement="Ada climbs", confidence=0.0)],
        storylines=[pb.SuppliedStoryline(topic="trip")],
        metrics={"tokens": 3.0},
        end_time=Timestamp(seconds=START.seconds),
    )
    assert await refusal(working.EndSession(request)) == (
        "INVALID_ARGUMENT",
        "INVALID_FIELD",
        ["end_time"],
    )
    request.end_time.seconds += 60
    ended = await working.EndSession(request)
    assert ended.session.end_time == Timestamp(seconds=START.seconds + 60)
    for call in (
        working.EndSession(request),
        append(working, said("x")),
        working.BookmarkSession(pb.BookmarkSessionRequest(**SESSION, bookmark_id="b")),
        working.OpenTimeline(pb.OpenTimelineRequest(**SESSION, timeline="t")),
    ):
        assert (await refusal(call))[:2] == ("FAILED_PRECONDITION", "SESSION_ENDED")


async def test_ids_are_taken_in_the_whole_workspace(working: Any) -> None:
    await start(working)
    for other in ({}, {"user_id": "eve"}, {"persona_id": "elena"}):
        assert (await refusal(start(working, **other)))[:2] == (
            "ALREADY_EXISTS",
            "RESOURCE_EXISTS",
        )


async def test_fifty_at_once_of_one_request_have_one_effect(working: Any) -> None:
    await start(working)
    answers = await asyncio.gather(
        *(append(working, said("a"), said("b"), request_id="r") for _ in range(50))
    )
    assert all(answer == answers[0] for answer in answers)
    listed = await working.ListEntries(pb.ListEntriesRequest(**SESSION))
    assert [entry.entry_id for entry in listed.entries] == list(answers[0].entry_ids)
    assert (await refusal(append(working, said("c"), request_id="r")))[:2] == (
        "FAILED_PRECONDITION",
        "REQUEST_ID_REUSED",
    )


@pytest.mark.parametrize("other", ["user_id", "persona_id", "session_id", "workspace"])
async def test_nobody_else_gets_at_a_session(
    server: Application, working: Any, workspace: str, other: str
) -> None:
    await start(working)
    (entry_id,) = (await append(working, said("canary"))).entry_ids
    whose = {**SESSION}
    name = workspace
    if other == "workspace":
        name = f"{workspace}-other"
    else:
        whose[other] = "stranger"
    async with connect(server.address, name) as channel:
        stranger: Any = working_memory_service_pb2_grpc.WorkingMemoryServiceStub(channel)
        mask = FieldMask(paths=["topic"])
        calls = (
            stranger.GetSession(pb.GetSessionRequest(**whose)),
            append(stranger, said("x"), **whose),
            stranger.ListEntries(pb.ListEntriesRequest(**whose)),
            stranger.SearchEntries(pb.SearchEntriesRequest(**whose, query="canary")),
            stranger.DeleteEntry(pb.DeleteEntryRequest(**whose, entry_id=entry_id)),
            stranger.UpdateContext(pb.UpdateContextRequest(**whose, update_mask=mask)),
            stranger.OpenTimeline(pb.OpenTimelineRequest(**whose, timeline="t")),
            stranger.CloseTimeline(pb.CloseTimelineRequest(**whose, timeline="main")),
            stranger.ListTimelines(pb.ListTimelinesRequest(**whose)),
            stranger.BookmarkSession(pb.BookmarkSessionRequest(**whose, bookmark_id="b")),
            stranger.SummarizeSession(pb.SummarizeSessionRequest(**whose)),
            stranger.EndSession(pb.EndSessionRequest(**whose)),
        )
        for call in calls:
            assert (await refusal(call))[:2] == ("NOT_FOUND", "RESOURCE_NOT_FOUND")
    listed = await working.ListEntries(pb.ListEntriesRequest(**SESSION))
    assert [entry.content for entry in listed.entries] == ["canary"]


async def test_a_deleted_entry_is_not_found_again(working: Any) -> None:
    await start(working)
    (entry_id,) = (await append(working, said("a"))).entry_ids
    request = pb.DeleteEntryRequest(**SESSION, entry_id=entry_id)
    deleted = await working.DeleteEntry(request)
    assert (await refusal(working.DeleteEntry(request)))[:2] == (
        "NOT_FOUND",
        "RESOURCE_NOT_FOUND",
    )
    found = await working.SearchEntries(
        pb.SearchEntriesRequest(**SESSION, query="a", min_revision=deleted.revision)
    )
    assert list(found.hits) == []
