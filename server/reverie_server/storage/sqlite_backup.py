"""A copy of a SQLite database while it is written to.

SQLite's own backup works in batches of pages. A read transaction is held open all the while, so
that it copies one moment: without it, each write would make it begin again. Writers do not wait;
the write-ahead log grows until the copy is done, because it cannot be emptied past a reader.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

import apsw

from reverie_server.storage.backup_folder import Tell
from reverie_server.storage.backup_manifest import COPY_FILE, CopiedTable, DatabaseCopy
from reverie_server.storage.deployment import id_of
from reverie_server.storage.sqlite_connection import domain_error, open_reader

PAGES: Final = 1_024
"""Of a batch: 4 MiB, some milliseconds."""
_COPYING: Final = 0.7
"""The share of the work that is copying; the rest is looking at the copy."""
_TABLES: Final = """
    SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name
"""


class Stopped(Exception):
    """Somebody does not want the copy any more."""


def copy_sqlite(path: Path, folder: Path, tell: Tell, stop: threading.Event) -> DatabaseCopy:
    """Copies the database at ``path`` into a folder and makes sure that the copy is whole. Blocks.

    Raises:
        Stopped: ``stop`` was set.
        ResourceExhausted: the disk is full.
        Unavailable: either file cannot be used, or the copy is not whole.
    """
    try:
        source = open_reader(path)
        target = apsw.Connection(str(folder / COPY_FILE))
        try:
            # It is synced as a whole, when all of it is there.
            target.execute("PRAGMA synchronous = OFF")
            _copy(source, target, tell, stop)
            source.close()
            # Alone in its file: whoever moves it need not know of others beside it.
            target.execute("PRAGMA journal_mode = DELETE")
            return _examine(target, tell, stop)
        finally:
            target.close()
            source.close()
    except apsw.Error as error:
        raise domain_error(error) from error


def integrity_problems(connection: apsw.Connection) -> list[str]:
    """What SQLite finds wrong; empty when the database is whole."""
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    except apsw.CorruptError as error:  # too broken to be examined
        return [str(error)]
    return [] if found == ["ok"] else found


def _copy(
    source: apsw.Connection, target: apsw.Connection, tell: Tell, stop: threading.Event
) -> None:
    source.execute("BEGIN")
    # A transaction begins with its first look at the database.
    source.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    with target.backup("main", source, "main") as backup:
        while not backup.done:
            if stop.is_set():
                raise Stopped
            backup.step(PAGES)
            tell(_COPYING * (1 - backup.remaining / max(1, backup.page_count)))
    source.execute("ROLLBACK")


def _examine(copy: apsw.Connection, tell: Tell, stop: threading.Event) -> DatabaseCopy:
    def interrupted() -> bool:
        return stop.is_set()

    copy.set_progress_handler(interrupted, 100_000)
    try:
        if problems := integrity_problems(copy):
            raise apsw.CorruptError("; ".join(problems[:3]))
        tell((1 + _COPYING) / 2)
        # Names come out of the database itself.
        tables = {
            str(name): CopiedTable(_value(copy, f'SELECT COUNT(*) FROM "{name}"'), ())  # noqa: S608
            for (name,) in copy.execute(_TABLES).fetchall()
        }
        embedder = _value(copy, "SELECT MAX(value) FROM deployment WHERE name = 'embedder'")
        key = _value(copy, "SELECT MAX(value) FROM deployment WHERE name = 'tombstone_key'")
        tell(1.0)
        return DatabaseCopy(
            engine="sqlite",
            engine_version=f"SQLite {apsw.sqlite_lib_version()}",
            schema_level=_value(copy, "SELECT level FROM schema_gate"),
            embedder=bytes(embedder or b"").decode(),
            tables=tables,
            deployment_id=id_of(bytes(key or b"")),
        )
    except apsw.InterruptError as error:
        raise Stopped from error


def _value(connection: apsw.Connection, query: str) -> Any:
    ((value,),) = connection.execute(query).fetchall()
    return value
