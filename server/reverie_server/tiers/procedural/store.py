"""Procedures in SQL: one row for a key in its place, and one for each of its versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from reverie_server.scope import Reader
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.prefixes import after_prefix
from reverie_server.tiers.procedural.model import (
    Counts,
    Outcome,
    Place,
    Procedure,
    ProcedureDraft,
    Scope,
    VersionStamp,
)

_QUERIES: Final = load(__package__, "queries.sql")
_NEAREST: Final = _QUERIES["nearest"]
_HEAD: Final = _QUERIES["head"]
_GET: Final = _QUERIES["get"]
_VERSIONS_BEFORE: Final = _QUERIES["versions_before"]
_LIST_AFTER: Final = _QUERIES["list_after"]
_BY_MEMORY_IDS: Final = _QUERIES["by_memory_ids"]
_KEYS_OF: Final = _QUERIES["keys_of"]
_CURRENT_OF_KEYS: Final = _QUERIES["current_of_keys"]
_OF_KEYS: Final = _QUERIES["of_keys"]
_PUT_HEAD: Final = _QUERIES["put_head"]
_ADD_VERSION: Final = _QUERIES["add_version"]
_COUNT_OUTCOME: Final = _QUERIES["count_outcome"]
_DELETE_HEAD: Final = _QUERIES["delete_head"]
_DELETE_VERSIONS: Final = _QUERIES["delete_versions"]

_METADATA: Final = msgspec.json.Decoder(dict[str, str])
CURRENT: Final = 0
"""In place of a version: the last one."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a key in a place without its text."""

    memory_id: str
    version: int
    """The current one."""
    revision: int
    """That the current one was stored at."""
    create_time: int


async def nearest(snapshot: Snapshot, readers: Iterable[Reader], key: str) -> Place | None:
    """Where the key is in force for readers that are given nearest first."""
    for reader in readers:
        row = await snapshot.fetchrow(_NEAREST, *reader.sql, key)
        if row is not None:
            return Place(reader.workspace_id, row["user_id"], row["persona_id"])
    return None


async def head(snapshot: Snapshot, place: Place, key: str) -> Head | None:
    row = await snapshot.fetchrow(_HEAD, *_name(place, key))
    return None if row is None else Head(**row)


async def get(snapshot: Snapshot, place: Place, key: str, version: int) -> Procedure | None:
    """A version of a key, or ``CURRENT``, in exactly this place."""
    row = await snapshot.fetchrow(_GET, *_name(place, key), version)
    return None if row is None else _procedure(row)


async def versions_before(
    snapshot: Snapshot, place: Place, key: str, version: int, limit: int
) -> list[Procedure]:
    """The latest first."""
    rows = await snapshot.fetch(_VERSIONS_BEFORE, *_name(place, key), version, limit)
    return [_procedure(row) for row in rows]


async def list_after(
    snapshot: Snapshot, reader: Reader, key: str, scope: Scope, prefix: str, limit: int
) -> list[Procedure]:
    """By key, the nearer scope first; those behind ``key`` in ``scope``."""
    rows = await snapshot.fetch(
        _LIST_AFTER, *reader.sql, key, scope, prefix, after_prefix(prefix), limit
    )
    return [_procedure(row) for row in rows]


async def in_force(
    snapshot: Snapshot, readers: Sequence[Reader], reader: Reader, memory_ids: Sequence[str]
) -> Collection[str]:
    """Those of ``reader``'s memory ids that none of ``readers``, which are given nearest first,
    has something nearer for."""
    rows = await snapshot.fetch(_KEYS_OF, *reader.sql, _array(memory_ids))
    key_of = {row["memory_id"]: row["key"] for row in rows}
    keys = _array(sorted(set(key_of.values())))
    first: dict[str, str] = {}
    for each in readers:
        for row in await snapshot.fetch(_OF_KEYS, *each.sql, keys):
            first.setdefault(row["key"], row["memory_id"])
    return {memory_id for memory_id, key in key_of.items() if first[key] == memory_id}


async def by_memory_ids(
    snapshot: Snapshot, reader: Reader, memory_ids: Collection[str]
) -> Mapping[str, Procedure]:
    """Those that are there and the reader's to see, by id."""
    rows = await snapshot.fetch(_BY_MEMORY_IDS, *reader.sql, _array(sorted(memory_ids)))
    return {row["memory_id"]: _procedure(row) for row in rows}


async def nearest_of_keys(
    snapshot: Snapshot, readers: Iterable[Reader], keys: Sequence[str]
) -> Mapping[str, Procedure]:
    """Of each key what is in force for readers that are given nearest first."""
    found: dict[str, Procedure] = {}
    for reader in readers:
        for row in await snapshot.fetch(_CURRENT_OF_KEYS, *reader.sql, _array(keys)):
            found.setdefault(row["key"], _procedure(row))
    return found


async def add_version(tx: Transaction, procedure: Procedure, content_hash: str) -> None:
    """Stores a version, which is the current one from now on."""
    stamp, draft = procedure.stamp, procedure.draft
    name = _name(procedure.place, procedure.key)
    await tx.execute(
        _PUT_HEAD,
        *name,
        stamp.memory_id,
        stamp.version,
        content_hash,
        stamp.revision,
        stamp.create_time,
    )
    await tx.execute(
        _ADD_VERSION,
        *name,
        stamp.version,
        draft.template,
        draft.description,
        msgspec.json.encode(draft.metadata).decode(),
        stamp.revision,
        stamp.update_time,
    )


async def count_outcome(
    tx: Transaction, place: Place, key: str, version: int, outcome: Outcome
) -> Counts | None:
    """Counts in one statement; None when there is no such version."""
    row = await tx.fetchrow(
        _COUNT_OUTCOME,
        *_name(place, key),
        version,
        int(outcome is Outcome.SUCCESS),
        int(outcome is Outcome.FAILURE),
        int(outcome is Outcome.NEUTRAL),
    )
    return None if row is None else _counts(row)


async def delete(tx: Transaction, place: Place, key: str) -> None:
    """With all its versions."""
    await tx.execute(_DELETE_VERSIONS, *_name(place, key))
    await tx.execute(_DELETE_HEAD, *_name(place, key))


def _name(place: Place, key: str) -> tuple[str, str, str, str]:
    return (place.workspace_id, place.user_id, place.persona_id, key)


def _array(texts: Sequence[str]) -> str:
    return msgspec.json.encode(texts).decode()


def _counts(row: Row) -> Counts:
    return Counts(row["success_count"], row["failure_count"], row["neutral_count"])


def _procedure(row: Row) -> Procedure:
    return Procedure(
        place=Place(row["workspace_id"], row["user_id"], row["persona_id"]),
        key=row["key"],
        stamp=VersionStamp(
            memory_id=row["memory_id"],
            version=row["version"],
            revision=row["revision"],
            create_time=row["create_time"],
            update_time=row["update_time"],
        ),
        draft=ProcedureDraft(
            template=row["template"],
            description=row["description"],
            metadata=_METADATA.decode(row["metadata"]),
        ),
        counts=_counts(row),
    )
