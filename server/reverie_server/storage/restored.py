"""What a restored backup may have brought back, over all tables: for whoever forgets it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import ownership, tombstones
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.ownership import Deletion
from reverie_server.storage.statements import load
from reverie_server.storage.tombstones import EVERYBODY, Claim, Learner, Mark

_QUERIES: Final = load(__package__, "restored.sql")
_FORGETTERS: Final = _QUERIES["forgetters"]
_WORKSPACES: Final = _QUERIES["workspaces_with_deletions"]
_USERS: Final = _QUERIES["users"]
_PAIRS: Final = _QUERIES["pairs"]
_MEMORIES: Final = _QUERIES["memories"]


@dataclass(frozen=True, slots=True)
class RestoredMemory:
    """A memory as it came out of a backup."""

    kind: str
    """entry, episode, fact, document, procedure or storyline."""
    memory_id: str
    persona_id: str
    visibility: int
    session_id: str
    text: str
    time: int
    """When it was said or stored, microseconds UTC."""


async def forgetters(snapshot: Snapshot, since: int) -> list[tuple[str, str, str]]:
    """(workspace_id, user_id, persona_id) of all pairs whose user had something forgotten since."""
    rows = await snapshot.fetch(_FORGETTERS, since)
    return [(row["workspace_id"], row["user_id"], row["persona_id"]) for row in rows]


async def memories_of(
    snapshot: Snapshot, workspace_id: str, user_id: str
) -> Sequence[RestoredMemory]:
    """All of a user."""
    rows = await snapshot.fetch(_MEMORIES, workspace_id, user_id)
    return [RestoredMemory(**row) for row in rows]


async def workspaces_with_deletions(snapshot: Snapshot) -> list[str]:
    """Workspaces in which users, or what personas knew of them, were deleted."""
    rows = await snapshot.fetch(_WORKSPACES, SHARED_OWNER)
    return [row["workspace_id"] for row in rows]


async def delete_again(tx: Transaction, workspace_id: str, since: int, now: int) -> int:
    """Deletes the users of a workspace, and the parts of users, that were deleted since; gives
    their number. One that was made again after its deletion is another one, and stays.

    Args:
        since: deletions before it do not count (microseconds, UTC): the backup has them.
    """
    users = {row["user_id"]: row["create_time"] for row in await tx.fetch(_USERS, workspace_id)}
    gone = await _deleted(
        tx, workspace_id, {(Deletion.USER, each): time for each, time in users.items()}, since
    )
    for _, user_id in gone:
        await ownership.delete_user(tx, workspace_id, user_id, now)
    rows = await tx.fetch(_PAIRS, workspace_id)
    pairs = {(row["user_id"], row["persona_id"]): row["create_time"] for row in rows}
    deletions = (
        (Deletion.PAIR, ownership.delete_pair),
        (Deletion.RELATIONSHIP, ownership.delete_relationship),
    )
    count = len(gone)
    for deletion, delete in deletions:
        found = await _deleted(
            tx, workspace_id, {(deletion, *pair): time for pair, time in pairs.items()}, since
        )
        for _, user_id, persona_id in found:
            del pairs[user_id, persona_id]
            await delete(tx, workspace_id, user_id, persona_id, now)
        count += len(found)
    return count


async def _deleted(
    snapshot: Snapshot, workspace_id: str, made: Mapping[Mark, int], since: int
) -> frozenset[Mark]:
    everybody = Learner(workspace_id, SHARED_OWNER, EVERYBODY, shared=True)
    claims = {mark: Claim((mark,), time) for mark, time in made.items()}
    return await tombstones.barred(snapshot, everybody, claims, since=since)
