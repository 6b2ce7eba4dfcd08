"""RelationshipService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import relationship_service_pb2 as pb
from reverie.v1 import relationship_service_pb2_grpc
from reverie_server.identity.relationships.model import (
    DEFAULT_TYPE,
    MemoryConfig,
    Relationship,
    Terms,
)
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import etag
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import timestamp
from reverie_server.tiers.recall.listing import MemoryList
from reverie_server.tiers.recall.messages import memory_message, tiers_of

Context = grpc.aio.ServicerContext[Any, Any]


class RelationshipServicer(relationship_service_pb2_grpc.RelationshipServiceServicer):
    """See ``relationship_service.proto``."""

    def __init__(
        self, relationships: RelationshipService, memories: MemoryList, page_tokens: PageTokens
    ) -> None:
        self._relationships = relationships
        self._memories = memories
        self._page_tokens = page_tokens

    async def GetOrCreateRelationship(
        self, request: pb.GetOrCreateRelationshipRequest, _: Context
    ) -> pb.GetOrCreateRelationshipResponse:
        state = await self._relationships.get_or_create(
            current_call().workspace_id, request.user_id, request.persona_id, _terms(request)
        )
        return pb.GetOrCreateRelationshipResponse(
            relationship=_message(state.relationship),
            created=state.created,
            revision=state.revision,
        )

    async def GetRelationship(
        self, request: pb.GetRelationshipRequest, _: Context
    ) -> pb.GetRelationshipResponse:
        relationship = await self._relationships.get(
            current_call().workspace_id, request.user_id, request.persona_id
        )
        return pb.GetRelationshipResponse(relationship=_message(relationship))

    async def ListMemories(
        self, request: pb.ListMemoriesRequest, _: Context
    ) -> pb.ListMemoriesResponse:
        pair = (current_call().workspace_id, request.user_id, request.persona_id)
        await self._relationships.get(*pair)
        page = await self._memories.list(
            *pair,
            tiers_of(list(request.tiers)),
            self._page_tokens.read(request),
            own_only=request.own_only,
        )
        return pb.ListMemoriesResponse(
            memories=[memory_message(memory) for memory in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )


def _terms(request: pb.GetOrCreateRelationshipRequest) -> Terms:
    # Absent fields take the defaults of the model.
    config = {field.name: value for field, value in request.memory_config.ListFields()}
    return Terms(
        relationship_type=request.relationship_type or DEFAULT_TYPE,
        custom_prompt=request.custom_prompt,
        memory_config=MemoryConfig(**config),
    )


def _message(relationship: Relationship) -> pb.Relationship:
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
    )
