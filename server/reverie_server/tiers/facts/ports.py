"""What facts need of the other rooms. ``bootstrap`` hands it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reverie_server.language.fact_extractor import FactExtractor, Utterance
from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.tiers.ranking import RankedQuery, Ranking
from reverie_server.tiers.working.model import Entry, Session, SuppliedFact


class Presence(Protocol):
    """Creates whom a fact is about, and who learns it, when they are missing."""

    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None:
        """Takes revisions of its own for what it creates, so it comes before ``revision.bump``."""
        ...


class SharingRules(Protocol):
    """What the workspace's sharing mode means."""

    async def reader(self, workspace_id: str, user_id: str, persona_id: str) -> Reader: ...


class Evidence(Protocol):
    """The sessions and entries that facts come from (the working room has them)."""

    async def get(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, session_id: str
    ) -> Session | None:
        """The pair's session in any state; None when there is none of that id."""
        ...

    async def entries(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[Entry]:
        """Those of the entries that are there and that the reader may read, in any order."""
        ...


class SessionTalk(Protocol):
    """What was said in sessions (the working room has it)."""

    async def get(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, session_id: str
    ) -> Session | None:
        """The pair's session in any state; None when there is none of that id."""
        ...

    async def utterances(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str
    ) -> list[Utterance]:
        """Its own entries in order, as an extractor reads them."""
        ...

    async def mark_extracted(
        self, tx: Transaction, workspace_id: str, user_id: str, session_id: str, revision: int
    ) -> None:
        """Notes that the session's facts have been taken in."""
        ...


class SuppliedFacts(Protocol):
    """The facts that a caller has extracted itself (the episodic room keeps them)."""

    async def supplied_facts(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str
    ) -> tuple[SuppliedFact, ...]: ...


class MemorySwitch(Protocol):
    """What may be remembered of a pair."""

    @property
    def keeps_personal_facts(self) -> bool: ...

    @property
    def keeps_relationship_facts(self) -> bool: ...


class MemorySwitches(Protocol):
    """The settings of relationships (their room has them)."""

    async def memory_config(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
    ) -> MemorySwitch | None:
        """None: the pair has no relationship."""
        ...


class Extractors(Protocol):
    """Which extractor reads what is said in a workspace."""

    async def of(self, workspace_id: str) -> FactExtractor:
        """One that keeps to the server itself, unless the workspace lets its text leave."""
        ...


class FactSearch(Protocol):
    """Finds and scores facts (the recall room does it)."""

    async def search(self, query: RankedQuery) -> Ranking:
        """The best facts; their ``memory_id`` is the fact's id.

        Raises:
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
            InvalidArgument: the query's vector does not go with the embedder.
        """
        ...
