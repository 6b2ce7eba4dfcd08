"""Relationships in SQL."""

from __future__ import annotations

from typing import Final

import msgspec

from reverie_server.identity.relationships.dynamics.model import Scores, ScoreState
from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.identity.relationships.model import Relationship, RelationshipOverview, Terms
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_ADD: Final = _QUERIES["add"]
_GET: Final = _QUERIES["get"]
_EXISTS: Final = _QUERIES["exists"]
_MEMORY_CONFIG_OF: Final = _QUERIES["memory_config"]
_LIST_BEFORE: Final = _QUERIES["list_before"]
_UPDATE: Final = _QUERIES["update"]
_TOUCH: Final = _QUERIES["touch"]

_MEMORY_CONFIG: Final = msgspec.json.Decoder(MemoryConfig)
_LATEST: Final = (2**62, "")
"""Before every relationship of a list."""


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


async def memory_config(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
) -> MemoryConfig | None:
    """None without a relationship."""
    text = await snapshot.fetchval(_MEMORY_CONFIG_OF, workspace_id, user_id, persona_id)
    return None if text is None else _MEMORY_CONFIG.decode(text)


async def list_before(
    snapshot: Snapshot,
    workspace_id: str,
    user_id: str,
    before: tuple[int, str] | None,
    limit: int,
) -> list[RelationshipOverview]:
    """The latest call first.

    Args:
        before: ``active_time`` and persona of the last one of the page before.
    """
    rows = await snapshot.fetch(_LIST_BEFORE, workspace_id, user_id, *(before or _LATEST), limit)
    return [
        RelationshipOverview(
            user_id=row["user_id"],
            persona_id=row["persona_id"],
            total_calls=row["total_calls"],
            total_seconds=row["total_seconds"],
            last_call_time=row["last_call_time"],
            start_time=row["start_time"],
            create_time=row["create_time"],
        )
        for row in rows
    ]


async def update(tx: Transaction, workspace_id: str, relationship: Relationship) -> None:
    """Stores the terms, the start and the version."""
    await tx.execute(
        _UPDATE,
        workspace_id,
        relationship.user_id,
        relationship.persona_id,
        relationship.terms.relationship_type,
        relationship.terms.custom_prompt,
        msgspec.json.encode(relationship.terms.memory_config).decode(),
        relationship.start_time,
        relationship.version,
        relationship.update_time,
    )


async def touch(
    tx: Transaction, workspace_id: str, user_id: str, persona_id: str, version: int, now: int
) -> None:
    """Notes that something of it has changed."""
    await tx.execute(_TOUCH, workspace_id, user_id, persona_id, version, now)


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
        score_state=_score_state(row),
        version=row["version"],
        start_time=row["start_time"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )


def _score_state(row: Row) -> ScoreState:
    if row["score_time"] is None:
        return ScoreState()
    return ScoreState(
        Scores(row["trust"], row["affection"], row["attunement"]),
        row["interaction_count"],
        row["score_time"],
    )
