"""An index to test, of every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from reverie_server.index.memory_index import MemoryIndex
from tests.index.memories import (
    RecordInMemory,
    StampInMemory,
    empty,
    fill,
    open_edge,
    open_qdrant,
)
from tests.qdrant_double import a_qdrant, options_of

ADAPTERS = ["edge", "qdrant"]

Opener = Callable[[Path], Awaitable[MemoryIndex]]
"""Opens an index that nobody has filled."""


@pytest_asyncio.fixture(params=ADAPTERS, scope="module", loop_scope="module")
async def opener(request: pytest.FixtureRequest) -> AsyncIterator[Opener]:
    """Of an adapter."""
    if request.param == "edge":
        yield lambda folder: open_edge(folder, StampInMemory())
        return
    async with a_qdrant() as url:
        yield lambda folder: open_qdrant(options_of(url, folder.name), RecordInMemory())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(
    opener: Opener, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MemoryIndex]:
    """One index for a module's tests: making one means dozens of fsyncs."""
    index = await opener(tmp_path_factory.mktemp("index"))
    await fill(index)
    yield index
    await index.close()


@pytest_asyncio.fixture(loop_scope="module")
async def index(opened: MemoryIndex) -> MemoryIndex:
    """A READY, empty index."""
    await empty(opened)
    return opened
