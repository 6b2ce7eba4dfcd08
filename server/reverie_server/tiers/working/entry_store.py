"""Entries in SQL. ``place`` is workspace, user and session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from reverie_server.clock import new_id
from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.provenance import SOURCE_OF_ROLE, TRUST, Role, Source, content_hash
from reverie_server.tiers.working.model import Entry, EntryCondition, NewEntry, SessionKey
from reverie_server.tiers.working.store import ANY_TIME

_QUERIES: Final = load(__package__, "entries.sql")
_ADD: Final = _QUERIES["add"]
_LIST_AFTER: Final = _QUERIES["list_after"]
_NTH_NEWEST: Final = _QUERIES["nth_newest"]
_READABLE_BY_IDS: Final = _QUERIES["readable_by_ids"]
_LOWEST_TRUST: Final = _QUERIES["lowest_trust"]
_LATEST_EVENT: Final = _QUERIES["latest_event"]
_MAIN_AGENT: Final = _QUERIES["main_agent"]
_SPEAKERS: Final = _QUERIES["speakers"]
_DELETE: Final = _QUERIES["delete"]

_METADATA: Final = msgspec.json.Decoder(dict[str, str])
LAST_POSITION: Final = 2**62
"""After every position."""

Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """What storing an entry gave it."""

    entry_id: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class LatestEvent:
    """The latest thing that happened in a session, and when it was stored."""

    event_time: int
    create_time: int


async def add(
    tx: Transaction,
    key: SessionKey,
    entries: Sequence[NewEntry],
    *,
    first_position: int,
    visibility: Visibility,
    event_time: int,
    revision: int,
    now: int,
) -> list[StoredEntry]:
    """Stores entries of a session from a position on, in order.

    ``event_time``: when those happened that do not say.
    """
    stored: list[StoredEntry] = []
    rows = []
    workspace_id, user_id, persona_id = key.workspace_id, key.user_id, key.persona_id
    session_id = key.session_id
    for position, entry in enumerate(entries, first_position):
        source = SOURCE_OF_ROLE[entry.role]
        trust = TRUST[source]
        happened = event_time if entry.event_time is None else entry.event_time
        entry_id = new_id()
        digest = entry_hash(entry.content, persona_id, visibility, session_id, happened, trust)
        stored.append(StoredEntry(entry_id, digest))
        rows.append(
            (
                workspace_id,
                user_id,
                session_id,
                position,
                entry_id,
                persona_id,
                visibility,
                entry.timeline,
                entry.role,
                entry.speaker,
                entry.content,
                entry.key,
                entry.agent,
                _encode(entry.metadata),
                source,
                trust,
                "",
                digest,
                revision,
                happened,
                now,
            )
        )
    await tx.executemany(_ADD, rows)
    return stored


async def add_copies(
    tx: Transaction,
    key: SessionKey,
    originals: Sequence[Entry],
    *,
    visibility: Visibility,
    revision: int,
    now: int,
) -> None:
    """Stores copies of another session's entries from position 0 on. A copy of a copy repeats
    the same original.
    """
    await tx.executemany(
        _ADD,
        [
            (
                *key.sql,
                position,
                new_id(),
                key.persona_id,
                visibility,
                entry.timeline,
                entry.role,
                entry.speaker,
                entry.content,
                entry.key,
                entry.agent,
                _encode(entry.metadata),
                entry.source,
                entry.trust,
                entry.copied_from_entry_id or entry.entry_id,
                entry_hash(
                    entry.content,
                    key.persona_id,
                    visibility,
                    key.session_id,
                    entry.event_time,
                    entry.trust,
                ),
                revision,
                entry.event_time,
                now,
            )
            for position, entry in enumerate(originals)
        ],
    )


async def list_after(
    snapshot: Snapshot,
    place: Place,
    condition: EntryCondition,
    *,
    after: int = -1,
    upto: int = LAST_POSITION,
    limit: int,
) -> list[Entry]:
    """Those that match, by position; ``after`` is exclusive and ``upto`` inclusive."""
    rows = await snapshot.fetch(
        _LIST_AFTER,
        *place,
        after,
        upto,
        condition.timeline,
        condition.key,
        *_interval(condition),
        limit,
    )
    return [entry_of(row) for row in rows]


async def list_all(
    snapshot: Snapshot, place: Place, *, timeline: str = "", before: int = LAST_POSITION
) -> list[Entry]:
    """By position; ``before`` is exclusive."""
    condition = EntryCondition(timeline=timeline)
    return await list_after(snapshot, place, condition, upto=before - 1, limit=LAST_POSITION)


async def nth_newest(
    snapshot: Snapshot, place: Place, condition: EntryCondition, n: int
) -> int | None:
    """The position of the nth newest that matches (0: the newest); None when there are fewer."""
    position: int | None = await snapshot.fetchval(
        _NTH_NEWEST, *place, condition.timeline, condition.key, *_interval(condition), n
    )
    return position


async def readable_by_ids(
    snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
) -> list[Entry]:
    """In any order."""
    rows = await snapshot.fetch(_READABLE_BY_IDS, *reader.sql, ids_argument(entry_ids))
    return [entry_of(row) for row in rows]


async def lowest_trust(
    snapshot: Snapshot, workspace_id: str, user_id: str, entry_ids: Sequence[str]
) -> float | None:
    """None when none of them is there."""
    trust: float | None = await snapshot.fetchval(
        _LOWEST_TRUST, workspace_id, user_id, ids_argument(entry_ids)
    )
    return trust


async def latest_event(snapshot: Snapshot, place: Place) -> LatestEvent | None:
    row = await snapshot.fetchrow(_LATEST_EVENT, *place)
    return None if row is None else LatestEvent(row["event_time"], row["create_time"])


async def main_agent(snapshot: Snapshot, place: Place) -> str:
    """The agent that noted most of its entries; empty when none says."""
    return await snapshot.fetchval(_MAIN_AGENT, *place) or ""


async def speakers(snapshot: Snapshot, place: Place, limit: int) -> list[tuple[Role, str]]:
    """Who spoke, by role and name (empty: the user or the persona), first words first."""
    rows = await snapshot.fetch(_SPEAKERS, *place, limit)
    return [(Role(row["role"]), row["speaker"]) for row in rows]


async def delete(tx: Transaction, place: Place, entry_id: str) -> tuple[str, Role] | None:
    """Gives the timeline and the role of the entry that is gone; None when it was not there."""
    row = await tx.fetchrow(_DELETE, *place, entry_id)
    return None if row is None else (row["timeline"], Role(row["role"]))


def entry_hash(
    content: str,
    persona_id: str,
    visibility: Visibility,
    session_id: str,
    event_time: int,
    trust: float,
) -> str:
    """What the index depends on."""
    return content_hash(content, persona_id, visibility, session_id, event_time, trust)


def ids_argument(ids: Sequence[str]) -> str:
    """As the argument of ``{in:...}``."""
    return msgspec.json.encode(ids).decode()


def _encode(metadata: dict[str, str]) -> str:
    return msgspec.json.encode(metadata).decode() if metadata else "{}"


def _interval(condition: EntryCondition) -> tuple[int, int]:
    first, end = condition.event_after, condition.event_before
    return (ANY_TIME[0] if first is None else first, ANY_TIME[1] if end is None else end)


def entry_of(row: Row) -> Entry:
    """An entry out of its columns."""
    return Entry(
        **{
            **row,
            "role": Role(row["role"]),
            "metadata": _METADATA.decode(row["metadata"]),
            "visibility": Visibility(row["visibility"]),
            "source": Source(row["source"]),
        }
    )
