"""Memories out of SQL, as one reader may see them. What is gone by now is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from reverie_server.index.memory_index import Kind
from reverie_server.scope import SHARED_OWNER, Reader, Visibility
from reverie_server.storage.database import Row, Snapshot
from reverie_server.storage.statements import Statement, load
from reverie_server.tiers.provenance import TRUST, Role, Source
from reverie_server.tiers.quotes import REDACTED
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.model import Memory, Moment, Tier
from reverie_server.tiers.recall.view_store import ACTIVE

_STATEMENTS: Final = load(__package__, "queries.sql")
_EPISODES_STARTED: Final = _STATEMENTS["episodes_started"]
_ENDLESS: Final = 2**62
"""Beyond every time."""
_SCOPES_OF_KEYS: Final = _STATEMENTS["scopes_of_keys"]
_FACTS_KNOWN_AT: Final = _STATEMENTS["facts_by_id_known_at"]
_METADATA: Final = msgspec.json.Decoder(dict[str, str])
_ROLES: Final = {int(role): role.name.lower() for role in Role}
_BY_CALLER: Final = 1
"""The number of an episode's summary_source when the caller supplied the summary."""


async def read_memories(
    snapshot: Snapshot, reader: Reader, keys: Iterable[Key], moment: Moment | None = None
) -> dict[Key, Memory]:
    """Those of the memories that are there, say something and may be read by the reader.

    Args:
        moment: leaves out facts that do not count then; None: facts of every time.
    """
    wanted: dict[Kind, list[str]] = {}
    for kind, memory_id in keys:
        wanted.setdefault(kind, []).append(memory_id)
    found: dict[Key, Memory] = {}
    if moment is not None and Kind.FACT in wanted:
        found = await _facts(snapshot, reader, wanted.pop(Kind.FACT), moment)
    for kind, ids in wanted.items():
        source = _SOURCES[kind]
        rows = await snapshot.fetch(source.by_id, *reader.sql, msgspec.json.encode(ids).decode())
        for row in rows:
            # What was redacted as a whole says nothing but that something was.
            if row["text"] != REDACTED:
                found[kind, row["memory_id"]] = source.memory(kind, reader.user_id, row)
    return found


async def _facts(
    snapshot: Snapshot, reader: Reader, ids: list[str], moment: Moment
) -> dict[Key, Memory]:
    wanted = msgspec.json.encode(ids).decode()
    if moment.known_at is None:
        rows = await snapshot.fetch(_SOURCES[Kind.FACT].by_id, *reader.sql, wanted)
    else:
        rows = await snapshot.fetch(_FACTS_KNOWN_AT, *reader.sql, wanted, moment.known_at)
    return {
        (Kind.FACT, row["memory_id"]): _fact(Kind.FACT, reader.user_id, row)
        for row in rows
        if row["retracted_time"] is None
        and row["valid_from"] <= moment.as_of
        and (row["valid_to"] is None or row["valid_to"] > moment.as_of)
    }


def _memory(
    kind: Kind,
    user_id: str,
    row: Row,
    *,
    tier: Tier,
    source: Source,
    entry_ids: tuple[str, ...] = (),
    role: str = "",
    visibility: int | None = None,
) -> Memory:
    """The columns that every kind has, and what its own kind knows."""
    return Memory(
        kind=kind,
        memory_id=row["memory_id"],
        tier=tier,
        text=row["text"],
        user_id=user_id,
        persona_id=row["persona_id"],
        session_id=row.get("session_id", ""),
        entry_ids=entry_ids,
        agent=row.get("agent", ""),
        speaker=row.get("speaker", ""),
        role=role,
        timeline=row.get("timeline", ""),
        key=row.get("key", ""),
        event_time=row["event_time"],
        create_time=row["create_time"],
        visibility=row.get("visibility", Visibility.PRIVATE) if visibility is None else visibility,
        trust=row.get("trust", TRUST[Source.APPLICATION]),
        source=source,
        metadata=_METADATA.decode(row["metadata"]),
    )


def _entry(kind: Kind, user_id: str, row: Row) -> Memory:
    return _memory(
        kind,
        user_id,
        row,
        tier=Tier.WORKING if row["state"] == ACTIVE else Tier.EPISODIC,
        entry_ids=(row["memory_id"],),
        role=_ROLES[row["role"]],
        source=Source(row["source"]),
    )


def _episode(kind: Kind, user_id: str, row: Row) -> Memory:
    supplied = row["summary_source"] == _BY_CALLER
    return _memory(
        kind,
        user_id,
        row,
        tier=Tier.EPISODIC,
        entry_ids=tuple(msgspec.json.decode(row["summary_entry_ids"], type=list[str])),
        source=Source.APPLICATION if supplied else Source.DERIVED,
    )


def _document(kind: Kind, user_id: str, row: Row) -> Memory:
    return _memory(kind, user_id, row, tier=Tier.SEMANTIC, source=Source.APPLICATION)


def _procedure(kind: Kind, user_id: str, row: Row) -> Memory:
    shared = user_id == SHARED_OWNER and not row["persona_id"]
    return _memory(
        kind,
        user_id,
        row,
        tier=Tier.PROCEDURAL,
        source=Source.APPLICATION,
        visibility=Visibility.SHARED if shared else Visibility.PRIVATE,
    )


def _fact(kind: Kind, user_id: str, row: Row) -> Memory:
    memory = _memory(
        kind,
        user_id,
        row,
        tier=Tier.FACT,
        source=Source(row["source"]),
        entry_ids=tuple(msgspec.json.decode(row["entry_ids"], type=list[str])),
    )
    return replace(
        memory,
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        retracted_time=row["retracted_time"],
    )


def storyline_memory(reader: Reader, row: Row) -> Memory:
    """A storyline of the reader's. It is what a call's bot has told."""
    lines = (row["topic"], row["summary"], row["follow_up"])
    return Memory(
        kind=None,
        memory_id=row["memory_id"],
        tier=Tier.STORYLINE,
        text="\n".join(line for line in lines if line),
        user_id=reader.user_id,
        persona_id=reader.persona_id,
        session_id=row["session_id"],
        entry_ids=(),
        agent="",
        speaker="",
        role="",
        timeline="",
        key="",
        event_time=row["event_time"],
        create_time=row["create_time"],
        visibility=Visibility.PRIVATE,
        trust=TRUST[Source.APPLICATION],
        source=Source.APPLICATION,
        metadata={},
    )


@dataclass(frozen=True, slots=True)
class _Source:
    by_id: Statement
    memory: Callable[[Kind, str, Row], Memory]


_SOURCES: Final[Mapping[Kind, _Source]] = {
    Kind.ENTRY: _Source(_STATEMENTS["entries_by_id"], _entry),
    Kind.EPISODE: _Source(_STATEMENTS["episodes_by_id"], _episode),
    Kind.DOCUMENT: _Source(_STATEMENTS["documents_by_id"], _document),
    Kind.PROCEDURE: _Source(_STATEMENTS["procedures_by_id"], _procedure),
    Kind.FACT: _Source(_STATEMENTS["facts_by_id"], _fact),
}


async def episodes_started(
    snapshot: Snapshot, reader: Reader, after: int | None, before: int | None
) -> dict[str, str]:
    """Episode ids by session id, of those episodes that started in the half-open interval."""
    rows = await snapshot.fetch(
        _EPISODES_STARTED,
        *reader.sql,
        -_ENDLESS if after is None else after,
        _ENDLESS if before is None else before,
    )
    return {row["session_id"]: row["episode_id"] for row in rows}


async def overridden(
    snapshot: Snapshot, reader: Reader, memories: Iterable[Memory]
) -> frozenset[tuple[str, str]]:
    """(user_id, memory_id) of those procedures whose key the persona has in a nearer scope: the
    relationship's comes before the persona's, and that before the workspace's.
    """
    procedures = [memory for memory in memories if memory.kind is Kind.PROCEDURE]
    if not procedures:
        return frozenset()
    keys = msgspec.json.encode([memory.key for memory in procedures]).decode()
    rows = await snapshot.fetch(
        _SCOPES_OF_KEYS, reader.workspace_id, reader.user_id, reader.persona_id, keys
    )
    nearest: dict[str, int] = {}
    for row in rows:
        distance = _distance(row["user_id"], row["persona_id"])
        nearest[row["key"]] = min(distance, nearest.get(row["key"], distance))
    return frozenset(
        (memory.user_id, memory.memory_id)
        for memory in procedures
        if _distance(memory.user_id, memory.persona_id) > nearest.get(memory.key, 2)
    )


def _distance(user_id: str, persona_id: str) -> int:
    """0 for a relationship's procedure, 1 for a persona's, 2 for the workspace's."""
    return 2 - bool(user_id) - bool(persona_id)
