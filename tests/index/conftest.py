"""An index to test, of every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from reverie_server.index.memory_index import MemoryIndex
from tests.index.memories import StampInMemory, empty, fill, open_edge


@pytest_asyncio.fixture(params=["edge"], scope="module", loop_scope="module")
async def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MemoryIndex]:
    """One index for a module's tests: making one means dozens of fsyncs."""
    index = await open_edge(tmp_path_factory.mktemp("index"), StampInMemory())
    await fill(index)
    yield index
    await index.close()


@pytest_asyncio.fixture(loop_scope="module")
async def index(opened: MemoryIndex) -> MemoryIndex:
    """A READY, empty index."""
    await empty(opened)
    return opened
