"""What working memory needs of the other rooms. ``bootstrap`` hands it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import Change
from reverie_server.tiers.working.model import (
    Entry,
    Session,
    SuppliedEpisode,
    SuppliedStoryline,
)


class PairPresence(Protocol):
    """Creates whom a session is about when they are missing."""

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


@dataclass(frozen=True, slots=True)
class OpenedEpisode:
    """The episode of a session that ends, in the transaction that ends it."""

    episode_id: str
    job_id: str
    """Of the job that works out what the caller has not supplied."""
    changes: tuple[Change, ...]
    """What the index must look at; the caller records it."""


class EpisodeArchive(Protocol):
    """Makes episodes of ended sessions (the episodic room does it)."""

    async def open_episode(
        self,
        tx: Transaction,
        session: Session,
        supplied: SuppliedEpisode,
        agent: str,
        participants: tuple[str, ...],
        revision: int,
        now: int,
    ) -> OpenedEpisode:
        """Inserts the episode and its job.

        Args:
            session: as it is once it has ended, but for its episode's id.
            agent: the one of the session's entries, or the persona.
            participants: supplied, or else those who spoke.
        """
        ...

    async def forget_entry(
        self, tx: Transaction, workspace_id: str, user_id: str, session_id: str, revision: int
    ) -> tuple[Change, ...]:
        """An entry of this session is deleted in this transaction: what was derived from it goes
        and is worked out anew by a job. Nothing happens while the session has no episode.
        """
        ...


class JobSignal(Protocol):
    """Tells the job runner that there is work."""

    def wake(self) -> None: ...


class CallRecords(Protocol):
    """What calls leave behind in their relationship (the relationships' room does it)."""

    async def memory_config(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
    ) -> MemoryConfig | None:
        """What may be remembered of the pair; None without a relationship."""
        ...

    async def add_call(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        *,
        seconds: float,
        end_time: int,
        revision: int,
        now: int,
    ) -> None:
        """Moves total_calls, total_seconds and last_call_time (never back) in one statement."""
        ...

    async def record_storylines(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        storylines: Sequence[SuppliedStoryline],
        *,
        session_id: str,
        mention_time: int,
        revision: int,
        now: int,
    ) -> None:
        """Makes what the call has told of storylines the relationship's.

        Raises:
            InvalidArgument: a topic says nothing.
        """
        ...


class FactEvidence(Protocol):
    """What facts rest on (the facts' room has it)."""

    async def forget_entries(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        entry_ids: Sequence[str],
        revision: int,
    ) -> list[Change]:
        """Entries are deleted in this transaction: facts no longer name them, and what was derived
        from them alone goes. The caller marks the removal and records the changes."""
        ...


@dataclass(frozen=True, slots=True)
class EntryVector:
    """A vector that a caller sent with an entry."""

    entry_id: str
    content_hash: str
    embedding: Sequence[float]


class EntryVectors(Protocol):
    """Where the vectors of entries come from."""

    @property
    def supplied_dimension(self) -> int | None:
        """What callers must send with each entry and query; None: the server embeds itself, and
        they must send nothing."""
        ...

    async def store(
        self, tx: Transaction, workspace_id: str, user_id: str, vectors: Sequence[EntryVector]
    ) -> None:
        """Keeps supplied vectors where the index and the exact search find them."""
        ...


@dataclass(frozen=True, slots=True)
class EntryHit:
    """An entry that a search found."""

    entry: Entry
    score: float
    """How well it fits, absolute, 0..1."""
    score_parts: Mapping[str, float]
    """Only when an explanation was asked for."""


@dataclass(frozen=True, slots=True)
class EntrySearchResult:
    """The answer to a search in one session."""

    hits: tuple[EntryHit, ...]
    """Best first."""
    degraded: bool
    """From SQL, because the index could not be used."""
    revision: int
    """The user's revision that the answer is as of."""


class EntrySearch(Protocol):
    """Finds and scores the entries of one session (the recall room does it)."""

    async def search(
        self,
        reader: Reader,
        session_id: str,
        query: str,
        timeline: str,
        event_after: int | None,
        event_before: int | None,
        limit: int,
        min_score: float,
        min_revision: int,
        explain: bool,
        vector: Sequence[float],
    ) -> EntrySearchResult:
        """Entries of this session alone, which is there and is the reader's own.

        The index does not have all of them: those of a session that ended without flush, and
        those that a rehydrated session copied, are found in SQL. That is no degradation.

        Args:
            timeline: empty: all.
            event_after: inclusive, microseconds; ``event_before`` exclusive.
            vector: the query's, of ``EntryVectors.supplied_dimension`` numbers; else empty.

        Raises:
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
        """
        ...
