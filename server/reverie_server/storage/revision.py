"""Revisions: the number that grows with every committed change of an owner's memory.

An owner is a user of a workspace or, under ``scope.SHARED_OWNER``, its shared part. The number
stands on the owner's row and is taken in the transaction of the change, so an owner's revisions
are committed in order and without gaps.

    63 bits:  epoch (23 bits) | counter (40 bits)

An epoch begins when the past may have been lost: at a restore or a move. Its number comes from the
clock, so that the same backup restored twice does not give out the same revisions twice: a client
that saw the future which was lost is never ahead of the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import NotFound
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load

COUNTER_BITS: Final = 40
EPOCH_BITS: Final = 23
EPOCH_START: Final = 1_735_689_600 * MICROSECONDS
"""2025-01-01 UTC."""
EPOCH_LENGTH: Final = 240 * MICROSECONDS
"""23 bits of four minutes are 63 years."""

_STATEMENTS = load(__package__, "revision.sql")
_BUMP_USER = _STATEMENTS["bump_user"]
_BUMP_WORKSPACE = _STATEMENTS["bump_workspace"]
_MARK_USER = _STATEMENTS["mark_removal_of_user"]
_MARK_WORKSPACE = _STATEMENTS["mark_removal_of_workspace"]
_CURRENT_USER = _STATEMENTS["current_of_user"]
_CURRENT_WORKSPACE = _STATEMENTS["current_of_workspace"]
_FLOOR = _STATEMENTS["floor"]
_RETIRE = _STATEMENTS["retire"]
_RAISE_USERS = _STATEMENTS["raise_users"]
_RAISE_WORKSPACES = _STATEMENTS["raise_workspaces"]


@dataclass(frozen=True, slots=True)
class Revisions:
    """How far an owner's memory has come."""

    revision: int
    """Of the last committed change."""
    removal_revision: int
    """Of the last change that removed something: what was cached before it must be reloaded."""


def epoch_of(revision: int) -> int:
    """The epoch in a revision's high bits."""
    return revision >> COUNTER_BITS


def first_of(epoch: int) -> int:
    """The smallest revision of an epoch."""
    return epoch << COUNTER_BITS


def epoch_at(time: int) -> int:
    """The number of an epoch that begins at ``time`` (microseconds, UTC)."""
    return max(0, (time - EPOCH_START) // EPOCH_LENGTH)


async def bump(tx: Transaction, workspace_id: str, user_id: str) -> int:
    """Takes the owner's next revision. Units that change the same owner queue up here.

    Raises:
        NotFound: there is no such owner.
    """
    await tx.take_turn(workspace_id, user_id)
    if user_id == SHARED_OWNER:
        revision = await tx.fetchval(_BUMP_WORKSPACE, workspace_id)
    else:
        revision = await tx.fetchval(_BUMP_USER, workspace_id, user_id)
    if revision is None:
        raise _no_owner(workspace_id, user_id)
    return int(revision)


async def mark_removal(tx: Transaction, workspace_id: str, user_id: str, revision: int) -> None:
    """Notes that the change of ``revision``, just taken by ``bump``, removes something."""
    if user_id == SHARED_OWNER:
        await tx.execute(_MARK_WORKSPACE, workspace_id, revision)
    else:
        await tx.execute(_MARK_USER, workspace_id, user_id, revision)


async def current(snapshot: Snapshot, workspace_id: str, user_id: str) -> Revisions:
    """Where the owner stands in this snapshot.

    Raises:
        NotFound: there is no such owner.
    """
    if user_id == SHARED_OWNER:
        row = await snapshot.fetchrow(_CURRENT_WORKSPACE, workspace_id)
    else:
        row = await snapshot.fetchrow(_CURRENT_USER, workspace_id, user_id)
    if row is None:
        raise _no_owner(workspace_id, user_id)
    return Revisions(row["revision"], row["removal_revision"])


async def initial(snapshot: Snapshot, workspace_id: str) -> int:
    """What a new user's ``revision`` and ``removal_revision`` start at: above everything that a
    deleted user of the same name may have reached.

    Raises:
        NotFound: there is no such workspace.
    """
    floor = await snapshot.fetchval(_FLOOR, workspace_id)
    if floor is None:
        raise _no_owner(workspace_id, SHARED_OWNER)
    return int(floor)


async def retire(tx: Transaction, workspace_id: str, user_id: str) -> int:
    """Takes a user's last revision, before its row is deleted, and lifts ``initial`` above it.

    Raises:
        NotFound: there is no such user.
    """
    last = await bump(tx, workspace_id, user_id)
    await tx.execute(_RETIRE, workspace_id, last + 1)
    return last


def beyond(past: int, now: int) -> int:
    """The first revision of an epoch that is above all of the past."""
    return max(first_of(epoch_at(now)), first_of(epoch_of(past) + 1))


async def raise_epochs(tx: Transaction, now: int) -> None:
    """Begins a new epoch for every owner: part of every restore and move."""
    first = first_of(epoch_at(now))
    await tx.execute(_RAISE_USERS, first)
    await tx.execute(_RAISE_WORKSPACES, first)


def _no_owner(workspace_id: str, user_id: str) -> NotFound:
    if user_id == SHARED_OWNER:
        return NotFound.of("workspace", workspace_id)
    return NotFound.of("user", user_id)
