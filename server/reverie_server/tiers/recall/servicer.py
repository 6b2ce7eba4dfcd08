"""RecallService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import recall_service_pb2 as pb
from reverie.v1 import recall_service_pb2_grpc
from reverie_server.errors import PermissionDenied
from reverie_server.rpc.call import current_call
from reverie_server.rpc.limits import named_limits
from reverie_server.tiers.recall.capabilities import Capabilities
from reverie_server.tiers.recall.messages import comparison_of, hit_message, query_of
from reverie_server.tiers.recall.model import Tier
from reverie_server.tiers.recall.service import RecallService

Context = grpc.aio.ServicerContext[Any, Any]
COMPARE_PERMISSION = "memory.compare"


class RecallServicer(recall_service_pb2_grpc.RecallServiceServicer):
    """See ``recall_service.proto``."""

    def __init__(self, recall: RecallService, capabilities: Capabilities) -> None:
        self._recall = recall
        self._capabilities = capabilities

    async def Recall(self, request: pb.RecallRequest, _: Context) -> pb.RecallResponse:
        recalled = await self._recall.recall(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            request.session_id,
            query_of(request),
        )
        return pb.RecallResponse(
            hits=[hit_message(hit) for hit in recalled.hits],
            degraded=recalled.degraded,
            revision=recalled.revision,
        )

    async def MarkUsed(self, request: pb.MarkUsedRequest, _: Context) -> pb.MarkUsedResponse:
        call = current_call()
        revision = await self._recall.mark_used(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.session_id,
            [(Tier(each.tier), each.memory_id) for each in request.memories],
            call.request_key(request),
        )
        return pb.MarkUsedResponse(revision=revision)

    async def CompareAcrossPersonas(
        self, request: pb.CompareAcrossPersonasRequest, _: Context
    ) -> pb.CompareAcrossPersonasResponse:
        call = current_call()
        if COMPARE_PERMISSION not in call.principal.permissions:
            raise PermissionDenied(f"needs the permission {COMPARE_PERMISSION}")
        answers = await self._recall.compare(
            call.workspace_id, request.user_id, request.persona_ids, comparison_of(request)
        )
        return pb.CompareAcrossPersonasResponse(
            personas=[
                pb.PersonaRecall(
                    persona_id=persona_id, hits=[hit_message(hit) for hit in answer.hits]
                )
                for persona_id, answer in zip(request.persona_ids, answers, strict=True)
            ],
            degraded=any(answer.degraded for answer in answers),
            revision=min(answer.revision for answer in answers),
        )

    async def GetCapabilities(
        self, _request: pb.GetCapabilitiesRequest, _: Context
    ) -> pb.GetCapabilitiesResponse:
        can = self._capabilities
        return pb.GetCapabilitiesResponse(
            version=can.version,
            embedder=can.embedder,
            embedding_dimension=can.embedding_dimension,
            index=can.index,
            index_ready=can.index_ready(),
            summarizer=can.summarizer,
            tokenizer=can.tokenizer,
            languages=can.languages,
            limits=named_limits(),
        )
