"""Vectors that callers send with documents: whether they fit the embedder, where they are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import InvalidArgument
from reverie_server.index.memories import StoredVector, put_vectors
from reverie_server.index.memory_index import Kind, Owner
from reverie_server.storage.database import Transaction


class EmbedderVectors:
    """The ``DocumentVectors`` of an embedder."""

    def __init__(self, embedder: Embedder, *, supplied_by_caller: bool) -> None:
        """
        Args:
            supplied_by_caller: it is the `client` embedder, which embeds nothing itself.
        """
        self._embedder = embedder
        self._dimension = embedder.dimension if supplied_by_caller else None

    @property
    def supplied_dimension(self) -> int | None:
        """See ``DocumentVectors.supplied_dimension``."""
        return self._dimension

    async def store(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        document_id: str,
        content_hash: str,
        embedding: Sequence[float],
    ) -> None:
        """See ``DocumentVectors.store``. It is brought to unit length; zero stays zero."""
        vector = np.asarray(embedding, dtype=np.float64)
        length = float(np.linalg.norm(vector))
        unit = (vector / length if length else vector).astype(np.float32)
        owner = Owner(workspace_id, user_id)
        stored = StoredVector(owner, Kind.DOCUMENT, document_id, content_hash, unit)
        await put_vectors(tx, self._embedder.name, [stored])


def check_embedding(embedding: Sequence[float], dimension: int | None) -> None:
    """Whether a document has a vector of the dimension, or none when there is none to be.

    Raises:
        InvalidArgument: naming ``embedding``.
    """
    if len(embedding) == (dimension or 0):
        return
    if dimension is None:
        raise InvalidArgument.of("embedding", "is only for servers with the client embedder")
    if not embedding:
        raise InvalidArgument.of(
            "embedding",
            f"must have {dimension} numbers: the server does not embed texts itself",
            reason="FIELD_REQUIRED",
        )
    raise InvalidArgument.of("embedding", f"must have {dimension} numbers")
