"""Memories to put into an index, and what opens one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from reverie_server.index import bm25, schema
from reverie_server.index.edge import EdgeIndex
from reverie_server.index.memory_index import (
    DenseQuery,
    IndexHealth,
    IndexState,
    Kind,
    MemoryIndex,
    MemoryPoint,
    Owner,
    SearchPlan,
    SparseQuery,
)
from reverie_server.index.qdrant import QdrantIndex
from reverie_server.index.qdrant_options import QdrantOptions
from reverie_server.scope import Reader, Visibility

T = TypeVar("T")

DIMENSION: Final = 8
DIMENSIONS: Final = {schema.TURN: DIMENSION}
OWNER: Final = Owner("acme", "ann")
READER: Final = Reader("acme", "ann", "brad")
PATIENCE: Final = 20.0
"""Seconds until a wait for something that must happen is given up."""


_made: set[Owner] = set()
"""Whose memories have been made, so that ``empty`` knows what to look for."""


class StampInMemory:
    """Keeps the stamp as a row in SQL does."""

    def __init__(self) -> None:
        self.stamp: str | None = None

    async def take(self) -> str | None:
        stamp, self.stamp = self.stamp, None
        return stamp

    async def put(self, stamp: str) -> None:
        self.stamp = stamp


class RecordInMemory:
    """Keeps what servers know of a shared index as a row in SQL does."""

    def __init__(self) -> None:
        self.value: bytes | None = None

    async def read(self) -> bytes | None:
        return self.value

    async def replace(self, seen: bytes | None, new: bytes) -> bool:
        if self.value != seen:
            return False
        self.value = new
        return True


async def soon(waited: Awaitable[T]) -> T:
    """What must happen; fails when it does not."""
    return await asyncio.wait_for(waited, PATIENCE)


def direction(seed: int) -> NDArray[np.float32]:
    """A unit vector, the same for the same seed."""
    vector = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def memory(
    memory_id: str,
    *,
    owner: Owner = OWNER,
    kind: Kind = Kind.ENTRY,
    persona_id: str = "brad",
    visibility: int = Visibility.SHARED,
    session_id: str = "s1",
    event_time: int = 1_700_000_000_000_000,
    trust: float = 1.0,
    revision: int = 1,
    content_hash: str = "00ff",
    text: str = "the cat sat on the mat",
    seed: int = 1,
) -> MemoryPoint:
    """A point with all its vectors."""
    _made.add(owner)
    return MemoryPoint(
        owner=owner,
        kind=kind,
        memory_id=memory_id,
        persona_id=persona_id,
        visibility=visibility,
        session_id=session_id,
        event_time=event_time,
        trust=trust,
        revision=revision,
        content_hash=content_hash,
        dense={schema.TURN: direction(seed)},
        sparse={schema.TERMS: bm25.document_vector(text)},
    )


def by_vector(seed: int = 1, limit: int = 1_000) -> DenseQuery:
    return DenseQuery(schema.TURN, direction(seed), limit)


def by_words(text: str = "cat", limit: int = 1_000) -> SparseQuery:
    return SparseQuery(schema.TERMS, bm25.query_vector(text), limit)


async def found(index: MemoryIndex, plan: SearchPlan) -> set[str]:
    """The ids a search gives."""
    return {candidate.memory_id for candidate in await index.search(plan)}


async def all_ids(index: MemoryIndex, owner: Owner = OWNER) -> set[str]:
    """What the index lists of an owner, page by page."""
    ids: list[str] = []
    after: str | None = None
    while True:
        page, after = await index.fingerprints(owner, after, 7)
        ids += [each.memory_id for each in page]
        if after is None:
            assert len(ids) == len(set(ids))
            return set(ids)


async def fill(index: MemoryIndex, points: Sequence[MemoryPoint] = ()) -> None:
    """Finishes the rebuild that is due."""
    health = index.health()
    assert health.state is IndexState.REBUILDING
    await index.upsert(points)
    await index.finish_rebuild(health.generation)


async def empty(index: MemoryIndex) -> None:
    """Makes it READY and empty, whatever a test before has left."""
    if index.health().state is IndexState.READY:
        for owner in _made:
            await index.delete_owner(owner)
        _made.clear()
    if index.health().state is not IndexState.READY or await index.count() > 0:
        await index.finish_rebuild(await index.begin_rebuild())


async def lost(index: MemoryIndex, seen: IndexHealth) -> IndexHealth:
    """Waits until the index has noticed that it is not to be trusted and stands there empty."""
    health = seen
    while health.state is not IndexState.REBUILDING or health.generation == seen.generation:
        health = await soon(index.health_change(health))
    return health


async def open_edge(root: Path, stamps: StampInMemory) -> EdgeIndex:
    return await soon(EdgeIndex.open(root, DIMENSIONS, stamps))


async def open_qdrant(options: QdrantOptions, record: RecordInMemory) -> QdrantIndex:
    return await soon(QdrantIndex.open(options, DIMENSIONS, record))
