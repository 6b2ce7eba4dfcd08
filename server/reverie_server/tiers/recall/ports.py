"""What recall needs of the other rooms. ``bootstrap`` hands it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot
from reverie_server.tiers.working.model import Entry, Session


class SharingRules(Protocol):
    """What the workspace's sharing mode means."""

    async def reader(self, workspace_id: str, user_id: str, persona_id: str) -> Reader: ...


class SessionRecords(Protocol):
    """The sessions that memories come from (the working room has them)."""

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
