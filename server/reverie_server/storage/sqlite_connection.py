"""One SQLite connection: how it is opened, what its errors mean, units that run on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw

from reverie_server.errors import ResourceExhausted, Unavailable
from reverie_server.storage.database import ConstraintViolation, Row, UniqueViolation, Value
from reverie_server.storage.statements import Statement

T = TypeVar("T")

CACHED_STATEMENTS: Final = 512
"""Prepared statements kept by a connection: more than there are in all query files."""
BUSY_TIMEOUT_MS: Final = 5_000
JOURNAL_SIZE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes the write-ahead log shrinks to after it was larger."""
CHECKPOINT_PAGES: Final = 4_000
"""Pages (of 4 KiB) in the write-ahead log after which a commit moves them into the database."""
RETRY_SECONDS: Final = 1.0

_UNIQUE = frozenset(
    {
        apsw.SQLITE_CONSTRAINT_UNIQUE,
        apsw.SQLITE_CONSTRAINT_PRIMARYKEY,
        apsw.SQLITE_CONSTRAINT_ROWID,
    }
)
_STORAGE_TROUBLE = (
    apsw.IOError,
    apsw.CantOpenError,
    apsw.NotADBError,
    apsw.CorruptError,
    apsw.ReadOnlyError,
    apsw.PermissionsError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.ProtocolError,
    apsw.NoMemError,
)


def open_writer(path: Path) -> apsw.Connection:
    """The connection that writes. A commit on it returns after the data is on the disk.

    Raises:
        Unavailable: the file cannot be opened or is no database.
    """
    try:
        connection = apsw.Connection(str(path), statementcachesize=CACHED_STATEMENTS)
        _keep_plans(connection)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten: forgetting must not leave words in free pages.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute("PRAGMA cache_size = -32768")
        # What a savepoint may have to restore is kept in memory and not in temporary files.
        connection.execute("PRAGMA temp_store = MEMORY")
    except apsw.Error as error:
        raise Unavailable(f"the database {path} cannot be opened: {error}") from error
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """A connection that refuses to write. The database must be there.

    Raises:
        Unavailable: as for ``open_writer``.
    """
    try:
        # Not opened read-only: a reader of a write-ahead log must be able to write its index file.
        connection = apsw.Connection(
            str(path), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=CACHED_STATEMENTS
        )
        _keep_plans(connection)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA query_only = ON")
        # Sorting spills to memory and not to temporary files outside the data folder.
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -16384")
    except apsw.Error as error:
        raise Unavailable(f"the database {path} cannot be opened: {error}") from error
    return connection


def _keep_plans(connection: apsw.Connection) -> None:
    """One plan for a statement, whatever its arguments. Otherwise SQLite prepares every statement
    with a choice of indexes anew when an argument changes: for most of ours, that takes ten times
    as long as they do.
    """
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)


def domain_error(error: apsw.Error) -> Exception:
    """What an engine's error means to the rooms; the error itself if it is a programmer's."""
    if isinstance(error, apsw.ConstraintError):
        if getattr(error, "extendedresult", 0) in _UNIQUE:
            return UniqueViolation(str(error))
        return ConstraintViolation(str(error))
    if isinstance(error, apsw.FullError):
        return ResourceExhausted(
            "the disk is full", reason="STORAGE_FULL", retry_after_seconds=RETRY_SECONDS * 30
        )
    if isinstance(error, _STORAGE_TROUBLE):
        return Unavailable(
            "the database cannot be used now",
            reason="STORAGE_UNAVAILABLE",
            retry_after_seconds=RETRY_SECONDS,
        )
    return error


class SqliteTransaction:
    """A ``Transaction`` (on a reader's connection: a ``Snapshot``) whose methods never suspend.

    ``failure`` is the error of the statement that failed, if one did: nothing can run after it.
    """

    __slots__ = ("_columns", "_cursor", "connection", "failure")

    def __init__(
        self, connection: apsw.Connection, columns: dict[Statement, tuple[str, ...]]
    ) -> None:
        self.connection = connection
        self.failure: BaseException | None = None
        self._cursor = connection.cursor()
        self._columns = columns

    async def take_turn(self, workspace_id: str, user_id: str, *, recorded: bool = False) -> None:
        """There is one writer: it is this unit's turn."""

    async def long_stretch(self) -> None:
        """It is on a thread already."""

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]:
        return self._rows(statement, args)

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        rows = self._rows(statement, args)
        return rows[0] if rows else None

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        self._check()
        try:
            rows = self._cursor.execute(statement.sqlite, args).fetchall()
        except Exception as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error
        return rows[0][0] if rows else None

    async def execute(self, statement: Statement, *args: Value) -> int:
        self._check()
        try:
            for _ in self._cursor.execute(statement.sqlite, args):
                pass
        except Exception as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error
        return self.connection.changes()

    async def executemany(self, statement: Statement, rows: Iterable[tuple[Value, ...]]) -> None:
        self._check()
        try:
            for _ in self._cursor.executemany(statement.sqlite, rows):
                pass
        except Exception as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error

    def _rows(self, statement: Statement, args: tuple[Value, ...]) -> list[Row]:
        self._check()
        try:
            cursor = self._cursor.execute(statement.sqlite, args)
            first = next(cursor, None)
            if first is None:
                return []
            # The schema stands still while the database is open, so names are looked up once.
            names = self._columns.get(statement)
            if names is None:
                names = tuple(column[0] for column in cursor.getdescription())
                self._columns[statement] = names
            rows = [first, *cursor]
            return [dict(zip(names, row, strict=True)) for row in rows]
        except Exception as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error

    def _check(self) -> None:
        if self.failure is not None:
            raise RuntimeError("a statement of this unit failed; nothing can follow it")

    def _failed(self, error: Exception) -> Exception:
        self.failure = domain_error(error) if isinstance(error, apsw.Error) else error
        return self.failure


def drive(work: Callable[[SqliteTransaction], Awaitable[T]], tx: SqliteTransaction) -> T:
    """Runs a unit on this thread from start to end: its transaction never suspends.

    Raises:
        RuntimeError: the unit awaited something else.
        Exception: what the unit raised, or the statement failure that it tried to hide.
    """
    steps = work(tx).__await__()
    try:
        next(steps)
    except StopIteration as end:
        if tx.failure is not None:
            raise tx.failure from None
        result: T = end.value
        return result
    steps.close()
    raise RuntimeError("a unit of work may await nothing but its transaction")
