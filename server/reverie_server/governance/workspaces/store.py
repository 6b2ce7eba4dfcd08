"""Workspaces in SQL."""

from __future__ import annotations

from typing import Final

from reverie_server.scope import SharingMode
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_ADD_IF_MISSING: Final = _QUERIES["add_if_missing"]
_SHARING_MODE: Final = _QUERIES["sharing_mode"]


async def add_if_missing(tx: Transaction, workspace_id: str, now: int) -> None:
    await tx.execute(_ADD_IF_MISSING, workspace_id, now)


async def sharing_mode(snapshot: Snapshot, workspace_id: str) -> SharingMode | None:
    """None when there is no such workspace yet."""
    mode = await snapshot.fetchval(_SHARING_MODE, workspace_id)
    return None if mode is None else SharingMode(mode)
