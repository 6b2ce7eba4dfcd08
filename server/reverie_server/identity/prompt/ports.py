"""What composing a prompt needs of the other rooms. ``bootstrap`` hands it out.

What takes a snapshot reads in the composer's own, so that a prompt shows one state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reverie_server.identity.prompt.model import Bond, Identity, Person, Remembered, Said
from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot, Transaction


class Presence(Protocol):
    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None:
        """Creates who is missing. Takes revisions of its own, so it comes before
        ``revision.bump``."""
        ...


class SharingRules(Protocol):
    async def reader(self, workspace_id: str, user_id: str, persona_id: str) -> Reader:
        """The persona reading this user's memory, under the workspace's sharing mode."""
        ...


class Identities(Protocol):
    """Who takes part (the rooms of personas, users, relationships and procedures have it)."""

    async def identity(
        self, snapshot: Snapshot, workspace_id: str, persona_id: str
    ) -> Identity | None: ...

    async def person(self, snapshot: Snapshot, workspace_id: str, user_id: str) -> Person | None:
        """The user, with how they like to be treated."""
        ...

    async def bond(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
    ) -> Bond | None: ...

    async def habits(
        self,
        snapshot: Snapshot,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        keys: Sequence[str],
    ) -> Sequence[tuple[str, str]]:
        """The procedures in force (nearest scope) of these keys: key and template, whose syntax is
        that of ``templates``."""
        ...


class Conversations(Protocol):
    """What was said (the working and episodic rooms have it)."""

    async def calls(
        self, snapshot: Snapshot, reader: Reader, *, depth: int, before: int | None
    ) -> Sequence[Remembered]:
        """The pair's own last calls that have a summary, the latest first, quarantined ones left
        out; ``before``: only those that began before this time."""
        ...

    async def last_entries(
        self,
        snapshot: Snapshot,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        *,
        last_n: int,
        now: int,
    ) -> Sequence[Said]:
        """The session's last entries, the oldest first; none for 0.

        Raises:
            NotFound: the pair has no such session.
            FailedPrecondition: SESSION_EXPIRED.
        """
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What the facts of a moment say."""

    memories: tuple[Remembered, ...] = ()
    """Of the user and of the relationship, inside jokes among them."""
    topics_to_avoid: tuple[str, ...] = ()
    """Told by the application, the latest first: they count with those of the user's own
    preferences."""
    derived_topics: tuple[str, ...] = ()
    """Derived from what was said: they only leave memories out."""
    greeting_style: str = ""
    """Told by the application, as the next two: for where the user's own preferences say nothing.
    What was derived is among the memories, as data."""
    advice_style: str = ""
    favorite_topics: str = ""


class Facts(Protocol):
    async def known(
        self, snapshot: Snapshot, reader: Reader, *, personal: bool, as_of: int
    ) -> Known:
        """What the reader may read and what is true at ``as_of``, quarantined facts left out.

        Args:
            personal: whether facts about the user may tell preferences. (Topics to avoid always
                count: they only leave things out.)
        """
        ...


class Storylines(Protocol):
    async def open_storylines(
        self, snapshot: Snapshot, reader: Reader, *, as_of: int | None
    ) -> Sequence[Remembered]:
        """The pair's storylines that are new or ongoing."""
        ...


@dataclass(frozen=True, slots=True)
class Recollection:
    """What a topic recalls, best first."""

    memories: tuple[Remembered, ...]
    degraded: bool


class TopicRecall(Protocol):
    async def relevant(
        self,
        reader: Reader,
        topic: str,
        *,
        conversations: bool,
        knowledge: bool,
        outside_session: str,
        before: int | None,
        min_revision: int,
    ) -> Recollection:
        """The memories that fit the topic: past conversations, documents, or both; nothing of the
        session that is named.

        Raises:
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
        """
        ...
