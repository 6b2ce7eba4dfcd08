"""The embedders that the settings can choose, in a whole server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest
from pydantic import ValidationError

from reverie.v1 import recall_service_pb2 as recall_pb
from reverie.v1 import working_memory_service_pb2 as pb
from reverie.v1.recall_service_pb2_grpc import RecallServiceStub
from reverie.v1.working_memory_service_pb2_grpc import WorkingMemoryServiceStub
from reverie_server.bootstrap import Application
from reverie_server.settings import Settings

PAIR: dict[str, Any] = {"user_id": "alice", "persona_id": "brad"}
SESSION: dict[str, Any] = {**PAIR, "session_id": "call"}


def settings(folder: Path, **chosen: Any) -> Settings:
    return Settings(data_folder=folder / "data", port=0, **chosen)


async def said(channel: grpc.aio.Channel, *entries: pb.Entry) -> None:
    working = WorkingMemoryServiceStub(channel)
    await working.StartSession(pb.StartSessionRequest(**SESSION))
    await working.AppendEntries(pb.AppendEntriesRequest(**SESSION, entries=entries))


async def test_callers_bring_their_own_vectors(tmp_path: Path) -> None:
    chosen = settings(tmp_path, embedder="client", embedder_model="ours", embedder_dimension=3)
    application = await Application.start(chosen)
    try:
        async with grpc.aio.insecure_channel(application.address) as channel:
            recall = RecallServiceStub(channel)
            can = await recall.GetCapabilities(recall_pb.GetCapabilitiesRequest())
            await said(
                channel,
                pb.Entry(role=pb.ROLE_USER, content="I climb.", embedding=[1, 0, 0]),
                pb.Entry(role=pb.ROLE_USER, content="I cook.", embedding=[0, 1, 0]),
            )
            request = recall_pb.RecallRequest(**PAIR, query="climb", vector=[1, 0, 0])
            found = await recall.Recall(request)
            request.vector[:] = [1, 0]
            with pytest.raises(grpc.aio.AioRpcError, match="must have 3 numbers"):
                await recall.Recall(request)
    finally:
        await application.stop()

    assert (can.embedder, can.embedding_dimension) == ("client-ours-3", 3)
    assert found.hits[0].text == "I climb."


async def test_an_endpoint_that_is_away_stops_no_write_and_no_recall(tmp_path: Path) -> None:
    chosen = settings(
        tmp_path,
        embedder="openai",
        embedder_url="http://127.0.0.1:9/v1",
        embedder_model="small",
        embedder_dimension=3,
    )
    application = await Application.start(chosen)
    try:
        async with grpc.aio.insecure_channel(application.address) as channel:
            await said(channel, pb.Entry(role=pb.ROLE_USER, content="I love climbing."))
            request = recall_pb.RecallRequest(**PAIR, query="Does she like climbing?")
            found = await RecallServiceStub(channel).Recall(request)
    finally:
        await application.stop()

    assert [hit.text for hit in found.hits] == ["I love climbing."]


@pytest.mark.parametrize(
    ("chosen", "complaint"),
    [
        ({"embedder": "client"}, "the client embedder needs REVERIE_EMBEDDER_DIMENSION"),
        (
            {"embedder": "openai", "embedder_dimension": 3},
            "needs REVERIE_EMBEDDER_URL and REVERIE_EMBEDDER_MODEL",
        ),
        ({"embedder": "word2vec"}, "'static', 'openai' or 'client'"),
    ],
)
def test_what_an_embedder_needs_is_demanded(
    tmp_path: Path, chosen: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        settings(tmp_path, **chosen)
