"""ProceduralMemoryService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any, Protocol

import grpc.aio

from reverie.v1 import procedural_memory_service_pb2 as pb
from reverie.v1 import procedural_memory_service_pb2_grpc
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import etag, version_of
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import timestamp
from reverie_server.tiers.procedural.model import (
    Outcome,
    Place,
    Procedure,
    ProcedureDraft,
    ProcedureHit,
    ProcedureQuery,
)
from reverie_server.tiers.procedural.service import ProcedureService
from reverie_server.tiers.procedural.template import parse
from reverie_server.tiers.ranking import DEEPEST

Context = grpc.aio.ServicerContext[Any, Any]


class ProceduralMemoryServicer(procedural_memory_service_pb2_grpc.ProceduralMemoryServiceServicer):
    """See ``procedural_memory_service.proto``."""

    def __init__(self, procedures: ProcedureService, page_tokens: PageTokens) -> None:
        self._procedures = procedures
        self._page_tokens = page_tokens

    async def PutProcedure(
        self, request: pb.PutProcedureRequest, _: Context
    ) -> pb.PutProcedureResponse:
        procedure = await self._procedures.put(
            _place(request),
            request.key,
            ProcedureDraft(
                request.template,
                request.description,
                dict(request.metadata),
                request.remember_again,
            ),
            version_of(request.etag),
            current_call().request_key(request),
        )
        return pb.PutProcedureResponse(
            procedure=_message(procedure), revision=procedure.stamp.revision
        )

    async def GetProcedure(
        self, request: pb.GetProcedureRequest, _: Context
    ) -> pb.GetProcedureResponse:
        procedure = await self._procedures.get(_place(request), request.key, request.version)
        return pb.GetProcedureResponse(procedure=_message(procedure))

    async def ListProcedures(
        self, request: pb.ListProceduresRequest, _: Context
    ) -> pb.ListProceduresResponse:
        page = await self._procedures.list(
            _place(request),
            request.key_prefix,
            all_scopes=request.all_scopes,
            page=self._page_tokens.read(request),
        )
        return pb.ListProceduresResponse(
            procedures=[_message(procedure) for procedure in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def SearchProcedures(
        self, request: pb.SearchProceduresRequest, _: Context
    ) -> pb.SearchProceduresResponse:
        found = await self._procedures.search(
            _place(request),
            _query(request),
            self._page_tokens.read(request, default=10, largest=DEEPEST),
        )
        return pb.SearchProceduresResponse(
            hits=[_hit(hit) for hit in found.hits],
            next_page_token=self._page_tokens.write(request, found.next),
            degraded=found.degraded,
            revision=found.revision,
        )

    async def DeleteProcedure(
        self, request: pb.DeleteProcedureRequest, _: Context
    ) -> pb.DeleteProcedureResponse:
        revision = await self._procedures.delete(
            _place(request),
            request.key,
            version_of(request.etag),
            current_call().request_key(request),
        )
        return pb.DeleteProcedureResponse(revision=revision)

    async def ListProcedureVersions(
        self, request: pb.ListProcedureVersionsRequest, _: Context
    ) -> pb.ListProcedureVersionsResponse:
        page = await self._procedures.versions(
            _place(request), request.key, self._page_tokens.read(request)
        )
        return pb.ListProcedureVersionsResponse(
            procedures=[_message(procedure) for procedure in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def RenderProcedure(
        self, request: pb.RenderProcedureRequest, _: Context
    ) -> pb.RenderProcedureResponse:
        text, procedure = await self._procedures.render(
            _place(request), request.key, request.version, dict(request.values)
        )
        return pb.RenderProcedureResponse(text=text, procedure=_message(procedure))

    async def RecordProcedureOutcome(
        self, request: pb.RecordProcedureOutcomeRequest, _: Context
    ) -> pb.RecordProcedureOutcomeResponse:
        procedure, revision = await self._procedures.record_outcome(
            _place(request),
            request.key,
            request.version,
            Outcome(request.outcome),
            current_call().request_key(request),
        )
        return pb.RecordProcedureOutcomeResponse(procedure=_message(procedure), revision=revision)


class _Placed(Protocol):
    user_id: str
    persona_id: str


def _place(request: _Placed) -> Place:
    return Place(current_call().workspace_id, request.user_id, request.persona_id)


def _query(request: pb.SearchProceduresRequest) -> ProcedureQuery:
    return ProcedureQuery(
        text=request.query,
        vector=tuple(request.vector),
        min_score=request.min_score,
        min_revision=request.min_revision,
        explain=request.explain,
    )


def _message(procedure: Procedure) -> pb.Procedure:
    place, stamp, draft = procedure.place, procedure.stamp, procedure.draft
    return pb.Procedure(
        key=procedure.key,
        scope=f"PROCEDURE_SCOPE_{place.scope.name}",
        user_id=place.user_id,
        persona_id=place.persona_id,
        template=draft.template,
        description=draft.description,
        placeholders=parse(draft.template).placeholders,
        metadata=draft.metadata,
        version=stamp.version,
        success_count=procedure.counts.success,
        failure_count=procedure.counts.failure,
        neutral_count=procedure.counts.neutral,
        create_time=timestamp(stamp.create_time),
        update_time=timestamp(stamp.update_time),
        etag=etag(stamp.revision),
    )


def _hit(hit: ProcedureHit) -> pb.ProcedureHit:
    return pb.ProcedureHit(
        procedure=_message(hit.procedure), score=hit.score, score_parts=hit.score_parts
    )
