"""Vectors that callers send: whether they fit the embedder, and where they are kept."""

from __future__ import annotations

from collections.abc import Sequence

from reverie_server.embedding.client_vectors import ClientVectors
from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import InvalidArgument
from reverie_server.index.memories import StoredVector, put_vectors
from reverie_server.index.memory_index import Kind, Owner
from reverie_server.storage.database import Transaction
from reverie_server.tiers.working.model import NewEntry
from reverie_server.tiers.working.ports import EntryVector


class EmbedderVectors:
    """The ``EntryVectors`` of an embedder: callers send vectors only to the `client` one."""

    def __init__(self, embedder: Embedder) -> None:
        self._client = embedder if isinstance(embedder, ClientVectors) else None

    @property
    def supplied_dimension(self) -> int | None:
        """See ``EntryVectors.supplied_dimension``."""
        return self._client.dimension if self._client else None

    async def store(
        self, tx: Transaction, workspace_id: str, user_id: str, vectors: Sequence[EntryVector]
    ) -> None:
        """See ``EntryVectors.store``. They are brought to unit length; zero stays zero.

        Raises:
            RuntimeError: the server embeds itself, so there is nothing to store.
        """
        if self._client is None:
            raise RuntimeError("only the client embedder's vectors come from callers")
        owner = Owner(workspace_id, user_id)
        stored = [
            StoredVector(
                owner,
                Kind.ENTRY,
                each.entry_id,
                each.content_hash,
                self._client.accept("embedding", each.embedding),
            )
            for each in vectors
        ]
        await put_vectors(tx, self._client.name, stored)


def check_embeddings(
    entries: Sequence[NewEntry], dimension: int | None, field: str = "entries"
) -> None:
    """Whether each entry has a vector of the dimension, or none when there is none to be.

    Raises:
        InvalidArgument: naming each entry's ``embedding`` under ``field`` that is not so.
    """
    for index, entry in enumerate(entries):
        if len(entry.embedding) != (dimension or 0):
            raise _misfit(f"{field}[{index}].embedding", dimension, bool(entry.embedding))


def check_query_vector(vector: Sequence[float], dimension: int | None) -> None:
    """The same of a query, which may do without.

    Raises:
        InvalidArgument: naming ``vector``.
    """
    if vector and len(vector) != dimension:
        raise _misfit("vector", dimension, is_given=True)


def _misfit(field: str, dimension: int | None, is_given: bool) -> InvalidArgument:
    if dimension is None:
        return InvalidArgument.of(field, "is only for servers with the client embedder")
    if not is_given:
        return InvalidArgument.of(
            field,
            f"must have {dimension} numbers: the server does not embed texts itself",
            reason="FIELD_REQUIRED",
        )
    return InvalidArgument.of(field, f"must have {dimension} numbers")
