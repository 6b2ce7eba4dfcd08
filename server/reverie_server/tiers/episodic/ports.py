"""What episodic memory needs of the other rooms. ``bootstrap`` hands it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reverie_server.language.summarizer import Turn
from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import Change
from reverie_server.tiers.episodic.model import EpisodeQuery
from reverie_server.tiers.working.model import Bookmark, Entry, NewEntry, Session, SessionContext


class SessionRecords(Protocol):
    """The sessions that episodes remain of (the working room has them).

    What changes something leaves it to the caller to take the revision, to mark a removal and to
    record the outbox changes that it returns.
    """

    async def get(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, session_id: str
    ) -> Session | None:
        """The pair's session in any state; None when there is none of that id."""
        ...

    async def bookmark(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str, bookmark_id: str
    ) -> Bookmark | None: ...

    async def turns(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str
    ) -> list[Turn]:
        """All entries in order, as a summariser reads them."""
        ...

    async def entries(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[Entry]:
        """Those of the entries that are there and that the reader may read, in any order."""
        ...

    async def lowest_trust(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, entry_ids: Sequence[str]
    ) -> float | None:
        """The lowest trust, 0..1, of these entries; None when none of them is there."""
        ...

    async def insert_ended(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        visibility: Visibility,
        metadata: Mapping[str, str],
        start_time: int,
        end_time: int,
        entries: Sequence[NewEntry],
        episode_id: str,
        revision: int,
        now: int,
    ) -> Session:
        """Stores a session that has ended and been archived as ``episode_id``, with its entries.
        An entry without an event time happened at ``start_time``.

        Raises:
            AlreadyExists: the workspace has a session of that id.
        """
        ...

    async def copy_session(
        self,
        tx: Transaction,
        source: Session,
        new_session_id: str,
        *,
        until_position: int | None,
        context: SessionContext,
        with_entries: bool,
        summary: str,
        revision: int,
        now: int,
    ) -> tuple[Session, int, list[Change]]:
        """A new active session that goes on from ``source``, with copies of its entries before
        ``until_position`` (None: of all) if ``with_entries``; and their number.

        Raises:
            AlreadyExists: the workspace has a session of that id.
        """
        ...

    async def delete_session(
        self, tx: Transaction, workspace_id: str, user_id: str, session_id: str, revision: int
    ) -> list[Change]:
        """Deletes the session and everything of it; copies of its entries elsewhere stand for
        themselves then."""
        ...

    async def set_visibility(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        session_id: str,
        visibility: Visibility,
        revision: int,
    ) -> list[Change]:
        """Of the session and its entries."""
        ...

    async def refill_summary(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        session_id: str,
        summary: str,
        revision: int,
    ) -> None:
        """Gives the summary to sessions that went on with the one before, where that was redacted
        because something in it was forgotten."""
        ...


class PairPresence(Protocol):
    """Creates whom a memory is about when they are missing."""

    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None: ...


class CallRecords(Protocol):
    """What calls leave behind in their relationship (the relationships' room does it)."""

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
        """Counts a call of so many seconds that ended then."""
        ...

    async def forget_session(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        revision: int,
        now: int,
    ) -> None:
        """A session is deleted: what it has told of storylines goes with it."""
        ...


class SharingRules(Protocol):
    """What the workspace's sharing mode means."""

    async def reader(self, workspace_id: str, user_id: str, persona_id: str) -> Reader: ...

    async def default_visibility(
        self, workspace_id: str, *, for_conversation: bool
    ) -> Visibility: ...


@dataclass(frozen=True, slots=True)
class EntryMatch:
    """An entry that fits a query."""

    entry_id: str
    score: float
    """How well it fits, absolute, 0..1."""
    score_parts: Mapping[str, float]
    """Only when an explanation was asked for."""


@dataclass(frozen=True, slots=True)
class EpisodeMatch:
    """An episode that fits a query by its summary, or by entries behind it."""

    episode_id: str
    score: float
    """That of its best match, absolute, 0..1."""
    score_parts: Mapping[str, float]
    """Only when an explanation was asked for."""
    entries: tuple[EntryMatch, ...]
    """Those that fit, best first."""


@dataclass(frozen=True, slots=True)
class EpisodeMatches:
    """The answer to a query."""

    matches: tuple[EpisodeMatch, ...]
    """Best first, each episode once."""
    degraded: bool
    """From SQL, because the index could not be used."""
    revision: int
    """The user's revision that the answer is as of."""


class EpisodeSearch(Protocol):
    """Finds and scores episodes (the recall room does it)."""

    async def search(self, reader: Reader, query: EpisodeQuery, limit: int) -> EpisodeMatches:
        """The ``limit`` best episodes that the reader may read.

        Raises:
            NotFound: there is no such user.
            FailedPrecondition: ``query.min_revision`` was never committed (REVISION_UNKNOWN).
            InvalidArgument: the query's vector does not go with the embedder.
        """
        ...
