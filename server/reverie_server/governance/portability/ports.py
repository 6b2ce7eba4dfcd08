"""What portability needs of other rooms."""

from __future__ import annotations

from typing import Protocol

from reverie_server.storage.database import Transaction


class WorkspaceRecords(Protocol):
    async def ensure(self, tx: Transaction, workspace_id: str, now: int) -> None:
        """Creates the workspace when it is missing."""
        ...


class PersonaRecords(Protocol):
    async def ensure(self, tx: Transaction, workspace_id: str, persona_id: str, now: int) -> None:
        """Creates the persona (and the workspace) when missing."""
        ...
