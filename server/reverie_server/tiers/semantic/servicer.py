"""SemanticMemoryService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any

import grpc.aio
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from reverie.v1 import semantic_memory_service_pb2 as pb
from reverie.v1 import semantic_memory_service_pb2_grpc
from reverie_server.errors import InvalidArgument
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import etag, version_of
from reverie_server.rpc.filters import MEMORY_KEYS, filter_of
from reverie_server.rpc.limits import DOCUMENT_BYTES
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import timestamp
from reverie_server.scope import Visibility
from reverie_server.tiers.filters import Filter
from reverie_server.tiers.ranking import DEEPEST
from reverie_server.tiers.semantic import fields, json_text
from reverie_server.tiers.semantic.model import Document, DocumentDraft, DocumentHit, DocumentQuery
from reverie_server.tiers.semantic.service import DocumentService

Context = grpc.aio.ServicerContext[Any, Any]


class SemanticMemoryServicer(semantic_memory_service_pb2_grpc.SemanticMemoryServiceServicer):
    """See ``semantic_memory_service.proto``."""

    def __init__(self, documents: DocumentService, page_tokens: PageTokens) -> None:
        self._documents = documents
        self._page_tokens = page_tokens

    async def PutDocument(
        self, request: pb.PutDocumentRequest, _: Context
    ) -> pb.PutDocumentResponse:
        call = current_call()
        document = await self._documents.put(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.document_id,
            _draft(request),
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.PutDocumentResponse(document=_message(document), revision=document.stamp.revision)

    async def GetDocument(
        self, request: pb.GetDocumentRequest, _: Context
    ) -> pb.GetDocumentResponse:
        document = await self._documents.get(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            request.document_id,
            request.version,
        )
        return pb.GetDocumentResponse(document=_message(document))

    async def ListDocuments(
        self, request: pb.ListDocumentsRequest, _: Context
    ) -> pb.ListDocumentsResponse:
        page = await self._documents.list(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            request.document_id_prefix,
            _filter(request),
            self._page_tokens.read(request),
        )
        return pb.ListDocumentsResponse(
            documents=[_message(document) for document in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def SearchDocuments(
        self, request: pb.SearchDocumentsRequest, _: Context
    ) -> pb.SearchDocumentsResponse:
        found = await self._documents.search(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            _query(request),
            self._page_tokens.read(request, default=10, largest=DEEPEST),
        )
        return pb.SearchDocumentsResponse(
            hits=[_hit(hit) for hit in found.hits],
            next_page_token=self._page_tokens.write(request, found.next),
            degraded=found.degraded,
            revision=found.revision,
        )

    async def DeleteDocument(
        self, request: pb.DeleteDocumentRequest, _: Context
    ) -> pb.DeleteDocumentResponse:
        call = current_call()
        revision = await self._documents.delete(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.document_id,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.DeleteDocumentResponse(revision=revision)


def _draft(request: pb.PutDocumentRequest) -> DocumentDraft:
    content = json_text.canonical(_object(request.content))
    if len(content.encode()) > DOCUMENT_BYTES:
        raise InvalidArgument.of(
            "content", f"has more than {DOCUMENT_BYTES} bytes as JSON", reason="FIELD_TOO_LARGE"
        )
    return DocumentDraft(
        content=content,
        metadata=dict(request.metadata),
        visibility=Visibility(request.visibility) if request.visibility else None,
        embedding=tuple(request.embedding),
        remember_again=request.remember_again,
    )


def _filter(request: pb.ListDocumentsRequest | pb.SearchDocumentsRequest) -> Filter | None:
    return filter_of(request.filter, keys=MEMORY_KEYS, prefixes=(fields.METADATA, fields.CONTENT))


def _query(request: pb.SearchDocumentsRequest) -> DocumentQuery:
    return DocumentQuery(
        text=request.query,
        vector=tuple(request.vector),
        filter=_filter(request),
        min_score=request.min_score,
        min_revision=request.min_revision,
        explain=request.explain,
        include_workspace=request.include_workspace,
    )


def _message(document: Document) -> pb.Document:
    stamp = document.stamp
    content = Struct()
    content.update(json_text.parse(document.content))
    return pb.Document(
        document_id=stamp.document_id,
        user_id=document.user_id,
        persona_id=stamp.persona_id,
        content=content,
        metadata=document.metadata,
        visibility=f"VISIBILITY_{stamp.visibility.name}",
        version=stamp.version,
        create_time=timestamp(stamp.create_time),
        update_time=timestamp(stamp.update_time),
        etag=etag(stamp.revision),
    )


def _hit(hit: DocumentHit) -> pb.DocumentHit:
    return pb.DocumentHit(
        document=_message(hit.document), score=hit.score, score_parts=hit.score_parts
    )


def _object(struct: Struct) -> dict[str, Any]:
    return {key: _json(value) for key, value in struct.fields.items()}


def _list(values: ListValue) -> list[Any]:
    return [_json(value) for value in values.values]


def _json(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "number_value":
            return json_text.number(value.number_value)
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _object(value.struct_value)
        case "list_value":
            return _list(value.list_value)
        case _:
            return None
