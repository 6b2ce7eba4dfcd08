"""What the identity rooms need of each other, of governance and of the tiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reverie_server.storage.database import Snapshot, Transaction


class WorkspaceRecords(Protocol):
    async def ensure(self, tx: Transaction, workspace_id: str, now: int) -> None:
        """Creates the workspace when it is missing."""
        ...


class UserRecords(Protocol):
    async def ensure(self, tx: Transaction, workspace_id: str, user_id: str, now: int) -> None:
        """Creates the user (and the workspace) when missing."""
        ...


class PersonaRecords(Protocol):
    async def ensure(self, tx: Transaction, workspace_id: str, persona_id: str, now: int) -> None:
        """Creates the persona (and the workspace) when missing."""
        ...


class RelationshipRecords(Protocol):
    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None:
        """Creates the relationship (and the user, the persona, the workspace) when missing."""
        ...


@dataclass(frozen=True, slots=True)
class CallSummary:
    """A call that has ended. Times are microseconds since the epoch, UTC."""

    session_id: str
    episode_id: str
    start_time: int
    end_time: int
    summary: str
    """Empty until its episode is completed."""
    key_topics: tuple[str, ...]
    outcome: str


class EpisodeRecords(Protocol):
    """What remains of calls (the episodic room keeps it)."""

    async def recent(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, limit: int
    ) -> list[CallSummary]:
        """The pair's own, the latest start first."""
        ...
