"""What procedural memory needs of the other rooms. ``bootstrap`` hands it out."""

from __future__ import annotations

from typing import Protocol

from reverie_server.storage.database import Transaction
from reverie_server.tiers.ranking import RankedQuery, Ranking


class Presence(Protocol):
    """Creates whom a procedure belongs to when they are missing."""

    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None:
        """Takes revisions of its own for what it creates, so it comes before ``revision.bump``."""
        ...


class ProcedureSearch(Protocol):
    """Finds and scores procedures (the recall room does it)."""

    async def search(self, query: RankedQuery) -> Ranking:
        """The best procedures by key, description, template and meaning. ``keep`` is always
        given: it leaves out what a nearer scope overrides.

        Raises:
            NotFound: the first reader's user does not exist.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
            InvalidArgument: the query's vector does not go with the embedder.
        """
        ...
