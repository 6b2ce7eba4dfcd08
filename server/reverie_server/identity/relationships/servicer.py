"""RelationshipService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import relationship_service_pb2 as pb
from reverie.v1 import relationship_service_pb2_grpc
from reverie_server.governance.forgetting.messages import forgotten_message
from reverie_server.governance.forgetting.service import ForgettingService, tier_of
from reverie_server.identity.relationships.dynamics.messages import (
    bucket_message,
    interaction,
    quality_message,
    scores_message,
    status_message,
)
from reverie_server.identity.relationships.dynamics.service import DynamicsService
from reverie_server.identity.relationships.dynamics.trajectory import DAY_SECONDS
from reverie_server.identity.relationships.messages import (
    call_message,
    overview_message,
    relationship_message,
    terms,
)
from reverie_server.identity.relationships.model import TERM_FIELDS
from reverie_server.identity.relationships.recent_calls import RecentCallsView
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.relationships.storylines.messages import (
    edit,
    statuses,
    storyline_message,
)
from reverie_server.identity.relationships.storylines.model import STORYLINE_FIELDS
from reverie_server.identity.relationships.storylines.service import StorylineService
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import version_of
from reverie_server.rpc.field_masks import masked_paths
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import microseconds
from reverie_server.tiers.recall.listing import MemoryList
from reverie_server.tiers.recall.messages import memory_message, tiers_of

Context = grpc.aio.ServicerContext[Any, Any]


class RelationshipServicer(relationship_service_pb2_grpc.RelationshipServiceServicer):
    """See ``relationship_service.proto``."""

    def __init__(
        self,
        relationships: RelationshipService,
        dynamics: DynamicsService,
        storylines: StorylineService,
        recent_calls: RecentCallsView,
        memories: MemoryList,
        forgetting: ForgettingService,
        page_tokens: PageTokens,
    ) -> None:
        self._relationships = relationships
        self._dynamics = dynamics
        self._storylines = storylines
        self._recent_calls = recent_calls
        self._memories = memories
        self._forgetting = forgetting
        self._page_tokens = page_tokens

    async def GetOrCreateRelationship(
        self, request: pb.GetOrCreateRelationshipRequest, _: Context
    ) -> pb.GetOrCreateRelationshipResponse:
        state = await self._relationships.get_or_create(
            current_call().workspace_id, request.user_id, request.persona_id, terms(request)
        )
        return pb.GetOrCreateRelationshipResponse(
            relationship=relationship_message(state.relationship),
            created=state.created,
            revision=state.revision,
        )

    async def GetRelationship(
        self, request: pb.GetRelationshipRequest, _: Context
    ) -> pb.GetRelationshipResponse:
        relationship = await self._relationships.get(
            current_call().workspace_id, request.user_id, request.persona_id
        )
        return pb.GetRelationshipResponse(relationship=relationship_message(relationship))

    async def ListRelationships(
        self, request: pb.ListRelationshipsRequest, _: Context
    ) -> pb.ListRelationshipsResponse:
        page = await self._relationships.list(
            current_call().workspace_id, request.user_id, self._page_tokens.read(request)
        )
        return pb.ListRelationshipsResponse(
            relationships=[overview_message(each) for each in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def UpdateRelationship(
        self, request: pb.UpdateRelationshipRequest, _: Context
    ) -> pb.UpdateRelationshipResponse:
        call = current_call()
        change = await self._relationships.update(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            terms(request.relationship),
            microseconds(request.relationship, "start_time"),
            masked_paths(request.update_mask, TERM_FIELDS),
            version_of(request.relationship.etag),
            call.request_key(request),
        )
        return pb.UpdateRelationshipResponse(
            relationship=relationship_message(change.relationship), revision=change.revision
        )

    async def DeleteRelationship(
        self, request: pb.DeleteRelationshipRequest, _: Context
    ) -> pb.DeleteRelationshipResponse:
        call = current_call()
        revision = await self._relationships.delete(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.DeleteRelationshipResponse(revision=revision)

    async def RecordInteraction(
        self, request: pb.RecordInteractionRequest, _: Context
    ) -> pb.RecordInteractionResponse:
        call = current_call()
        recorded = await self._dynamics.record(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            interaction(request),
            microseconds(request, "event_time"),
            call.request_key(request),
        )
        return pb.RecordInteractionResponse(
            previous_scores=scores_message(recorded.before),
            scores=scores_message(recorded.after),
            quality=quality_message(recorded.quality),
            interaction_count=recorded.interaction_count,
            revision=recorded.revision,
        )

    async def GetTrustStatus(
        self, request: pb.GetTrustStatusRequest, _: Context
    ) -> pb.GetTrustStatusResponse:
        status = await self._dynamics.trust_status(
            current_call().workspace_id, request.user_id, request.persona_id, request.window_days
        )
        return status_message(status)

    async def GetTrajectory(
        self, request: pb.GetTrajectoryRequest, _: Context
    ) -> pb.GetTrajectoryResponse:
        series = await self._dynamics.trajectory(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            microseconds(request, "start_time"),
            microseconds(request, "end_time"),
            request.bucket_seconds,
        )
        return pb.GetTrajectoryResponse(
            buckets=[bucket_message(bucket) for bucket in series],
            bucket_seconds=request.bucket_seconds or DAY_SECONDS,
        )

    async def GetRecentCalls(
        self, request: pb.GetRecentCallsRequest, _: Context
    ) -> pb.GetRecentCallsResponse:
        recent = await self._recent_calls.get(
            current_call().workspace_id, request.user_id, request.persona_id, request.limit
        )
        return pb.GetRecentCallsResponse(
            calls=[call_message(each) for each in recent.calls],
            ongoing_storylines=[storyline_message(each) for each in recent.storylines],
        )

    async def ListStorylines(
        self, request: pb.ListStorylinesRequest, _: Context
    ) -> pb.ListStorylinesResponse:
        page = await self._storylines.list(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            statuses(request.statuses),
            self._page_tokens.read(request),
        )
        return pb.ListStorylinesResponse(
            storylines=[storyline_message(each) for each in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def UpdateStoryline(
        self, request: pb.UpdateStorylineRequest, _: Context
    ) -> pb.UpdateStorylineResponse:
        call = current_call()
        change = await self._storylines.update(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.storyline.storyline_id,
            edit(request.storyline),
            masked_paths(request.update_mask, STORYLINE_FIELDS),
            version_of(request.storyline.etag),
            call.request_key(request),
        )
        return pb.UpdateStorylineResponse(
            storyline=storyline_message(change.storyline), revision=change.revision
        )

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
            current_only=request.current_only,
        )
        return pb.ListMemoriesResponse(
            memories=[memory_message(memory) for memory in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def ForgetMemory(
        self, request: pb.ForgetMemoryRequest, _: Context
    ) -> pb.ForgetMemoryResponse:
        call = current_call()
        forgotten = await self._forgetting.forget(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            tier_of(request.tier),
            request.memory_id,
            keep_text=request.keep_source_text,
            request=call.request_key(request),
        )
        return forgotten_message(forgotten)
