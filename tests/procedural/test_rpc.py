"""ProceduralMemoryService over the wire."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from reverie.v1 import procedural_memory_service_pb2 as pb
from reverie.v1 import procedural_memory_service_pb2_grpc as rpc
from tests.channels import connect
from tests.refusals import Refusal, refusal

PAIR: dict[str, Any] = {"user_id": "ann", "persona_id": "brad"}
INVALID = grpc.StatusCode.INVALID_ARGUMENT


async def test_a_procedure_s_life(stub: rpc.ProceduralMemoryServiceStub) -> None:
    created = await stub.PutProcedure(
        pb.PutProcedureRequest(
            **PAIR,
            key="greet",
            template="Hi {name}, {{{name}}}!",
            description="says hello",
            metadata={"by": "ops"},
            etag="0",
        )
    )
    procedure = created.procedure
    assert (procedure.key, procedure.user_id, procedure.persona_id) == ("greet", "ann", "brad")
    assert procedure.scope == pb.PROCEDURE_SCOPE_RELATIONSHIP
    assert list(procedure.placeholders) == ["name"]
    assert (procedure.version, procedure.success_count) == (1, 0)
    assert dict(procedure.metadata) == {"by": "ops"}
    got = await stub.GetProcedure(pb.GetProcedureRequest(**PAIR, key="greet"))
    assert got.procedure == procedure
    rendered = await stub.RenderProcedure(
        pb.RenderProcedureRequest(**PAIR, key="greet", values={"name": "Ann"})
    )
    assert (rendered.text, rendered.procedure) == ("Hi Ann, {Ann}!", procedure)
    counted = await stub.RecordProcedureOutcome(
        pb.RecordProcedureOutcomeRequest(**PAIR, key="greet", outcome=pb.PROCEDURE_OUTCOME_NEUTRAL)
    )
    assert counted.procedure.neutral_count == 1
    assert counted.procedure.etag == procedure.etag
    assert counted.revision > created.revision
    second = await stub.PutProcedure(
        pb.PutProcedureRequest(**PAIR, key="greet", template="Hello", etag=procedure.etag)
    )
    versions = await stub.ListProcedureVersions(
        pb.ListProcedureVersionsRequest(**PAIR, key="greet")
    )
    assert list(versions.procedures) == [second.procedure, counted.procedure]
    deleted = await stub.DeleteProcedure(
        pb.DeleteProcedureRequest(**PAIR, key="greet", etag=second.procedure.etag)
    )
    assert deleted.revision > second.revision
    refused = await refusal(stub.GetProcedure(pb.GetProcedureRequest(**PAIR, key="greet")))
    assert refused == Refusal(grpc.StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND", ())


@pytest.mark.parametrize(
    ("fields", "scope"),
    [
        ({}, pb.PROCEDURE_SCOPE_WORKSPACE),
        ({"persona_id": "brad"}, pb.PROCEDURE_SCOPE_PERSONA),
        (PAIR, pb.PROCEDURE_SCOPE_RELATIONSHIP),
    ],
)
async def test_the_ids_name_the_scope(
    stub: rpc.ProceduralMemoryServiceStub, fields: dict[str, Any], scope: int
) -> None:
    put = await stub.PutProcedure(pb.PutProcedureRequest(**fields, key="k", template="t"))
    assert put.procedure.scope == scope


async def test_refusals_name_their_fields(stub: rpc.ProceduralMemoryServiceStub) -> None:
    put = pb.PutProcedureRequest
    refused = await refusal(stub.PutProcedure(put(**PAIR, key="k", template="a {b")))
    assert refused == Refusal(INVALID, "INVALID_FIELD", ("template",))
    refused = await refusal(stub.PutProcedure(put(user_id="ann", key="k", template="t")))
    assert refused == Refusal(INVALID, "FIELD_REQUIRED", ("persona_id",))
    refused = await refusal(stub.PutProcedure(put(**PAIR)))
    assert refused == Refusal(INVALID, "FIELD_REQUIRED", ("key", "template"))
    await stub.PutProcedure(put(**PAIR, key="k", template="{a} {b} {c}"))
    render = pb.RenderProcedureRequest(**PAIR, key="k", values={"b": ""})
    refused = await refusal(stub.RenderProcedure(render))
    assert refused == Refusal(INVALID, "PLACEHOLDER_MISSING", ("values[a]", "values[c]"))
    outcome = pb.RecordProcedureOutcomeRequest(**PAIR, key="k")
    refused = await refusal(stub.RecordProcedureOutcome(outcome))
    assert refused == Refusal(INVALID, "FIELD_REQUIRED", ("outcome",))
    refused = await refusal(stub.PutProcedure(put(**PAIR, key="k", template="t", etag="0")))
    assert refused == Refusal(grpc.StatusCode.ABORTED, "STALE_ETAG", ())


async def test_lists_and_searches_page(stub: rpc.ProceduralMemoryServiceStub) -> None:
    for number in range(3):
        await stub.PutProcedure(
            pb.PutProcedureRequest(**PAIR, key=f"greet{number}", template="hello")
        )
    listing = pb.ListProceduresRequest(**PAIR, key_prefix="greet", page_size=2)
    first = await stub.ListProcedures(listing)
    listing.page_token = first.next_page_token
    second = await stub.ListProcedures(listing)
    keys = [each.key for each in (*first.procedures, *second.procedures)]
    assert (keys, second.next_page_token) == (["greet0", "greet1", "greet2"], "")
    listing.all_scopes = True
    refused = await refusal(stub.ListProcedures(listing))
    assert refused == Refusal(INVALID, "PAGE_TOKEN_INVALID", ("page_token",))
    search = pb.SearchProceduresRequest(**PAIR, query="hello", page_size=2, explain=True)
    found = await stub.SearchProcedures(search)
    assert [(hit.score, dict(hit.score_parts)) for hit in found.hits] == [(1.0, {"words": 1.0})] * 2
    search.page_token = found.next_page_token
    rest = await stub.SearchProcedures(search)
    assert {hit.procedure.key for hit in (*found.hits, *rest.hits)} == set(keys)
    assert rest.next_page_token == ""


async def test_retries_have_one_effect(stub: rpc.ProceduralMemoryServiceStub) -> None:
    put = pb.PutProcedureRequest(**PAIR, key="k", template="t", request_id="r1")
    assert await stub.PutProcedure(put) == await stub.PutProcedure(put)
    outcome = pb.RecordProcedureOutcomeRequest(
        **PAIR, key="k", outcome=pb.PROCEDURE_OUTCOME_SUCCESS, request_id="r1"
    )
    first = await stub.RecordProcedureOutcome(outcome)
    assert await stub.RecordProcedureOutcome(outcome) == first
    assert (first.procedure.version, first.procedure.success_count) == (1, 1)
    outcome.outcome = pb.PROCEDURE_OUTCOME_FAILURE
    refused = await refusal(stub.RecordProcedureOutcome(outcome))
    assert refused == Refusal(grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED", ())


async def test_another_workspace_sees_nothing(
    stub: rpc.ProceduralMemoryServiceStub, address: str
) -> None:
    await stub.PutProcedure(pb.PutProcedureRequest(key="k", template="t"))
    async with connect(address, "rivals") as channel:
        rival = rpc.ProceduralMemoryServiceStub(channel)
        for call in (
            rival.GetProcedure(pb.GetProcedureRequest(key="k")),
            rival.DeleteProcedure(pb.DeleteProcedureRequest(key="k")),
            rival.ListProcedureVersions(pb.ListProcedureVersionsRequest(key="k")),
        ):
            assert (await refusal(call)).code is grpc.StatusCode.NOT_FOUND
        assert not (await rival.ListProcedures(pb.ListProceduresRequest())).procedures
