"""Documents in SQL: the current version in one table, those that it replaced in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Row, Snapshot, Transaction, Value
from reverie_server.storage.statements import load
from reverie_server.tiers.prefixes import after_prefix
from reverie_server.tiers.semantic.model import Document, VersionStamp

_QUERIES: Final = load(__package__, "queries.sql")
_GET: Final = _QUERIES["get"]
_GET_REPLACED: Final = _QUERIES["get_replaced"]
_LIST_AFTER: Final = _QUERIES["list_after"]
_BY_IDS: Final = _QUERIES["by_ids"]
_CURRENT_STAMP: Final = _QUERIES["current_stamp"]
_ADD: Final = _QUERIES["add"]
_KEEP_REPLACED: Final = _QUERIES["keep_replaced"]
_REPLACE: Final = _QUERIES["replace"]
_DELETE: Final = _QUERIES["delete"]
_DELETE_REPLACED: Final = _QUERIES["delete_replaced"]

_METADATA: Final = msgspec.json.Decoder(dict[str, str])


async def get(snapshot: Snapshot, reader: Reader, document_id: str) -> Document | None:
    row = await snapshot.fetchrow(_GET, *reader.sql, document_id)
    return None if row is None else _document(row)


async def get_replaced(
    snapshot: Snapshot, reader: Reader, document_id: str, version: int
) -> Document | None:
    """A version that is not the current one."""
    row = await snapshot.fetchrow(_GET_REPLACED, *reader.sql, document_id, version)
    return None if row is None else _document(row)


async def list_after(
    snapshot: Snapshot, reader: Reader, document_id: str, prefix: str, limit: int
) -> list[Document]:
    """By id."""
    rows = await snapshot.fetch(
        _LIST_AFTER, *reader.sql, document_id, prefix, after_prefix(prefix), limit
    )
    return [_document(row) for row in rows]


async def by_ids(
    snapshot: Snapshot, reader: Reader, document_ids: Sequence[str]
) -> dict[str, Document]:
    """Those that are there and the reader's to see, by id."""
    ids = msgspec.json.encode(document_ids).decode()
    rows = await snapshot.fetch(_BY_IDS, *reader.sql, ids)
    return {row["document_id"]: _document(row) for row in rows}


async def current_stamp(
    tx: Transaction, workspace_id: str, user_id: str, document_id: str
) -> VersionStamp | None:
    """Of the document that has this id, whoever may read it: check that before it is used."""
    row = await tx.fetchrow(_CURRENT_STAMP, workspace_id, user_id, document_id)
    return None if row is None else _stamp(row)


async def add(
    tx: Transaction, workspace_id: str, document: Document, trust: float, content_hash: str
) -> None:
    await tx.execute(_ADD, *_columns(workspace_id, document, trust, content_hash))


async def replace(
    tx: Transaction, workspace_id: str, document: Document, trust: float, content_hash: str
) -> None:
    """Stores a new version and keeps the one before."""
    columns = _columns(workspace_id, document, trust, content_hash)
    await tx.execute(_KEEP_REPLACED, *columns[:3])
    await tx.execute(_REPLACE, *columns)


async def delete(tx: Transaction, workspace_id: str, user_id: str, document_id: str) -> None:
    """With all its versions."""
    await tx.execute(_DELETE_REPLACED, workspace_id, user_id, document_id)
    await tx.execute(_DELETE, workspace_id, user_id, document_id)


def _columns(
    workspace_id: str, document: Document, trust: float, content_hash: str
) -> tuple[Value, ...]:
    stamp = document.stamp
    return (
        workspace_id,
        document.user_id,
        stamp.document_id,
        stamp.persona_id,
        stamp.visibility,
        document.content,
        msgspec.json.encode(document.metadata).decode(),
        trust,
        content_hash,
        stamp.version,
        stamp.revision,
        stamp.create_time,
        stamp.update_time,
    )


def _document(row: Row) -> Document:
    return Document(
        user_id=row["user_id"],
        stamp=_stamp(row),
        content=row["content"],
        metadata=_METADATA.decode(row["metadata"]),
    )


def _stamp(row: Row) -> VersionStamp:
    return VersionStamp(
        document_id=row["document_id"],
        persona_id=row["persona_id"],
        visibility=Visibility(row["visibility"]),
        version=row["version"],
        revision=row["revision"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
