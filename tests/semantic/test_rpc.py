"""SemanticMemoryService over the wire."""

from __future__ import annotations

from typing import Any

import grpc
import grpc.aio
import pytest

from reverie.v1 import common_pb2
from reverie.v1 import semantic_memory_service_pb2 as pb
from reverie.v1 import semantic_memory_service_pb2_grpc as rpc
from reverie_server.rpc.limits import DOCUMENT_BYTES
from tests.channels import connect
from tests.refusals import Refusal, refusal

ANN: dict[str, Any] = {"user_id": "ann", "persona_id": "brad"}


def put(document_id: str, content: dict[str, Any], **fields: Any) -> pb.PutDocumentRequest:
    request = pb.PutDocumentRequest(**ANN, document_id=document_id, **fields)
    request.content.SetInParent()
    request.content.update(content)
    return request


async def test_a_document_s_life(stub: rpc.SemanticMemoryServiceStub) -> None:
    created = await stub.PutDocument(
        put("home", {"city": "Bern", "rooms": 3, "old": None}, etag="0", metadata={"by": "form"})
    )
    document = created.document
    assert (document.document_id, document.user_id, document.persona_id) == ("home", "ann", "brad")
    assert dict(document.content) == {"city": "Bern", "rooms": 3, "old": None}
    assert dict(document.metadata) == {"by": "form"}
    assert document.visibility == common_pb2.VISIBILITY_SHARED
    assert document.version == 1
    got = await stub.GetDocument(pb.GetDocumentRequest(**ANN, document_id="home"))
    assert got.document == document
    second = await stub.PutDocument(
        put("home", {"city": "Thun"}, etag=document.etag, visibility=common_pb2.VISIBILITY_PRIVATE)
    )
    assert second.document.version == 2
    assert second.document.visibility == common_pb2.VISIBILITY_PRIVATE
    assert second.revision > created.revision
    first = await stub.GetDocument(pb.GetDocumentRequest(**ANN, document_id="home", version=1))
    assert first.document == document
    listed = await stub.ListDocuments(pb.ListDocumentsRequest(**ANN))
    assert list(listed.documents) == [second.document]
    deleted = await stub.DeleteDocument(
        pb.DeleteDocumentRequest(**ANN, document_id="home", etag=second.document.etag)
    )
    assert deleted.revision > second.revision
    refused = await refusal(stub.GetDocument(pb.GetDocumentRequest(**ANN, document_id="home")))
    assert refused == Refusal(grpc.StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND", ())


@pytest.mark.parametrize("etag", ["0", "12345", "nonsense"])
async def test_a_stale_etag_is_aborted(stub: rpc.SemanticMemoryServiceStub, etag: str) -> None:
    await stub.PutDocument(put("home", {}))
    refused = await refusal(stub.PutDocument(put("home", {"n": 1}, etag=etag)))
    assert refused == Refusal(grpc.StatusCode.ABORTED, "STALE_ETAG", ())


async def test_a_hidden_id_is_taken(stub: rpc.SemanticMemoryServiceStub) -> None:
    await stub.PutDocument(put("diary", {}, visibility=common_pb2.VISIBILITY_PRIVATE))
    request = put("diary", {})
    request.persona_id = "eve"
    refused = await refusal(stub.PutDocument(request))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "RESOURCE_EXISTS")


async def test_a_document_has_a_mebibyte_at_most(stub: rpc.SemanticMemoryServiceStub) -> None:
    frame = len('{"t":""}')
    await stub.PutDocument(put("whole", {"t": "x" * (DOCUMENT_BYTES - frame)}))
    refused = await refusal(
        stub.PutDocument(put("more", {"t": "x" * (DOCUMENT_BYTES - frame + 1)}))
    )
    assert refused == Refusal(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_TOO_LARGE", ("content",))


@pytest.mark.parametrize(
    ("request_message", "expected"),
    [
        (put("d", {}, embedding=[1.0, 2.0]), ("INVALID_FIELD", ("embedding",))),
        (pb.PutDocumentRequest(**ANN, document_id="d"), ("FIELD_REQUIRED", ("content",))),
        (pb.PutDocumentRequest(user_id="ann"), ("FIELD_REQUIRED", ("persona_id", "content"))),
    ],
)
async def test_a_malformed_put_names_its_fields(
    stub: rpc.SemanticMemoryServiceStub,
    request_message: pb.PutDocumentRequest,
    expected: tuple[str, tuple[str, ...]],
) -> None:
    refused = await refusal(stub.PutDocument(request_message))
    assert refused == Refusal(grpc.StatusCode.INVALID_ARGUMENT, *expected)


def where(key: str, value: str) -> common_pb2.Filter:
    equals = common_pb2.Filter.Equals(key=key, value=common_pb2.FilterValue(string_value=value))
    return common_pb2.Filter(equals=equals)


async def test_lists_page_filter_and_refuse(stub: rpc.SemanticMemoryServiceStub) -> None:
    for number in range(5):
        await stub.PutDocument(put(f"d{number}", {"kind": "odd" if number % 2 else "even"}))
    request = pb.ListDocumentsRequest(**ANN, page_size=2, filter=where("document.kind", "even"))
    first = await stub.ListDocuments(request)
    assert [each.document_id for each in first.documents] == ["d0", "d2"]
    request.page_token = first.next_page_token
    second = await stub.ListDocuments(request)
    assert [each.document_id for each in second.documents] == ["d4"]
    assert second.next_page_token == ""
    request.document_id_prefix = "d"
    refused = await refusal(stub.ListDocuments(request))
    assert (refused.reason, refused.fields) == ("PAGE_TOKEN_INVALID", ("page_token",))
    refused = await refusal(
        stub.ListDocuments(pb.ListDocumentsRequest(**ANN, filter=where("colour", "red")))
    )
    assert (refused.reason, refused.fields) == ("INVALID_FIELD", ("filter.equals.key",))


async def test_searches_page_and_filter(stub: rpc.SemanticMemoryServiceStub) -> None:
    for number in range(5):
        kind = "odd" if number % 2 else "even"
        await stub.PutDocument(put(f"d{number}", {"text": "cat", "kind": kind}))
    request = pb.SearchDocumentsRequest(
        **ANN, query="cat dog", page_size=2, filter=where("document.kind", "even"), explain=True
    )
    first = await stub.SearchDocuments(request)
    assert [hit.document.document_id for hit in first.hits] == ["d0", "d2"]
    assert [(hit.score, dict(hit.score_parts)) for hit in first.hits] == [(0.5, {"words": 0.5})] * 2
    request.page_token = first.next_page_token
    second = await stub.SearchDocuments(request)
    assert [hit.document.document_id for hit in second.hits] == ["d4"]
    assert second.next_page_token == ""
    assert second.revision == first.revision > 0
    request.query = "cat"
    refused = await refusal(stub.SearchDocuments(request))
    assert refused.reason == "PAGE_TOKEN_INVALID"


async def test_a_retry_gets_the_same_answer(stub: rpc.SemanticMemoryServiceStub) -> None:
    request = put("", {"n": 1}, request_id="r1")
    assert await stub.PutDocument(request) == await stub.PutDocument(request)
    listed = await stub.ListDocuments(pb.ListDocumentsRequest(**ANN))
    assert len(listed.documents) == 1
    refused = await refusal(stub.PutDocument(put("", {"n": 2}, request_id="r1")))
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "REQUEST_ID_REUSED",
    )


async def test_another_workspace_sees_nothing(
    stub: rpc.SemanticMemoryServiceStub, address: str
) -> None:
    await stub.PutDocument(put("home", {}))
    async with connect(address, "rivals") as channel:
        rival = rpc.SemanticMemoryServiceStub(channel)
        for call in (
            rival.GetDocument(pb.GetDocumentRequest(**ANN, document_id="home")),
            rival.ListDocuments(pb.ListDocumentsRequest(**ANN)),
            rival.DeleteDocument(pb.DeleteDocumentRequest(**ANN, document_id="home")),
        ):
            assert (await refusal(call)).code is grpc.StatusCode.NOT_FOUND
    await stub.GetDocument(pb.GetDocumentRequest(**ANN, document_id="home"))
