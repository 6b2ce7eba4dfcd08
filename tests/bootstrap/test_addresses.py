"""Where a server listens, and what it says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reverie.v1 import recall_service_pb2 as recall
from reverie.v1 import recall_service_pb2_grpc
from reverie_server.bootstrap import Application
from reverie_server.settings import Settings
from tests.channels import connect


@pytest.mark.parametrize(
    ("host", "shown"), [("::1", "[::1]"), ("[::1]", "[::1]"), ("127.0.0.1", "127.0.0.1")]
)
async def test_it_serves_where_it_says(tmp_path: Path, host: str, shown: str) -> None:
    application = await Application.start(Settings(data_folder=tmp_path, host=host, port=0))
    try:
        assert application.address.startswith(f"{shown}:")
        async with connect(application.address, "acme") as channel:
            stub = recall_service_pb2_grpc.RecallServiceStub(channel)
            answer = await stub.GetCapabilities(recall.GetCapabilitiesRequest())
    finally:
        await application.stop()
    assert answer.version


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("::1", "[::1]:7"),
        ("[::1]", "[::1]:7"),
        ("::", "[::1]:7"),
        ("[::]", "[::1]:7"),
        ("0.0.0.0", "127.0.0.1:7"),  # noqa: S104
        ("localhost", "localhost:7"),
    ],
)
def test_the_commands_look_for_it_there(host: str, address: str) -> None:
    assert Settings(host=host, port=7, insecure=True).server_address == address
