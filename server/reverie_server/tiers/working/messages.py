"""Messages of working memory to its model and back. The episodic servicer uses some of them."""

from __future__ import annotations

from typing import Final, Protocol, cast

from reverie.v1 import common_pb2
from reverie.v1 import working_memory_service_pb2 as pb
from reverie_server.rpc.etags import etag
from reverie_server.rpc.timestamps import microseconds, timestamp
from reverie_server.scope import Visibility
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.entries import EntryQuery
from reverie_server.tiers.working.model import (
    MAIN_TIMELINE,
    Bookmark,
    Cost,
    Entry,
    EntryCondition,
    NewEntry,
    Session,
    SessionContext,
    SessionKey,
    SessionState,
    SessionSummary,
    StorylineStatus,
    SuppliedEpisode,
    SuppliedFact,
    SuppliedStoryline,
    Timeline,
)
from reverie_server.tiers.working.ports import EntryHit
from reverie_server.tiers.working.sessions import SessionCondition, SessionTerms

DEFAULT_LIMIT: Final = 10
"""Hits of a search that names no limit."""
# By the number on the wire; 0 is "not said".
_ROLES: Final = (Role.NOTE, *Role)
_STATUSES: Final = (StorylineStatus.NEW, *StorylineStatus)


class SessionRequest(Protocol):
    """A request message about one session."""

    user_id: str
    persona_id: str
    session_id: str


def session_key(workspace_id: str, request: SessionRequest) -> SessionKey:
    return SessionKey(workspace_id, request.user_id, request.persona_id, request.session_id)


def session_terms(request: pb.StartSessionRequest) -> SessionTerms:
    return SessionTerms(
        session_id=request.session_id,
        metadata=dict(request.metadata),
        visibility=visibility(request.visibility),
        start_time=microseconds(request, "start_time"),
    )


def session_condition(request: pb.ListSessionsRequest) -> SessionCondition:
    return SessionCondition(
        states=frozenset(SessionState(state) for state in request.states if state),
        start_after=microseconds(request, "start_after"),
        start_before=microseconds(request, "start_before"),
    )


def visibility(number: int) -> Visibility | None:
    """None: the workspace's sharing mode decides."""
    return Visibility(number) if number else None


def session_message(session: Session) -> pb.Session:
    return pb.Session(
        session_id=session.session_id,
        user_id=session.user_id,
        persona_id=session.persona_id,
        state=cast(pb.SessionState, session.state.value),
        visibility=cast(common_pb2.Visibility, session.visibility.value),
        context=context_message(session.context),
        metadata=session.metadata,
        start_time=timestamp(session.start_time),
        end_time=timestamp(session.end_time),
        expire_time=timestamp(session.expire_time),
        last_active_time=timestamp(session.last_active_time),
        entry_count=session.entry_count,
        turn_count=session.turn_count,
        timeline_count=session.timeline_count,
        average_response_seconds=session.average_response_seconds,
        memory_extracted=session.memory_extracted,
        episode_id=session.episode_id,
        rehydrated_from_session_id=session.rehydrated_from_session_id,
        rehydrated_summary=session.rehydrated_summary,
        etag=etag(session.version),
    )


def context(message: pb.SessionContext) -> SessionContext:
    return SessionContext(
        topic=message.topic,
        mood=message.mood,
        urgency=message.urgency,
        needs_decision=message.needs_decision if message.HasField("needs_decision") else None,
        values=dict(message.values),
    )


def context_message(context: SessionContext) -> pb.SessionContext:
    return pb.SessionContext(
        topic=context.topic,
        mood=context.mood,
        urgency=context.urgency,
        needs_decision=context.needs_decision,
        values=context.values,
    )


def new_entry(message: pb.Entry) -> NewEntry:
    """What the server sets itself is ignored."""
    return NewEntry(
        content=message.content,
        role=_ROLES[message.role],
        timeline=message.timeline or MAIN_TIMELINE,
        speaker=message.speaker,
        key=message.key,
        agent=message.agent,
        event_time=microseconds(message, "event_time"),
        metadata=dict(message.metadata),
        embedding=tuple(message.embedding),
    )


def entry_message(entry: Entry) -> pb.Entry:
    return pb.Entry(
        entry_id=entry.entry_id,
        session_id=entry.session_id,
        timeline=entry.timeline,
        role=cast(pb.Role, entry.role.value),
        speaker=entry.speaker,
        content=entry.content,
        key=entry.key,
        agent=entry.agent,
        event_time=timestamp(entry.event_time),
        create_time=timestamp(entry.create_time),
        metadata=entry.metadata,
    )


def entry_condition(request: pb.ListEntriesRequest) -> EntryCondition:
    return EntryCondition(
        timeline=request.timeline,
        key=request.key,
        event_after=microseconds(request, "event_after"),
        event_before=microseconds(request, "event_before"),
    )


def entry_query(request: pb.SearchEntriesRequest) -> EntryQuery:
    return EntryQuery(
        query=request.query,
        timeline=request.timeline,
        event_after=microseconds(request, "event_after"),
        event_before=microseconds(request, "event_before"),
        limit=request.limit or DEFAULT_LIMIT,
        min_score=request.min_score,
        min_revision=request.min_revision,
        explain=request.explain,
        vector=tuple(request.vector),
    )


def hit_message(hit: EntryHit) -> pb.EntryHit:
    return pb.EntryHit(
        entry=entry_message(hit.entry), score=hit.score, score_parts=dict(hit.score_parts)
    )


def timeline_message(timeline: Timeline) -> pb.Timeline:
    return pb.Timeline(
        timeline=timeline.timeline,
        closed=timeline.closed,
        entry_count=timeline.entry_count,
        create_time=timestamp(timeline.create_time),
        close_time=timestamp(timeline.close_time),
    )


def bookmark_message(bookmark: Bookmark) -> pb.Bookmark:
    return pb.Bookmark(
        bookmark_id=bookmark.bookmark_id,
        entry_count=bookmark.entry_count,
        context=context_message(bookmark.context),
        create_time=timestamp(bookmark.create_time),
    )


def summary_message(summary: SessionSummary) -> pb.SummarizeSessionResponse:
    return pb.SummarizeSessionResponse(
        summary=summary.summary,
        entry_ids=summary.entry_ids,
        key_topics=summary.key_topics,
        decisions=summary.decisions,
        action_items=summary.action_items,
        emotional_tone=summary.emotional_tone,
        entry_count=summary.entry_count,
        timeline_count=summary.timeline_count,
        duration_seconds=summary.duration_seconds,
        summarizer=summary.summarizer,
    )


def supplied_episode(request: pb.EndSessionRequest) -> SuppliedEpisode:
    return SuppliedEpisode(
        summary=request.summary if request.HasField("summary") else None,
        key_topics=tuple(request.key_topics),
        decisions=tuple(request.decisions),
        action_items=tuple(request.action_items),
        emotional_tone=request.emotional_tone if request.HasField("emotional_tone") else None,
        outcome=request.outcome if request.HasField("outcome") else None,
        participants=tuple(request.participants),
        cost=cost(request.cost) if request.HasField("cost") else None,
        metrics=dict(request.metrics),
        facts=tuple(supplied_fact(fact) for fact in request.facts),
        storylines=tuple(supplied_storyline(storyline) for storyline in request.storylines),
    )


def cost(message: pb.Cost) -> Cost:
    return Cost(message.currency_code, message.amount)


def supplied_fact(message: pb.SuppliedFact) -> SuppliedFact:
    return SuppliedFact(
        statement=message.statement,
        category=message.category,
        confidence=message.confidence if message.HasField("confidence") else None,
        importance=message.importance if message.HasField("importance") else None,
        entry_ids=tuple(message.entry_ids),
    )


def supplied_storyline(message: pb.SuppliedStoryline) -> SuppliedStoryline:
    return SuppliedStoryline(
        topic=message.topic,
        status=_STATUSES[message.status],
        summary=message.summary,
        follow_up=message.follow_up,
        follow_up_time=microseconds(message, "follow_up_time"),
    )
