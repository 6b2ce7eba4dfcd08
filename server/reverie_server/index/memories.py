"""The memories that the index is made from, as SQL has them now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from reverie_server.index.memory_index import Fingerprint, Kind, Owner
from reverie_server.index.memory_text import (
    document_text,
    episode_text,
    fact_text,
    procedure_text,
)
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import Statement, load

_STATEMENTS = load(__package__, "memories.sql")
_SESSION = _STATEMENTS["entries_of_session"]
_DELETE_ALL_VECTORS = _STATEMENTS["delete_all_vectors"]
_OWNERS = _STATEMENTS["owners"]
_COUNTS = _STATEMENTS["counts"]

KINDS: Final = tuple(Kind)


@dataclass(frozen=True, slots=True)
class IndexedMemory:
    """One memory with what the index needs of it."""

    owner: Owner
    kind: Kind
    memory_id: str
    persona_id: str
    visibility: int
    session_id: str
    event_time: int
    """Microseconds, UTC."""
    trust: float
    revision: int
    content_hash: str
    text: str
    vector: NDArray[np.float32] | None
    """Shape (dimension,); None while it has not been embedded by this embedder."""


@dataclass(frozen=True, slots=True)
class StoredVector:
    """A vector on its way into SQL, where the exact search and a rebuild find it again."""

    owner: Owner
    kind: Kind
    memory_id: str
    content_hash: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Source:
    by_id: Statement
    after: Statement
    fingerprints: Statement
    put_vector: Statement
    clear_vectors: Statement
    clear_all_vectors: Statement
    text: Callable[[Row], str]


def _source(table: str, text: Callable[[Row], str]) -> _Source:
    return _Source(
        by_id=_STATEMENTS[f"{table}_by_id"],
        after=_STATEMENTS[f"{table}_after"],
        fingerprints=_STATEMENTS[f"{table}_fingerprints"],
        put_vector=_STATEMENTS[f"{table}_put_vector"],
        clear_vectors=_STATEMENTS[f"{table}_clear_vectors"],
        clear_all_vectors=_STATEMENTS[f"{table}_clear_all_vectors"],
        text=text,
    )


_SOURCES: Final[Mapping[Kind, _Source]] = {
    Kind.ENTRY: _source("entries", lambda row: row["content"]),
    Kind.EPISODE: _source(
        "episodes",
        lambda row: episode_text(
            row["summary"], row["key_topics"], row["decisions"], row["action_items"]
        ),
    ),
    Kind.DOCUMENT: _source("documents", lambda row: document_text(row["content"])),
    Kind.PROCEDURE: _source(
        "procedures",
        lambda row: procedure_text(row["key"], row["description"], row["template"]),
    ),
    Kind.FACT: _source("facts", lambda row: fact_text(row["statement"])),
}


async def memories(
    snapshot: Snapshot, owner: Owner, kind: Kind, ids: Sequence[str], embedder: str
) -> list[IndexedMemory]:
    """Those of the ids that are there and searchable, in no particular order."""
    source = _SOURCES[kind]
    rows = await snapshot.fetch(
        source.by_id,
        owner.workspace_id,
        owner.user_id,
        embedder,
        msgspec.json.encode(list(ids)).decode(),
    )
    return [
        IndexedMemory(
            owner=owner,
            kind=kind,
            memory_id=row["memory_id"],
            persona_id=row["persona_id"],
            visibility=row["visibility"],
            session_id=row["session_id"],
            event_time=row["event_time"],
            trust=row["trust"],
            revision=row["revision"],
            content_hash=row["content_hash"],
            text=source.text(row),
            vector=vector_of(row["vector"]),
        )
        for row in rows
    ]


async def session_entry_ids(
    snapshot: Snapshot, owner: Owner, session_id: str, limit: int
) -> list[str]:
    """The ids of a session's entries, oldest first."""
    rows = await snapshot.fetch(_SESSION, owner.workspace_id, owner.user_id, session_id, -1, limit)
    return [row["memory_id"] for row in rows]


async def ids_after(
    snapshot: Snapshot, kind: Kind, after: tuple[str, str, str], limit: int
) -> list[tuple[str, str, str]]:
    """(workspace_id, user_id, memory_id) of every memory of a kind, in that order."""
    rows = await snapshot.fetch(_SOURCES[kind].after, *after, limit)
    return [(row["workspace_id"], row["user_id"], row["memory_id"]) for row in rows]


async def fingerprints(
    snapshot: Snapshot, owner: Owner, kind: Kind, after: str, limit: int
) -> list[Fingerprint]:
    """What the index should hold of an owner, by memory id."""
    rows = await snapshot.fetch(
        _SOURCES[kind].fingerprints, owner.workspace_id, owner.user_id, after, limit
    )
    return [
        Fingerprint(kind, row["memory_id"], row["revision"], row["content_hash"]) for row in rows
    ]


async def owners(snapshot: Snapshot, workspace_id: str, after: str, limit: int) -> list[Owner]:
    """A workspace's users, by id."""
    rows = await snapshot.fetch(_OWNERS, workspace_id, after, limit)
    return [Owner(workspace_id, row["user_id"]) for row in rows]


async def total(snapshot: Snapshot) -> int:
    """How many memories there are, of every workspace."""
    return int(await snapshot.fetchval(_COUNTS))


async def put_vectors(tx: Transaction, embedder: str, vectors: Sequence[StoredVector]) -> None:
    """Keeps vectors of memories that are there and have not changed since they were embedded."""
    for kind, source in _SOURCES.items():
        rows = [
            (
                each.owner.workspace_id,
                each.owner.user_id,
                each.memory_id,
                embedder,
                each.content_hash,
                each.vector.astype("<f4").tobytes(),
            )
            for each in vectors
            if each.kind is kind
        ]
        if rows:
            await tx.executemany(source.put_vector, rows)


async def clear_vectors(tx: Transaction, owner: Owner, kind: Kind, ids: Sequence[str]) -> None:
    """Deletes those of the ids whose memory is gone, or says something else by now."""
    await tx.execute(
        _SOURCES[kind].clear_vectors,
        owner.workspace_id,
        owner.user_id,
        msgspec.json.encode(list(ids)).decode(),
    )


async def clear_all_vectors(tx: Transaction, owner: Owner, kind: Kind) -> None:
    """The same of all that an owner has. Reads all of them."""
    await tx.execute(_SOURCES[kind].clear_all_vectors, owner.workspace_id, owner.user_id)


async def delete_all_vectors(tx: Transaction) -> None:
    """Every vector is to be computed anew."""
    await tx.execute(_DELETE_ALL_VECTORS)


def vector_of(blob: bytes | None) -> NDArray[np.float32] | None:
    """A stored vector: little-endian float32."""
    return None if blob is None else np.frombuffer(blob, dtype="<f4")
