"""Looking at a SQLite database that nobody may be serving."""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw

from reverie_server.errors import Unavailable
from reverie_server.storage.deployment import known_embedder, shared_index
from reverie_server.storage.schema import SchemaMismatch, read_sqlite_gate
from reverie_server.storage.sqlite_connection import SqliteTransaction, open_reader


async def stored_index(path: Path) -> tuple[str, bytes | None]:
    """The embedder that the stored vectors are of, as ``name/dimension`` (empty: there are none, or
    the database cannot be read), and what it remembers of a shared index."""
    try:
        if read_sqlite_gate(path).level:
            with contextlib.closing(open_reader(path)) as connection:
                snapshot = SqliteTransaction(connection, {})
                return await known_embedder(snapshot), await shared_index(snapshot)
    except (SchemaMismatch, Unavailable, apsw.Error):
        return "", None
    return "", None
