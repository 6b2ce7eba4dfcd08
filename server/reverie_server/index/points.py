"""Memories to points: embeds what has no vector yet and weighs the words.

One memory that cannot be embedded must not keep all others out of the index: it goes in without a
vector, is found by its words, and gets another chance at the next rebuild.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import structlog
from numpy.typing import NDArray

from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import ReverieError, Unavailable
from reverie_server.index import bm25
from reverie_server.index.memories import IndexedMemory, StoredVector
from reverie_server.index.memory_index import MemoryPoint
from reverie_server.index.schema import TERMS, TURN

log = structlog.get_logger(__name__)


async def embed_missing(
    memories: Sequence[IndexedMemory], embedder: Embedder
) -> list[StoredVector]:
    """The vectors of those memories that have none yet, but for those that the embedder refuses
    alone; the log names them.

    Raises:
        Unavailable: the embedder cannot be reached.
        ReverieError: it refuses every one of them, so it is not the memories' fault.
    """
    missing = [memory for memory in memories if memory.vector is None]
    refused: list[tuple[IndexedMemory, Exception]] = []
    vectors = await _embed(missing, embedder, refused)
    if refused and not vectors and isinstance(refused[0][1], ReverieError):
        raise refused[0][1]
    for memory, error in refused:
        # The error itself may repeat the text.
        log.error("indexed without a vector", **_named(memory), error=type(error).__name__)
    return vectors


async def _embed(
    missing: Sequence[IndexedMemory],
    embedder: Embedder,
    refused: list[tuple[IndexedMemory, Exception]],
) -> list[StoredVector]:
    if not missing:
        return []
    try:
        vectors = await embedder.embed([memory.text for memory in missing])
        for vector in vectors:
            _check(vector, embedder.dimension)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one text does to it, the others go on
        if len(missing) == 1:
            refused.append((missing[0], error))
            return []
        half = len(missing) // 2
        return [
            *await _embed(missing[:half], embedder, refused),
            *await _embed(missing[half:], embedder, refused),
        ]
    return [
        StoredVector(memory.owner, memory.kind, memory.memory_id, memory.content_hash, vector)
        for memory, vector in zip(missing, vectors, strict=True)
    ]


def points(
    memories: Sequence[IndexedMemory], embedded: Sequence[StoredVector], dimension: int
) -> list[MemoryPoint]:
    """The points of memories; ``embedded`` holds the vectors of those that had none."""
    fresh = {(each.owner, each.kind, each.memory_id): each.vector for each in embedded}
    made = []
    for memory in memories:
        vector = memory.vector
        if vector is None:
            vector = fresh.get((memory.owner, memory.kind, memory.memory_id))
        made.append(
            MemoryPoint(
                owner=memory.owner,
                kind=memory.kind,
                memory_id=memory.memory_id,
                persona_id=memory.persona_id,
                visibility=memory.visibility,
                session_id=memory.session_id,
                event_time=memory.event_time,
                trust=memory.trust,
                revision=memory.revision,
                content_hash=memory.content_hash,
                # A text without anything to embed has no direction: words alone find it.
                dense=_dense(memory, vector, dimension),
                sparse={TERMS: bm25.document_vector(memory.text)},
            )
        )
    return made


def _dense(
    memory: IndexedMemory, vector: NDArray[np.float32] | None, dimension: int
) -> dict[str, NDArray[np.float32]]:
    if vector is None or not np.any(vector):
        return {}
    try:
        _check(vector, dimension)
    except ValueError:
        log.exception("stored vector left out", **_named(memory))
        return {}
    return {TURN: vector}


def _check(vector: NDArray[np.float32], dimension: int) -> None:
    if vector.shape != (dimension,):
        raise ValueError(f"a vector of shape {vector.shape}, not ({dimension},)")
    if not np.isfinite(vector).all():
        raise ValueError("a vector with numbers that are not finite")


def _named(memory: IndexedMemory) -> dict[str, str]:
    """Which memory, for the log."""
    owner = memory.owner
    return {
        "workspace_id": owner.workspace_id,
        "user_id": owner.user_id,
        "kind": memory.kind.name.lower(),
        "memory_id": memory.memory_id,
    }
