"""Replaced texts of prompts in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_CURRENT: Final = _QUERIES["current"]
_GET: Final = _QUERIES["get"]
_HEAD: Final = _QUERIES["head"]
_ADD: Final = _QUERIES["add"]


@dataclass(frozen=True, slots=True)
class StoredText:
    """One version of a text. ``update_time`` is microseconds since the epoch, UTC."""

    persona_id: str
    """Empty: the workspace's."""
    key: str
    version: int
    template: str
    revision: int
    """Of the shared part, that it was stored at."""
    update_time: int


async def current(
    snapshot: Snapshot, workspace_id: str, persona_id: str
) -> Mapping[str, StoredText]:
    """What is in force, by key: the persona's before the workspace's."""
    rows = await snapshot.fetch(_CURRENT, workspace_id, persona_id)
    return {row["key"]: _text(row) for row in rows}


async def get(
    snapshot: Snapshot, workspace_id: str, persona_id: str, key: str, version: int
) -> StoredText | None:
    """A version in exactly this scope."""
    row = await snapshot.fetchrow(_GET, workspace_id, persona_id, key, version)
    return None if row is None else _text(row)


async def head(
    snapshot: Snapshot, workspace_id: str, persona_id: str, key: str
) -> StoredText | None:
    """The last version in exactly this scope."""
    row = await snapshot.fetchrow(_HEAD, workspace_id, persona_id, key)
    return None if row is None else _text(row)


async def add(tx: Transaction, workspace_id: str, text: StoredText) -> None:
    """Stores a version, which is the current one from now on."""
    await tx.execute(
        _ADD,
        workspace_id,
        text.persona_id,
        text.key,
        text.version,
        text.template,
        text.revision,
        text.update_time,
    )


def _text(row: Row) -> StoredText:
    return StoredText(
        persona_id=row["persona_id"],
        key=row["key"],
        version=row["version"],
        template=row["template"],
        revision=row["revision"],
        update_time=row["update_time"],
    )
