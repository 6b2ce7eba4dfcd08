"""A server that these tests may disturb: some RPCs touch the whole server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc.aio
import pytest

from reverie import Reverie
from reverie_server.bootstrap import Application
from tests.backends import settings_of
from tests.channels import connect
from tests.operations.places import backed_up
from tests.rpc.contract import Rpc
from tests.rpc.world import World, build_world


@pytest.fixture(scope="session")
async def own_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """With every permission granted, and with every RPC to be called on it."""
    folder: Path = tmp_path_factory.mktemp("contract")
    settings = await settings_of(folder / "data", compare_personas=True)
    application = await Application.start(settings)
    yield application
    await application.stop()


@pytest.fixture
async def channel(own_server: Application, workspace: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel whose calls go to this test's workspace."""
    async with connect(own_server.address, workspace) as channel:
        yield channel


@pytest.fixture
async def world(
    request: pytest.FixtureRequest, channel: grpc.aio.Channel, untouched: World
) -> World:
    """A workspace with something of everything in it: this test's own, unless all that it calls is
    an RPC that changes nothing (its parameter ``rpc``)."""
    callspec = getattr(request.node, "callspec", None)
    rpc = callspec.params.get("rpc") if callspec else None
    if isinstance(rpc, Rpc) and rpc.reads:
        return untouched
    return await build_world(channel)


@pytest.fixture(scope="session")
async def untouched(own_server: Application) -> AsyncIterator[World]:
    """A world for tests that change nothing in it; and the server has two backups."""
    async with Reverie(own_server.address) as reverie:
        for name in ("one", "another"):
            await backed_up(reverie, name)
    async with connect(own_server.address, "untouched") as channel:
        yield await build_world(channel)
