"""The client against the shared server, and against a peer that answers as the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from reverie import Reverie
from reverie_server.bootstrap import Application
from tests.client.scripted_server import ScriptedServer


@pytest.fixture
async def reverie(server: Application, workspace: str) -> AsyncIterator[Reverie]:
    """A client whose calls go to this test's workspace."""
    async with Reverie(server.address, workspace=workspace) as reverie:
        yield reverie


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    """A peer on a real port that answers as the test says."""
    peer = ScriptedServer()
    await peer.start()
    yield peer
    await peer.stop()
