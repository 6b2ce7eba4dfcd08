"""Messages of episodic memory to its model and back."""

from __future__ import annotations

from typing import cast

from reverie.v1 import common_pb2
from reverie.v1 import episodic_memory_service_pb2 as pb
from reverie.v1 import working_memory_service_pb2 as working_pb
from reverie_server.rpc.etags import etag
from reverie_server.rpc.timestamps import microseconds, timestamp
from reverie_server.tiers.episodic.model import (
    Episode,
    EpisodeEdit,
    EpisodeHit,
    EpisodeQuery,
    NewEpisode,
    SearchIn,
)
from reverie_server.tiers.episodic.rehydration import EndedSession
from reverie_server.tiers.working.messages import cost, entry_message, new_entry, visibility
from reverie_server.tiers.working.model import (
    Cost,
    SuppliedEpisode,
    SuppliedFact,
    SuppliedStoryline,
)


def episode_query(request: pb.SearchEpisodesRequest) -> EpisodeQuery:
    return EpisodeQuery(
        text=request.query,
        search_in=SearchIn(request.search_in),
        start_after=microseconds(request, "start_after"),
        start_before=microseconds(request, "start_before"),
        min_score=request.min_score,
        min_revision=request.min_revision,
        explain=request.explain,
        vector=tuple(request.vector),
    )


def new_episode(request: pb.PutEpisodeRequest) -> NewEpisode:
    return NewEpisode(
        session_id=request.session_id,
        # Validation has seen that both are there.
        start_time=microseconds(request, "start_time") or 0,
        end_time=microseconds(request, "end_time") or 0,
        entries=tuple(new_entry(entry) for entry in request.entries),
        supplied=SuppliedEpisode(
            summary=request.summary if request.HasField("summary") else None,
            key_topics=tuple(request.key_topics),
            decisions=tuple(request.decisions),
            action_items=tuple(request.action_items),
            emotional_tone=request.emotional_tone if request.HasField("emotional_tone") else None,
            outcome=request.outcome if request.HasField("outcome") else None,
            participants=tuple(request.participants),
            cost=cost(request.cost) if request.HasField("cost") else None,
            metrics=dict(request.metrics),
        ),
        metadata=dict(request.metadata),
        visibility=visibility(request.visibility),
        remember_again=request.remember_again,
    )


def episode_edit(message: pb.Episode) -> EpisodeEdit:
    return EpisodeEdit(
        summary=message.summary,
        visibility=visibility(message.visibility),
        key_topics=tuple(message.key_topics),
        decisions=tuple(message.decisions),
        action_items=tuple(message.action_items),
        emotional_tone=message.emotional_tone,
        outcome=message.outcome,
    )


def ended_session(workspace_id: str, request: pb.RehydrateSessionRequest) -> EndedSession:
    return EndedSession(
        workspace_id=workspace_id,
        user_id=request.user_id,
        persona_id=request.persona_id,
        session_id=request.session_id,
        summary_only=request.summary_only,
        bookmark_id=request.bookmark_id,
    )


def hit_message(hit: EpisodeHit) -> pb.EpisodeHit:
    return pb.EpisodeHit(
        episode=episode_message(hit.episode),
        score=hit.score,
        score_parts=hit.score_parts,
        entries=[
            working_pb.EntryHit(
                entry=entry_message(each.entry), score=each.score, score_parts=each.score_parts
            )
            for each in hit.entries
        ],
    )


def episode_message(episode: Episode) -> pb.Episode:
    return pb.Episode(
        episode_id=episode.episode_id,
        session_id=episode.session_id,
        user_id=episode.user_id,
        persona_id=episode.persona_id,
        agent=episode.agent,
        summary=episode.summary,
        summary_source=cast(pb.SummarySource, episode.summary_source.value),
        summary_entry_ids=episode.summary_entry_ids,
        key_topics=episode.key_topics,
        decisions=episode.decisions,
        action_items=episode.action_items,
        emotional_tone=episode.emotional_tone,
        outcome=episode.outcome,
        participants=episode.participants,
        cost=_cost_message(episode.cost),
        metrics=episode.metrics,
        facts=[_fact_message(fact) for fact in episode.facts],
        storylines=[_storyline_message(storyline) for storyline in episode.storylines],
        entry_count=episode.entry_count,
        timeline_count=episode.timeline_count,
        duration_seconds=episode.duration_seconds,
        start_time=timestamp(episode.start_time),
        end_time=timestamp(episode.end_time),
        create_time=timestamp(episode.create_time),
        update_time=timestamp(episode.update_time),
        visibility=cast(common_pb2.Visibility, episode.visibility.value),
        metadata=episode.metadata,
        etag=etag(episode.version),
    )


def _cost_message(cost: Cost | None) -> working_pb.Cost | None:
    if cost is None:
        return None
    return working_pb.Cost(currency_code=cost.currency_code, amount=cost.amount)


def _fact_message(fact: SuppliedFact) -> working_pb.SuppliedFact:
    return working_pb.SuppliedFact(
        statement=fact.statement,
        category=fact.category,
        confidence=fact.confidence,
        importance=fact.importance,
        entry_ids=fact.entry_ids,
    )


def _storyline_message(storyline: SuppliedStoryline) -> working_pb.SuppliedStoryline:
    return working_pb.SuppliedStoryline(
        topic=storyline.topic,
        status=cast(working_pb.StorylineStatus, storyline.status.value),
        summary=storyline.summary,
        follow_up=storyline.follow_up,
        follow_up_time=timestamp(storyline.follow_up_time),
    )
