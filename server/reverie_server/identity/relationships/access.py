"""How every part of the relationships' room comes to a pair's relationship."""

from __future__ import annotations

from reverie_server.errors import NotFound
from reverie_server.identity.relationships import store
from reverie_server.identity.relationships.model import Relationship
from reverie_server.storage.database import Snapshot, Transaction


async def existing(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
) -> Relationship:
    """The pair's relationship, its scores as the last interaction left them.

    Raises:
        NotFound: the pair has none in this workspace.
    """
    found = await store.get(snapshot, workspace_id, user_id, persona_id)
    if found is None:
        raise _none(user_id, persona_id)
    return found


async def require(snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str) -> None:
    """
    Raises:
        NotFound: the pair has no relationship in this workspace.
    """
    if not await store.exists(snapshot, workspace_id, user_id, persona_id):
        raise _none(user_id, persona_id)


async def touch(
    tx: Transaction, workspace_id: str, user_id: str, persona_id: str, version: int, now: int
) -> None:
    """Gives the relationship the version with which something of it has changed."""
    await store.touch(tx, workspace_id, user_id, persona_id, version, now)


def _none(user_id: str, persona_id: str) -> NotFound:
    return NotFound.of("relationship", f"{user_id}/{persona_id}")
