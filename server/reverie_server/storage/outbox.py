"""The outbox: which memories changed, written with the change and read by the indexer.

A row waits (``applied = 0``) until the indexer has brought its memory into the index, and stays
until the index has made that durable. At start nobody knows what the index kept, so every row
waits again; applying one twice does no harm, since the indexer reads the memory anew.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import msgspec

from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import PARTITIONS, load

WHOLE_SESSION: Final = 0
"""In place of a kind of memory: every entry of the session. UPSERT: read them all again; DELETE:
all of them are gone."""
WHOLE_OWNER: Final = -1
"""In place of a kind of memory: everything of the owner. Only ever DELETE."""

EVERY_PARTITION: Final = tuple(sorted({each for all_of in PARTITIONS.values() for each in all_of}))
"""Whatever the dialect."""

_STATEMENTS = load(__package__, "outbox.sql")
_RECORD = _STATEMENTS["record"]
_PENDING = _STATEMENTS["pending"]
_MARK_APPLIED = _STATEMENTS["mark_applied"]
_FORGET_DURABLE = _STATEMENTS["forget_durable"]
_RESET_APPLIED = _STATEMENTS["reset_applied"]
_WAIT_AGAIN = _STATEMENTS["wait_again"]
_IS_BEHIND = _STATEMENTS["is_behind"]
_COUNTS = _STATEMENTS["counts"]


_ordinals = itertools.count(time.time_ns())
"""Ordinals only have to grow: rows of one revision are written by one transaction, but a repair
adds others later. Starting at the clock, they go on above those of the process before."""


class Operation(IntEnum):
    """What the index has to do. Stored as a number."""

    UPSERT = 1
    DELETE = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One memory that the index must look at again."""

    kind: int
    """An ``index.memory_index.Kind``, ``WHOLE_SESSION`` or ``WHOLE_OWNER``."""
    memory_id: str
    """Empty for a whole session or owner."""
    session_id: str
    """Empty for what belongs to no session."""
    operation: Operation


@dataclass(frozen=True, slots=True)
class OutboxKey:
    """Names a row, and orders an owner's rows."""

    workspace_id: str
    user_id: str
    revision: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A row that the indexer has yet to apply."""

    key: OutboxKey
    change: Change
    create_time: int
    """Microseconds, UTC."""
    partition: str
    """The part of all owners that its owner belongs to, see ``statements.PARTITIONS``."""


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How far the index is behind, over all owners."""

    pending: int
    applied: int
    """Applied to the index, not yet known to be durable there."""
    oldest_pending_time: int | None
    """Microseconds, UTC; None when nothing is pending."""


async def record(
    tx: Transaction,
    workspace_id: str,
    user_id: str,
    revision: int,
    changes: Iterable[Change],
    now: int,
) -> None:
    """Writes changes of one owner under the revision that this transaction took for them. May be
    called several times with it; rows keep the order of the calls.
    """
    rows = [
        (
            workspace_id,
            user_id,
            revision,
            next(_ordinals),
            change.kind,
            change.memory_id,
            change.session_id,
            change.operation,
            now,
        )
        for change in changes
    ]
    if len(rows) == 1:
        await tx.execute(_RECORD, *rows[0])
    elif rows:
        await tx.executemany(_RECORD, rows)


async def pending(
    snapshot: Snapshot,
    limit: int,
    after: tuple[str, str] = ("", ""),
    partitions: Iterable[str] = EVERY_PARTITION,
) -> list[PendingChange]:
    """Rows of owners in these partitions to apply, an owner's in the order of its revisions.

    Whatever waits is found, however late it was committed: a row is looked for by that it waits,
    and not by that it comes behind the last one.

    ``after``: only owners (workspace_id, user_id) behind this one. Going round with the last
    owner of the page before keeps one owner's flood from holding up everybody behind it.
    """
    return [
        PendingChange(
            OutboxKey(row["workspace_id"], row["user_id"], row["revision"], row["ordinal"]),
            Change(row["kind"], row["memory_id"], row["session_id"], Operation(row["operation"])),
            row["create_time"],
            row["part"],
        )
        for row in await snapshot.fetch(_PENDING, *after, limit, _json(partitions))
    ]


async def mark_applied(tx: Transaction, keys: Sequence[OutboxKey]) -> None:
    """These are in the index now, if it does not fall over before its next flush."""
    await tx.executemany(_MARK_APPLIED, [_columns(key) for key in keys])


async def forget_durable(tx: Transaction, keys: Sequence[OutboxKey]) -> None:
    """Drops rows that were applied before a flush of the index which has succeeded. Rows that
    wait again since (``reset_applied``) stay.
    """
    await tx.executemany(_FORGET_DURABLE, [_columns(key) for key in keys])


async def reset_applied(tx: Transaction, partitions: Iterable[str] = EVERY_PARTITION) -> int:
    """Makes every row of these partitions wait again: the index may have lost what it had not
    flushed, or who applied it has died. Gives the number of rows that had been applied.
    """
    return await tx.execute(_RESET_APPLIED, _json(partitions))


async def wait_again(tx: Transaction, keys: Sequence[OutboxKey]) -> None:
    """Nobody knows whether these are in the index: they are to be applied again."""
    await tx.executemany(_WAIT_AGAIN, [_columns(key) for key in keys])


async def is_behind(snapshot: Snapshot, workspace_id: str, user_id: str, revision: int) -> bool:
    """Whether the index lacks a change of this owner up to ``revision``."""
    return await snapshot.fetchval(_IS_BEHIND, workspace_id, user_id, revision) is not None


async def counts(snapshot: Snapshot) -> OutboxCounts:
    """For statistics; reads the whole outbox."""
    (row,) = await snapshot.fetch(_COUNTS)
    return OutboxCounts(row["pending"], row["applied"], row["oldest_pending_time"])


def _json(partitions: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(partitions)).decode()


def _columns(key: OutboxKey) -> tuple[str, str, int, int]:
    return key.workspace_id, key.user_id, key.revision, key.ordinal
