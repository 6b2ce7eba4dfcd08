"""The messages of facts and what they are inside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from reverie.v1 import fact_service_pb2 as pb
from reverie_server.rpc.etags import etag
from reverie_server.rpc.timestamps import microseconds, timestamp
from reverie_server.scope import Visibility
from reverie_server.tiers.facts.graph import Entity, Relation
from reverie_server.tiers.facts.graph_service import Conflict
from reverie_server.tiers.facts.model import (
    Fact,
    FactFilter,
    FactHit,
    FactQuery,
    NewFact,
    Scope,
    Sensitivity,
    Told,
)
from reverie_server.tiers.facts.profile import UserProfile
from reverie_server.tiers.facts.reading_service import Line, ShownFact, ShownReadings
from reverie_server.tiers.facts.wording import USER
from reverie_server.tiers.provenance import Role, is_quarantined

CONFIDENCE = 0.8
IMPORTANCE = 0.5


def new_fact(message: pb.NewFact, session_id: str) -> NewFact:
    return NewFact(
        statement=message.statement,
        category=message.category,
        subject=message.subject,
        predicate=message.predicate,
        object=message.object,
        negated=message.negated,
        confidence=message.confidence if message.HasField("confidence") else CONFIDENCE,
        importance=message.importance if message.HasField("importance") else IMPORTANCE,
        sensitivity=Sensitivity(message.sensitivity or Sensitivity.NORMAL),
        scope=Scope(message.scope or Scope.USER),
        visibility=Visibility(message.visibility) if message.visibility else None,
        valid_from=microseconds(message, "valid_from"),
        valid_to=microseconds(message, "valid_to"),
        session_id=session_id,
        entry_ids=tuple(dict.fromkeys(message.entry_ids)),
        pinned=message.pinned,
        metadata=dict(message.metadata),
    )


def profile_filter(request: pb.GetUserProfileRequest) -> FactFilter:
    return FactFilter(
        include_quarantined=request.include_quarantined,
        as_of=microseconds(request, "as_of"),
        known_at=microseconds(request, "known_at"),
    )


def fact_filter(request: pb.ListFactsRequest | pb.SearchFactsRequest) -> FactFilter:
    return FactFilter(
        category=request.category,
        predicate=request.predicate,
        subject=request.subject,
        scope=Scope(request.scope) if request.scope else None,
        include_past=request.include_past,
        include_quarantined=request.include_quarantined,
        as_of=microseconds(request, "as_of"),
        known_at=microseconds(request, "known_at"),
    )


def fact_query(request: pb.SearchFactsRequest) -> FactQuery:
    return FactQuery(
        text=request.query,
        vector=tuple(request.vector),
        where=fact_filter(request),
        min_score=request.min_score,
        min_revision=request.min_revision,
        explain=request.explain,
    )


def hit_message(user_id: str, hit: FactHit) -> pb.FactHit:
    return pb.FactHit(
        fact=fact_message(user_id, hit.fact), score=hit.score, score_parts=hit.score_parts
    )


def profile_message(user_id: str, profile: UserProfile) -> pb.GetUserProfileResponse:
    def messages(facts: Sequence[Fact]) -> list[pb.Fact]:
        return [fact_message(user_id, fact) for fact in facts]

    def objects(predicate: str) -> list[str]:
        return [
            fact.object
            for fact in profile.preferences
            if fact.predicate_key == predicate and fact.subject_key == USER
        ]

    return pb.GetUserProfileResponse(
        relationship_facts=messages(profile.relationship_facts),
        user_facts=messages(profile.user_facts),
        inside_jokes=messages(profile.inside_jokes),
        important_memories=[
            pb.ImportantMemory(
                fact=fact_message(user_id, fact),
                event=fact.object,
                date=timestamp(fact.valid_from),
                significance=fact.metadata.get("significance", ""),
            )
            for fact in profile.important_memories
        ],
        preferences=pb.UserPreferences(
            greeting_style=next(iter(objects("greeting_style")), ""),
            advice_style=next(iter(objects("advice_style")), ""),
            topics_to_avoid=objects("topic_to_avoid"),
            favorite_topics=objects("favorite_topic"),
            facts=messages(profile.preferences),
        ),
        truncated=not profile.is_complete,
        revision=profile.revision,
    )


def conflict_message(user_id: str, conflict: Conflict) -> pb.FactConflict:
    return pb.FactConflict(
        kind=f"FACT_CONFLICT_KIND_{conflict.kind.name}",
        fact=fact_message(user_id, conflict.fact),
        against=fact_message(user_id, conflict.against),
    )


def entity_message(entity: Entity) -> pb.Entity:
    return pb.Entity(
        entity_id=entity.entity_id,
        name=entity.name,
        kind=pb.EntityKind.Name(entity.kind.value),
        fact_count=entity.fact_count,
    )


def related_message(relation: Relation) -> pb.RelatedEntity:
    return pb.RelatedEntity(
        entity=entity_message(relation.other),
        predicate=relation.predicate,
        outgoing=relation.is_outgoing,
        fact_id=relation.fact_id,
        confidence=relation.certainty,
    )


def corrections(message: pb.Fact, paths: Collection[str]) -> dict[str, Any]:
    """The new values of the named fields, as the service wants them."""
    values: dict[str, Any] = {}
    for path in paths:
        match path:
            case "valid_to":
                values[path] = microseconds(message, path)
            case "metadata":
                values[path] = dict(message.metadata)
            case "sensitivity":
                values[path] = Sensitivity(message.sensitivity or Sensitivity.NORMAL)
            case "visibility":
                if message.visibility:
                    values[path] = Visibility(message.visibility)
            case _:
                values[path] = getattr(message, path)
    return values


def fact_message(user_id: str, fact: Fact, supersedes: Sequence[str] = ()) -> pb.Fact:
    return pb.Fact(
        fact_id=fact.fact_id,
        user_id=user_id,
        persona_id=fact.persona_id,
        statement=fact.statement,
        category=fact.category,
        subject=fact.subject,
        predicate=fact.predicate,
        object=fact.object,
        confidence=fact.certainty,
        stated_confidence=fact.confidence,
        importance=fact.importance,
        sensitivity=f"FACT_SENSITIVITY_{fact.sensitivity.name}",
        scope=f"FACT_SCOPE_{fact.scope.name}",
        visibility=f"VISIBILITY_{fact.visibility.name}",
        pinned=fact.pinned,
        valid_from=timestamp(fact.valid_from),
        valid_to=timestamp(fact.valid_to),
        retracted_time=timestamp(fact.retracted_time),
        superseded_by=fact.superseded_by,
        supersedes=supersedes,
        confirm_count=fact.confirm_count,
        last_confirmed_time=timestamp(fact.last_confirmed_time),
        session_id=fact.session_id,
        entry_ids=fact.entry_ids,
        source=f"MEMORY_SOURCE_{fact.source.name}",
        trust=fact.trust,
        metadata=fact.metadata,
        change=f"FACT_CHANGE_KIND_{fact.change.name}",
        change_fact_id=fact.change_fact_id,
        change_entry_ids=fact.change_entry_ids,
        version=fact.version,
        create_time=timestamp(fact.create_time),
        update_time=timestamp(fact.update_time),
        etag=etag(fact.version),
    )


def spoken_line(message: pb.SpokenLine) -> Line:
    return Line(
        role=Role(message.role or Role.USER),
        speaker=message.speaker,
        content=message.content,
        event_time=microseconds(message, "event_time"),
    )


def readings_message(
    user_id: str, shown: ShownReadings, *, dry_run: bool
) -> pb.ExtractFactsResponse:
    readings = shown.readings
    return pb.ExtractFactsResponse(
        facts=[_read_fact(user_id, each) for each in shown.facts],
        dry_run=dry_run,
        unread_reason=(f"UNREAD_REASON_{readings.unread.name}" if readings.unread else None),
        extractor=readings.extractor,
        truncated=not shown.is_complete,
        revision=readings.revision,
    )


def _read_fact(user_id: str, shown: ShownFact) -> pb.ReadFact:
    fact = shown.fact
    return pb.ReadFact(
        outcome=f"FACT_OUTCOME_{shown.read.outcome.name}",
        fact=None if fact is None else fact_message(user_id, fact),
        changed_fact_ids=shown.read.changed_ids,
        quarantined=fact is not None and is_quarantined(fact.trust),
        entry_ids=shown.read.entry_ids,
        line_numbers=shown.read.line_numbers,
        statement=shown.statement,
    )


def told_message(told: Told) -> pb.ToldFact:
    return pb.ToldFact(
        outcome=f"FACT_OUTCOME_{told.outcome.name}",
        fact_id=told.fact_id,
        changed_fact_ids=told.changed_ids,
    )
