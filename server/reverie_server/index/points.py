"""Memories to points: embeds what has no vector yet and weighs the words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reverie_server.embedding.embedder import Embedder
from reverie_server.index import bm25
from reverie_server.index.memories import IndexedMemory, StoredVector
from reverie_server.index.memory_index import MemoryPoint
from reverie_server.index.schema import TERMS, TURN


async def embed_missing(
    memories: Sequence[IndexedMemory], embedder: Embedder
) -> list[StoredVector]:
    """The vectors of those memories that have none yet.

    Raises:
        Unavailable: the embedder cannot be reached.
    """
    missing = [memory for memory in memories if memory.vector is None]
    if not missing:
        return []
    vectors = await embedder.embed([memory.text for memory in missing])
    return [
        StoredVector(memory.owner, memory.kind, memory.memory_id, memory.content_hash, vector)
        for memory, vector in zip(missing, vectors, strict=True)
    ]


def points(
    memories: Sequence[IndexedMemory], embedded: Sequence[StoredVector]
) -> list[MemoryPoint]:
    """The points of memories; ``embedded`` holds the vectors of those that had none."""
    fresh = {(each.owner, each.kind, each.memory_id): each.vector for each in embedded}
    made = []
    for memory in memories:
        vector = memory.vector
        if vector is None:
            vector = fresh[memory.owner, memory.kind, memory.memory_id]
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
                dense={TURN: vector} if np.any(vector) else {},
                sparse={TERMS: bm25.document_vector(memory.text)},
            )
        )
    return made
