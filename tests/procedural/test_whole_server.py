"""Procedures in the whole server: found by the recall room as soon as they are stored."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import procedural_memory_service_pb2 as pb
from reverie.v1 import procedural_memory_service_pb2_grpc as rpc

PAIR: dict[str, Any] = {"user_id": "ann", "persona_id": "brad"}


async def test_the_nearest_of_what_fits_is_found(channel: grpc.aio.Channel) -> None:
    stub = rpc.ProceduralMemoryServiceStub(channel)
    put = pb.PutProcedureRequest
    apology = "Say sorry to {name} for the delayed delivery"
    await stub.PutProcedure(put(key="apologise", template=f"{apology}."))
    await stub.PutProcedure(put(key="introduce", template="Introduce yourself and the weather."))
    await stub.PutProcedure(put(persona_id="brad", key="apologise", template=f"{apology}, gently."))
    last = await stub.PutProcedure(put(**PAIR, key="apologise", template=f"{apology}, with a pun."))
    search = pb.SearchProceduresRequest(
        **PAIR, query="say sorry for a delayed delivery", min_revision=last.revision
    )
    found = await stub.SearchProcedures(search)
    assert found.hits[0].procedure == last.procedure
    assert [hit.procedure.key for hit in found.hits].count("apologise") == 1
    await stub.DeleteProcedure(pb.DeleteProcedureRequest(**PAIR, key="apologise"))
    found = await stub.SearchProcedures(search)
    assert found.hits[0].procedure.scope == pb.PROCEDURE_SCOPE_PERSONA


async def test_the_workspace_s_are_found_without_a_user(channel: grpc.aio.Channel) -> None:
    stub = rpc.ProceduralMemoryServiceStub(channel)
    search = pb.SearchProceduresRequest(query="how to greet a customer")
    assert not (await stub.SearchProcedures(search)).hits
    put = pb.PutProcedureRequest(key="greet", template="Greet the customer by name.")
    stored = await stub.PutProcedure(put)
    search.min_revision = stored.revision
    found = await stub.SearchProcedures(search)
    assert [hit.procedure for hit in found.hits] == [stored.procedure]
