"""The messages of relationships, and what they stand for."""

from __future__ import annotations

from reverie.v1 import relationship_service_pb2 as pb
from reverie_server.identity.ports import CallSummary
from reverie_server.identity.relationships.dynamics.messages import scores_message
from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.identity.relationships.model import (
    DEFAULT_TYPE,
    Relationship,
    RelationshipOverview,
    Terms,
)
from reverie_server.rpc.etags import etag
from reverie_server.rpc.timestamps import timestamp


def terms(message: pb.GetOrCreateRelationshipRequest | pb.Relationship) -> Terms:
    # Absent fields take the defaults of the model.
    config = {field.name: value for field, value in message.memory_config.ListFields()}
    return Terms(
        relationship_type=message.relationship_type or DEFAULT_TYPE,
        custom_prompt=message.custom_prompt,
        memory_config=MemoryConfig(**config),
    )


def relationship_message(relationship: Relationship) -> pb.Relationship:
    terms = relationship.terms
    return pb.Relationship(
        user_id=relationship.user_id,
        persona_id=relationship.persona_id,
        relationship_type=terms.relationship_type,
        custom_prompt=terms.custom_prompt,
        memory_config=pb.MemoryConfig(
            remember_relationship_details=terms.memory_config.remember_relationship_details,
            remember_past_conversations=terms.memory_config.remember_past_conversations,
            remember_personal_facts=terms.memory_config.remember_personal_facts,
            auto_recall_depth=terms.memory_config.auto_recall_depth,
        ),
        total_calls=relationship.total_calls,
        total_seconds=relationship.total_seconds,
        last_call_time=timestamp(relationship.last_call_time),
        start_time=timestamp(relationship.start_time),
        create_time=timestamp(relationship.create_time),
        update_time=timestamp(relationship.update_time),
        etag=etag(relationship.version),
        scores=scores_message(relationship.score_state.scores),
        interaction_count=relationship.score_state.interaction_count,
    )


def overview_message(overview: RelationshipOverview) -> pb.RelationshipOverview:
    return pb.RelationshipOverview(
        user_id=overview.user_id,
        persona_id=overview.persona_id,
        total_calls=overview.total_calls,
        total_seconds=overview.total_seconds,
        last_call_time=timestamp(overview.last_call_time),
        start_time=timestamp(overview.start_time),
        create_time=timestamp(overview.create_time),
    )


def call_message(call: CallSummary) -> pb.RecentCall:
    return pb.RecentCall(
        session_id=call.session_id,
        episode_id=call.episode_id,
        start_time=timestamp(call.start_time),
        end_time=timestamp(call.end_time),
        summary=call.summary,
        key_topics=call.key_topics,
        outcome=call.outcome,
    )
