"""What forgetting needs of the rooms that have memories. ``bootstrap`` hands it out.

Everywhere: only what the reader may read is found or changed, and whoever calls takes the revision,
marks the removal and records the changes that come back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import Change
from reverie_server.tiers.episodic.model import Episode
from reverie_server.tiers.forgotten import (
    ForgottenFacts,
    ForgottenItem,
    RedactedEpisodes,
    RedactedStorylines,
)
from reverie_server.tiers.quotes import Quotes
from reverie_server.tiers.working.erasure import RedactedEntries
from reverie_server.tiers.working.model import Entry


class SharingRules(Protocol):
    """What the workspace's sharing mode means."""

    async def reader(self, workspace_id: str, user_id: str, persona_id: str) -> Reader: ...


class Relationships(Protocol):
    """The relationships' room."""

    async def memory_config(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
    ) -> object | None:
        """None: the pair has no relationship."""
        ...


class JobSignal(Protocol):
    """Tells the job runner that there is work."""

    def wake(self) -> None: ...


class Facts(Protocol):
    """The facts' room."""

    async def saying_the_same(
        self, snapshot: Snapshot, reader: Reader, fact_id: str
    ) -> ForgottenFacts | None:
        """A fact and the others that say the same; None: there is no such fact."""
        ...

    async def derived_from(
        self,
        snapshot: Snapshot,
        reader: Reader,
        forgotten: ForgottenFacts,
        session_ids: Collection[str],
    ) -> ForgottenFacts:
        """Facts of these sessions that rest on the same and say it, too."""
        ...

    async def naming(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[ForgottenFacts]:
        """Derived facts that name any of these entries, each by itself."""
        ...

    async def remove(
        self, tx: Transaction, reader: Reader, fact_ids: Collection[str]
    ) -> list[Change]:
        """Deletes facts with all that hangs on them."""
        ...

    async def forget_entries(
        self, tx: Transaction, reader: Reader, entry_ids: Sequence[str], revision: int
    ) -> list[Change]:
        """Entries are deleted in this transaction: facts no longer name them, and those that were
        derived from them alone go."""
        ...


class Sessions(Protocol):
    """The working room."""

    async def kin(
        self, snapshot: Snapshot, reader: Reader, session_ids: Collection[str]
    ) -> frozenset[str]:
        """These sessions and those that repeat them or that they repeat."""
        ...

    async def family(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[Entry]:
        """Entries, what they are copies of, and their copies."""
        ...

    async def copies(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[Entry]:
        """The copies of these entries."""
        ...

    async def in_session(self, snapshot: Snapshot, reader: Reader, session_id: str) -> list[Entry]:
        """The entries of a session, in order."""
        ...

    async def remove(
        self, tx: Transaction, reader: Reader, entries: Sequence[Entry], revision: int
    ) -> list[Change]:
        """Deletes entries for good."""
        ...

    async def redact(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        cited: Collection[str],
        session_ids: Collection[str],
        far: Quotes,
        keep_text: bool,
        revision: int,
    ) -> RedactedEntries:
        """Takes what quotes a memory out of entries; see ``SessionErasure``."""
        ...

    async def clean(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        session_ids: Collection[str],
        blank: Collection[str],
        far: Quotes,
        revision: int,
    ) -> None:
        """Takes it out of contexts, bookmarks, metadata and rehydrated summaries."""
        ...


class Episodes(Protocol):
    """The episodic room."""

    async def get(self, snapshot: Snapshot, reader: Reader, episode_id: str) -> Episode | None: ...

    async def remove(
        self, tx: Transaction, reader: Reader, episode_id: str, revision: int, now: int
    ) -> list[Change]:
        """Deletes an episode with its session and all that this holds."""
        ...

    async def redo(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        near: Collection[str],
        redacted: Collection[str],
        lost_entries: Collection[str] = (),
        far: Quotes,
        revision: int,
        now: int,
    ) -> RedactedEpisodes:
        """Takes what quotes a memory out of episodes, and has summaries made anew."""
        ...


class Items(Protocol):
    """A room whose memories nothing is derived from: documents, procedures."""

    async def remove(
        self, tx: Transaction, reader: Reader, memory_id: str, revision: int, now: int
    ) -> ForgottenItem | None:
        """Deletes one with all its versions; None: there is no such one."""
        ...


class Storylines(Items, Protocol):
    """The relationships' room."""

    async def clean(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        session_ids: Collection[str],
        far: Quotes,
        revision: int,
        now: int,
    ) -> RedactedStorylines:
        """Takes what quotes a memory out of storylines; one whose topic does goes."""
        ...
