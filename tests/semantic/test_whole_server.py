"""Documents in the whole server: found by the recall room as soon as they are stored."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import common_pb2
from reverie.v1 import semantic_memory_service_pb2 as pb
from reverie.v1 import semantic_memory_service_pb2_grpc as rpc

ANN: dict[str, Any] = {"user_id": "ann", "persona_id": "brad"}
CONTENTS: dict[str, dict[str, Any]] = {
    "passport": {"country": "Switzerland", "expires": "June 2031", "kind": "paper"},
    "allergies": {"food": ["peanuts", "shellfish"], "kind": "health"},
    "bike": {"brand": "a red touring bicycle", "kind": "thing"},
}


async def fill(stub: rpc.SemanticMemoryServiceStub) -> int:
    """Stores the documents; gives the revision with the last of them."""
    revision = 0
    for document_id, content in CONTENTS.items():
        request = pb.PutDocumentRequest(**ANN, document_id=document_id)
        request.content.update(content)
        revision = (await stub.PutDocument(request)).revision
    return revision


async def test_what_was_put_is_found(channel: grpc.aio.Channel) -> None:
    stub = rpc.SemanticMemoryServiceStub(channel)
    revision = await fill(stub)
    found = await stub.SearchDocuments(
        pb.SearchDocumentsRequest(
            **ANN, query="Is she allergic to peanuts?", min_revision=revision, explain=True
        )
    )
    assert found.hits[0].document.document_id == "allergies"
    assert dict(found.hits[0].document.content) == CONTENTS["allergies"]
    assert all(0 <= hit.score <= 1 for hit in found.hits)
    assert found.hits[0].score_parts
    assert found.revision >= revision


async def test_a_filter_holds_whatever_fits_better(channel: grpc.aio.Channel) -> None:
    stub = rpc.SemanticMemoryServiceStub(channel)
    revision = await fill(stub)
    thing = common_pb2.Filter.Equals(
        key="document.kind", value=common_pb2.FilterValue(string_value="thing")
    )
    found = await stub.SearchDocuments(
        pb.SearchDocumentsRequest(
            **ANN,
            query="peanuts",
            min_revision=revision,
            filter=common_pb2.Filter(equals=thing),
        )
    )
    assert {hit.document.document_id for hit in found.hits} <= {"bike"}


async def test_the_workspace_s_and_the_deleted(channel: grpc.aio.Channel) -> None:
    stub = rpc.SemanticMemoryServiceStub(channel)
    await fill(stub)
    shared = pb.PutDocumentRequest(persona_id="eve", document_id="menu")
    shared.content.update({"allergens": "peanuts in the curry"})
    await stub.PutDocument(shared)
    deleted = await stub.DeleteDocument(pb.DeleteDocumentRequest(**ANN, document_id="allergies"))
    search = pb.SearchDocumentsRequest(**ANN, query="peanuts", min_revision=deleted.revision)
    own = await stub.SearchDocuments(search)
    assert not {"allergies", "menu"} & {hit.document.document_id for hit in own.hits}
    search.include_workspace = True
    both = await stub.SearchDocuments(search)
    assert both.hits[0].document.document_id == "menu"
    assert both.hits[0].document.user_id == ""
