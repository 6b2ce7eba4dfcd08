"""Which memories were used in answers, in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reverie_server.storage.database import Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.recall.memory_text import Key

_MARK_USED: Final = load(__package__, "queries.sql")["mark_used"]


async def mark_used(
    tx: Transaction, workspace_id: str, user_id: str, keys: Iterable[Key], revision: int, now: int
) -> None:
    """Counts one more use of each of an owner's memories."""
    await tx.executemany(
        _MARK_USED,
        [(workspace_id, user_id, kind, memory_id, revision, now) for kind, memory_id in keys],
    )
