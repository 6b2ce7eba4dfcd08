"""Bookmarks in SQL. ``place`` is workspace, user and session."""

from __future__ import annotations

from typing import Final

from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.working.model import Bookmark
from reverie_server.tiers.working.store import decode_context, encode_context

_QUERIES: Final = load(__package__, "queries.sql")
_PUT: Final = _QUERIES["put_bookmark"]
_GET: Final = _QUERIES["get_bookmark"]
_COUNT: Final = _QUERIES["count_bookmarks"]
_DELETE_ALL: Final = _QUERIES["delete_bookmarks"]

Place = tuple[str, str, str]


async def put(tx: Transaction, place: Place, bookmark: Bookmark) -> None:
    """Sets it, or moves the one of that name."""
    await tx.execute(
        _PUT,
        *place,
        bookmark.bookmark_id,
        bookmark.next_position,
        bookmark.entry_count,
        encode_context(bookmark.context),
        bookmark.create_time,
    )


async def get(snapshot: Snapshot, place: Place, bookmark_id: str) -> Bookmark | None:
    row = await snapshot.fetchrow(_GET, *place, bookmark_id)
    if row is None:
        return None
    return Bookmark(
        bookmark_id=row["bookmark_id"],
        next_position=row["next_position"],
        entry_count=row["entry_count"],
        context=decode_context(row["context"]),
        create_time=row["create_time"],
    )


async def count(snapshot: Snapshot, place: Place) -> int:
    return int(await snapshot.fetchval(_COUNT, *place))


async def delete_all(tx: Transaction, place: Place) -> None:
    await tx.execute(_DELETE_ALL, *place)
