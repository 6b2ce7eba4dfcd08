"""An index to test, of every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverie_server.index.memory_index import MemoryIndex
from tests.index.memories import StampInMemory, fill, open_edge


@pytest.fixture(params=["edge"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryIndex]:
    """A READY, empty index."""
    opened = await open_edge(tmp_path / "index", StampInMemory())
    await fill(opened)
    yield opened
    await opened.close()
