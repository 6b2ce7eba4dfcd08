"""A server whose facts an OpenAI-compatible endpoint reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from pydantic import SecretStr

from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import relationship_service_pb2 as relationships
from tests.channels import connect
from tests.language.endpoint import FACT, SECRET, Endpoint, answer, serving_endpoint
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
SESSION: dict[str, Any] = {**PAIR, "session_id": "s"}
PRIVATE = "My secret place is called Zanzibar Lane."
ATTEMPTS = 3
WORKSPACE = "w"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving_endpoint() as endpoint:
        endpoint.content = answer(FACT)
        yield endpoint


@asynccontextmanager
async def asking(
    folder: Path, url: str, **chosen: Any
) -> AsyncIterator[tuple[House, rpc.FactServiceStub]]:
    """A server that has facts read there, and tries again at once."""
    settings: dict[str, Any] = {
        "extractor": "openai",
        "extractor_workspaces": (WORKSPACE,),
        "extractor_url": url,
        "extractor_key": SecretStr(SECRET),
        "extractor_model": "tiny",
        "extractor_retries": 0,
        "job_attempts": ATTEMPTS,
        "job_retry_seconds": 0,
    } | chosen
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(folder / "data", **settings))
        channel = await stack.enter_async_context(connect(house.address, WORKSPACE))
        yield house, rpc.FactServiceStub(channel)


async def known(stub: rpc.FactServiceStub) -> Sequence[pb.Fact]:
    request = pb.ListFactsRequest(**PAIR, include_past=True, include_quarantined=True)
    return list((await stub.ListFacts(request)).facts)


async def job_of(house: House, job_id: str) -> operations.Job:
    request = operations.GetJobRequest(**PAIR, job_id=job_id)
    job: operations.Job = (await house.talk.operations.GetJob(request)).job
    return job


async def arrival(endpoint: Endpoint) -> None:
    """Waits until the endpoint has been asked once more."""
    assert await asyncio.to_thread(endpoint.arrived.acquire, timeout=60)


async def remember_facts(house: House, *, on: bool) -> None:
    request = relationships.UpdateRelationshipRequest(
        **PAIR,
        relationship=relationships.Relationship(
            memory_config=relationships.MemoryConfig(remember_personal_facts=on)
        ),
        update_mask=FieldMask(paths=["memory_config.remember_personal_facts"]),
    )
    await house.talk.relationships.UpdateRelationship(request)
