"""What semantic memory needs of the other rooms. ``bootstrap`` hands it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Transaction
from reverie_server.tiers.ranking import RankedQuery, Ranking


class Presence(Protocol):
    """Creates whom a document is about, and who stores it, when they are missing."""

    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None:
        """Takes revisions of its own for what it creates, so it comes before ``revision.bump``."""
        ...


class SharingRules(Protocol):
    """What the workspace's sharing mode means."""

    async def reader(self, workspace_id: str, user_id: str, persona_id: str) -> Reader: ...

    async def default_visibility(
        self, workspace_id: str, *, for_conversation: bool
    ) -> Visibility: ...


class DocumentVectors(Protocol):
    """Where the vectors of documents come from."""

    @property
    def supplied_dimension(self) -> int | None:
        """What callers must send with each document; None: the server embeds itself, and they
        must send nothing."""
        ...

    async def store(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        document_id: str,
        content_hash: str,
        embedding: Sequence[float],
    ) -> None:
        """Keeps a supplied vector where the index and the exact search find it."""
        ...


class DocumentSearch(Protocol):
    """Finds and scores documents (the recall room does it)."""

    async def search(self, query: RankedQuery) -> Ranking:
        """The best documents; their ``memory_id`` is the document's id.

        Raises:
            NotFound: the first reader's user does not exist.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
            InvalidArgument: the query's vector does not go with the embedder.
        """
        ...
