"""Personas in SQL."""

from __future__ import annotations

from typing import Final

import msgspec

from reverie_server.identity.personas.model import Character, Persona
from reverie_server.storage.database import Row, Snapshot, Transaction, Value
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_ADD: Final = _QUERIES["add"]
_LOCK: Final = _QUERIES["lock"]
_SEE_OTHERS: Final = _QUERIES["see_others"]
_EXISTS: Final = _QUERIES["exists"]
_GET: Final = _QUERIES["get"]
_LIST_AFTER: Final = _QUERIES["list_after"]
_UPDATE: Final = _QUERIES["update"]
_DELETE: Final = _QUERIES["delete"]

_TEXT_BY_NAME: Final = msgspec.json.Decoder(dict[str, str])
_TEXTS: Final = msgspec.json.Decoder(tuple[str, ...])


async def add(tx: Transaction, workspace_id: str, persona: Persona) -> bool:
    """False when the id is taken; nothing has changed then."""
    return await tx.execute(_ADD, workspace_id, *_columns(persona)) == 1


async def await_others(tx: Transaction, workspace_id: str, persona_id: str) -> None:
    """Before anything else in a transaction that deletes a persona: waits for those that have asked
    whether it ``exists`` and now make something that belongs to it, and has new ones wait. From now
    on the transaction sees whatever others commit; what it has changed, an owner's revision above
    all, nobody else changes before its end.
    """
    await tx.fetchval(_SEE_OTHERS)
    await lock(tx, workspace_id, persona_id)


async def lock(tx: Transaction, workspace_id: str, persona_id: str) -> None:
    """If it is there: has others wait who ask whether it ``exists``."""
    await tx.fetchval(_LOCK, workspace_id, persona_id)


async def exists(tx: Transaction, workspace_id: str, persona_id: str) -> bool:
    """If so, it does until this transaction has ended."""
    return await tx.fetchval(_EXISTS, workspace_id, persona_id) is not None


async def get(snapshot: Snapshot, workspace_id: str, persona_id: str) -> Persona | None:
    row = await snapshot.fetchrow(_GET, workspace_id, persona_id)
    return None if row is None else _persona(row)


async def list_after(
    snapshot: Snapshot, workspace_id: str, persona_id: str, limit: int
) -> list[Persona]:
    """By id."""
    rows = await snapshot.fetch(_LIST_AFTER, workspace_id, persona_id, limit)
    return [_persona(row) for row in rows]


async def update(tx: Transaction, workspace_id: str, persona: Persona) -> None:
    """Stores the character and its version."""
    await tx.execute(_UPDATE, workspace_id, *_columns(persona))


async def delete(tx: Transaction, workspace_id: str, persona_id: str) -> None:
    await tx.execute(_DELETE, workspace_id, persona_id)


def _columns(persona: Persona) -> tuple[Value, ...]:
    """In the order of ``add`` and ``update``, after the workspace."""
    character = persona.character
    return (
        persona.persona_id,
        character.display_name,
        character.description,
        character.voice,
        character.created_by,
        int(character.is_public),
        character.core_prompt,
        _json(character.personality_traits),
        _json(character.behavioral_rules),
        _json(character.metadata),
        persona.version,
        persona.update_time,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _persona(row: Row) -> Persona:
    return Persona(
        persona_id=row["persona_id"],
        character=Character(
            display_name=row["display_name"],
            description=row["description"],
            voice=row["voice"],
            created_by=row["created_by"],
            is_public=bool(row["is_public"]),
            core_prompt=row["core_prompt"],
            personality_traits=_TEXT_BY_NAME.decode(row["personality_traits"]),
            behavioral_rules=_TEXTS.decode(row["behavioral_rules"]),
            metadata=_TEXT_BY_NAME.decode(row["metadata"]),
        ),
        version=row["version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
