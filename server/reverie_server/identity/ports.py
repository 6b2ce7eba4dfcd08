"""What the identity rooms need of each other and of governance."""

from __future__ import annotations

from typing import Protocol

from reverie_server.storage.database import Transaction


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
