"""Whom a memory is about must exist before it: the rooms that store memories ask for it here."""

from __future__ import annotations

from reverie_server.identity.ports import PersonaRecords, RelationshipRecords, WorkspaceRecords
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage.database import Transaction


class Presence:
    """Creates who is missing, and leaves who is there as they are."""

    def __init__(
        self,
        workspaces: WorkspaceRecords,
        personas: PersonaRecords,
        relationships: RelationshipRecords,
    ) -> None:
        self._workspaces = workspaces
        self._personas = personas
        self._relationships = relationships

    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None:
        """Makes sure of the workspace, the user, the persona and their relationship.

        ``user_id`` is ``SHARED_OWNER`` for the workspace's shared part, ``persona_id`` may be
        empty then. Takes revisions of its own for what it creates, so call it before
        ``revision.bump``. When all is there, it costs one query.
        """
        if user_id != SHARED_OWNER:
            await self._relationships.ensure(tx, workspace_id, user_id, persona_id, now)
        elif persona_id:
            await self._personas.ensure(tx, workspace_id, persona_id, now)
        else:
            await self._workspaces.ensure(tx, workspace_id, now)
