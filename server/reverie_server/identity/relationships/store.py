"""Relationships in SQL."""

from __future__ import annotations

from typing import Final

import msgspec

from reverie_server.identity.relationships.model import MemoryConfig, Relationship, Terms
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_ADD: Final = _QUERIES["add"]
_GET: Final = _QUERIES["get"]
_EXISTS: Final = _QUERIES["exists"]

_MEMORY_CONFIG: Final = msgspec.json.Decoder(MemoryConfig)


async def add(tx: Transaction, workspace_id: str, relationship: Relationship) -> None:
    """Stores a new relationship, which has had no call yet.

    Raises:
        UniqueViolation: the pair has one.
    """
    await tx.execute(
        _ADD,
        workspace_id,
        relationship.user_id,
        relationship.persona_id,
        relationship.terms.relationship_type,
        relationship.terms.custom_prompt,
        msgspec.json.encode(relationship.terms.memory_config).decode(),
        relationship.version,
        relationship.create_time,
    )


async def get(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
) -> Relationship | None:
    row = await snapshot.fetchrow(_GET, workspace_id, user_id, persona_id)
    return None if row is None else _relationship(row)


async def exists(snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str) -> bool:
    return await snapshot.fetchval(_EXISTS, workspace_id, user_id, persona_id) is not None


def _relationship(row: Row) -> Relationship:
    return Relationship(
        user_id=row["user_id"],
        persona_id=row["persona_id"],
        terms=Terms(
            relationship_type=row["relationship_type"],
            custom_prompt=row["custom_prompt"],
            memory_config=_MEMORY_CONFIG.decode(row["memory_config"]),
        ),
        total_calls=row["total_calls"],
        total_seconds=row["total_seconds"],
        last_call_time=row["last_call_time"],
        version=row["version"],
        start_time=row["start_time"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
