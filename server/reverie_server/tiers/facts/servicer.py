"""FactService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc
from reverie_server.paging import fitting, weight
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import version_of
from reverie_server.rpc.field_masks import masked_paths
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import microseconds
from reverie_server.tiers.facts.correcting import FACT_FIELDS
from reverie_server.tiers.facts.finding import FactFinder
from reverie_server.tiers.facts.graph_service import FactGraphs
from reverie_server.tiers.facts.messages import (
    conflict_message,
    corrections,
    entity_message,
    fact_filter,
    fact_message,
    fact_query,
    hit_message,
    new_fact,
    profile_filter,
    profile_message,
    readings_message,
    related_message,
    spoken_line,
    told_message,
)
from reverie_server.tiers.facts.profile import UserProfiles
from reverie_server.tiers.facts.reading_service import FactReading
from reverie_server.tiers.facts.service import FactService
from reverie_server.tiers.ranking import DEEPEST

Context = grpc.aio.ServicerContext[Any, Any]
CONFLICTS = 50


class FactServicer(fact_service_pb2_grpc.FactServiceServicer):
    """See ``fact_service.proto``."""

    def __init__(
        self,
        facts: FactService,
        reading: FactReading,
        finder: FactFinder,
        profiles: UserProfiles,
        graphs: FactGraphs,
        page_tokens: PageTokens,
    ) -> None:
        self._facts = facts
        self._reading = reading
        self._finder = finder
        self._profiles = profiles
        self._graphs = graphs
        self._page_tokens = page_tokens

    async def AddFacts(self, request: pb.AddFactsRequest, _: Context) -> pb.AddFactsResponse:
        call = current_call()
        done = await self._facts.add(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.session_id,
            [new_fact(each, request.session_id) for each in request.facts],
            call.request_key(request),
            remember_again=request.remember_again,
        )
        return pb.AddFactsResponse(
            told=[told_message(each) for each in done.told], revision=done.revision
        )

    async def ExtractFacts(
        self, request: pb.ExtractFactsRequest, _: Context
    ) -> pb.ExtractFactsResponse:
        call = current_call()
        shown = await self._reading.read(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.session_id or [spoken_line(each) for each in request.spoken.lines],
            None if request.dry_run else call.request_key(request),
            dry_run=request.dry_run,
        )
        return readings_message(request.user_id, shown, dry_run=request.dry_run)

    async def GetFact(self, request: pb.GetFactRequest, _: Context) -> pb.GetFactResponse:
        fact, supersedes = await self._facts.get(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            request.fact_id,
            microseconds(request, "known_at"),
        )
        return pb.GetFactResponse(fact=fact_message(request.user_id, fact, supersedes))

    async def ListFacts(self, request: pb.ListFactsRequest, _: Context) -> pb.ListFactsResponse:
        page = await self._facts.list(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            fact_filter(request),
            self._page_tokens.read(request),
        )
        return pb.ListFactsResponse(
            facts=[fact_message(request.user_id, fact) for fact in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def SearchFacts(
        self, request: pb.SearchFactsRequest, _: Context
    ) -> pb.SearchFactsResponse:
        found = await self._finder.search(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            fact_query(request),
            self._page_tokens.read(request, default=10, largest=DEEPEST),
        )
        return pb.SearchFactsResponse(
            hits=[hit_message(request.user_id, hit) for hit in found.hits],
            next_page_token=self._page_tokens.write(request, found.next),
            degraded=found.degraded,
            revision=found.revision,
        )

    async def GetFactHistory(
        self, request: pb.GetFactHistoryRequest, _: Context
    ) -> pb.GetFactHistoryResponse:
        page = await self._facts.history(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            request.fact_id,
            self._page_tokens.read(request),
        )
        return pb.GetFactHistoryResponse(
            states=[fact_message(request.user_id, fact) for fact in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def GetUserProfile(
        self, request: pb.GetUserProfileRequest, _: Context
    ) -> pb.GetUserProfileResponse:
        profile = await self._profiles.get(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            profile_filter(request),
        )
        return profile_message(request.user_id, profile)

    async def DetectConflicts(
        self, request: pb.DetectConflictsRequest, _: Context
    ) -> pb.DetectConflictsResponse:
        found = await self._graphs.conflicts(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            request.limit or CONFLICTS,
        )
        return pb.DetectConflictsResponse(
            conflicts=[
                conflict_message(request.user_id, conflict) for conflict in fitting(found, weight)
            ]
        )

    async def ListEntities(
        self, request: pb.ListEntitiesRequest, _: Context
    ) -> pb.ListEntitiesResponse:
        page = await self._graphs.entities(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            self._page_tokens.read(request),
        )
        return pb.ListEntitiesResponse(
            entities=[entity_message(entity) for entity in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def GetEntity(self, request: pb.GetEntityRequest, _: Context) -> pb.GetEntityResponse:
        entity = await self._graphs.entity(
            current_call().workspace_id, request.user_id, request.persona_id, request.entity_id
        )
        return pb.GetEntityResponse(entity=entity_message(entity))

    async def ListRelatedEntities(
        self, request: pb.ListRelatedEntitiesRequest, _: Context
    ) -> pb.ListRelatedEntitiesResponse:
        page = await self._graphs.related(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            request.entity_id,
            self._page_tokens.read(request),
        )
        return pb.ListRelatedEntitiesResponse(
            related=[related_message(relation) for relation in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def RetractFact(
        self, request: pb.RetractFactRequest, _: Context
    ) -> pb.RetractFactResponse:
        call = current_call()
        done = await self._facts.retract(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.fact_id,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.RetractFactResponse(
            fact=fact_message(request.user_id, done.fact), revision=done.revision
        )

    async def RestoreFact(
        self, request: pb.RestoreFactRequest, _: Context
    ) -> pb.RestoreFactResponse:
        call = current_call()
        done = await self._facts.restore(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.fact_id,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.RestoreFactResponse(
            fact=fact_message(request.user_id, done.fact), revision=done.revision
        )

    async def ConfirmFact(
        self, request: pb.ConfirmFactRequest, _: Context
    ) -> pb.ConfirmFactResponse:
        call = current_call()
        done = await self._facts.confirm(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.fact_id,
            request.confidence if request.HasField("confidence") else None,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.ConfirmFactResponse(
            fact=fact_message(request.user_id, done.fact), revision=done.revision
        )

    async def UpdateFact(self, request: pb.UpdateFactRequest, _: Context) -> pb.UpdateFactResponse:
        call = current_call()
        done = await self._facts.update(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.fact.fact_id,
            corrections(request.fact, masked_paths(request.update_mask, FACT_FIELDS)),
            version_of(request.fact.etag),
            call.request_key(request),
        )
        return pb.UpdateFactResponse(
            fact=fact_message(request.user_id, done.fact), revision=done.revision
        )
