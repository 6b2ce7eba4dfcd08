"""The Database port on SQLite: one writing thread, a few reading ones, one folder."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import shutil
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw

from reverie_server.errors import ResourceExhausted, Unavailable
from reverie_server.observability.meter import NO_METER, Meter
from reverie_server.storage.backup_folder import Tell
from reverie_server.storage.backup_manifest import DatabaseCopy
from reverie_server.storage.database import Row, Snapshot, Transaction, Value
from reverie_server.storage.folder_lock import FolderLock
from reverie_server.storage.occupancy import Occupancy
from reverie_server.storage.schema import prepare_sqlite
from reverie_server.storage.schema_level import SchemaLevel
from reverie_server.storage.sqlite_backup import copy_sqlite, integrity_problems
from reverie_server.storage.sqlite_brief_reader import BriefReader
from reverie_server.storage.sqlite_call import Call, Outcomes
from reverie_server.storage.sqlite_connection import (
    SqliteTransaction,
    domain_error,
    open_reader,
    open_writer,
)
from reverie_server.storage.sqlite_readers import Readers
from reverie_server.storage.sqlite_writer import Writer
from reverie_server.storage.statements import Statement, parse

T = TypeVar("T")

DATABASE_FILE: Final = "reverie.db"
STAGE: Final = ".restoring"
"""In the folder: a restore makes there what it then renames into its place."""
READERS: Final = 3
MAX_WAITING: Final = 4_096
"""Units (and, separately, reads) that may wait; further ones are refused."""
OVERLOAD_RETRY_SECONDS: Final = 0.5

_STATEMENTS = parse(
    """
    -- name: checkpoint
    PRAGMA wal_checkpoint(TRUNCATE);
    -- name: spill_to_files
    PRAGMA temp_store = FILE;
    -- name: vacuum
    VACUUM;
    """,
    source="sqlite.py",
)


class SqliteDatabase:
    """A ``Database`` in one folder, which it locks against a second process.

    Made by ``open``. Belongs to the event loop that was running then.
    """

    def __init__(
        self,
        path: Path,
        lock: FolderLock,
        writing: apsw.Connection,
        reading: list[apsw.Connection],
        brief: apsw.Connection,
        *,
        max_waiting: int,
        meter: Meter,
    ) -> None:
        self._path = path
        self._lock = lock
        self._connections = [*reading, brief, writing]
        self._loop = asyncio.get_running_loop()
        self._outcomes = Outcomes(self._loop)
        self._writer = Writer(writing, self._outcomes, meter)
        self._readers = Readers(reading, self._outcomes)
        self._brief = BriefReader(brief)
        self._max_waiting = max_waiting
        self._schema = SchemaLevel()
        self._closing: asyncio.Task[None] | None = None
        self._writer.start()
        self._readers.start()

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        prepare: Callable[[Path], None] | None = prepare_sqlite,
        readers: int = READERS,
        max_waiting: int = MAX_WAITING,
        meter: Meter = NO_METER,
    ) -> SqliteDatabase:
        """Opens the database of a folder, making both when they are missing.

        ``prepare`` is called with the database's path under the folder's lock and before any
        connection exists; by default it creates or migrates the schema.

        Raises:
            DataFolderInUse: another process has the folder.
            SchemaMismatch: ``prepare`` found a schema that this server may not use.
            Unavailable: the file cannot be opened or is no database.
        """
        path = folder / DATABASE_FILE

        def open_all() -> tuple[FolderLock, list[apsw.Connection]]:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FolderLock.acquire(folder)
            # Of a restore that was broken off: all that users have said, and nobody's.
            shutil.rmtree(folder / STAGE, ignore_errors=True)
            connections: list[apsw.Connection] = []
            try:
                if prepare is not None:
                    prepare(path)
                connections.append(open_writer(path))
                connections.extend(open_reader(path) for _ in range(readers + 1))
            except BaseException:
                for connection in connections:
                    connection.close()
                lock.release()
                raise
            return lock, connections

        lock, (writing, brief, *reading) = await asyncio.to_thread(open_all)
        return cls(path, lock, writing, reading, brief, max_waiting=max_waiting, meter=meter)

    async def transaction(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        owner: tuple[str, str] | None = None,
    ) -> T:
        """See ``Database.transaction``. All units share commits, whoever's they are."""
        return await self._submit(self._writer, work)

    async def rehearse(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """See ``Database.rehearse``."""
        return await self._submit(self._writer, work, rehearsal=True)

    async def read(self, work: Callable[[Snapshot], Awaitable[T]], *, brief: bool = False) -> T:
        """See ``Database.read``."""
        if brief and self._closing is None:
            # Whatever is the matter: on a thread it can be waited for, and is reported.
            with contextlib.suppress(Unavailable):
                return self._brief.read(work)
        return await self._submit(self._readers, work)

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]:
        """One query, on its own snapshot: all rows."""
        return await self._submit(
            self._readers, lambda snapshot: snapshot.fetch(statement, *args), bare=True
        )

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        """One query, on its own snapshot: the first row."""
        return await self._submit(
            self._readers, lambda snapshot: snapshot.fetchrow(statement, *args), bare=True
        )

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        """One query, on its own snapshot: the first column of the first row, else None."""
        return await self._submit(
            self._readers, lambda snapshot: snapshot.fetchval(statement, *args), bare=True
        )

    @property
    def sole_writer(self) -> bool:
        """The folder's lock keeps others out."""
        return True

    @property
    def schema(self) -> SchemaLevel:
        """This server's: it has been migrated before it was opened."""
        return self._schema

    def on_commit(self, callback: Callable[[], None]) -> None:
        """See ``Database.on_commit``."""
        self._outcomes.on_commit(callback)

    async def close(self) -> None:
        """See ``Database.close``."""
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self._readers.stop()
        self._writer.stop()

        def finish() -> None:
            self._readers.join()
            self._writer.join()
            for connection in self._connections:
                connection.close()
            self._lock.release()

        await asyncio.to_thread(finish)

    async def checkpoint(self) -> None:
        """Moves the write-ahead log into the database file and empties it, if no read is long."""
        await self._submit(self._writer, _checkpoint, bare=True)

    async def compact(self) -> int:
        """Rewrites the database file without its free pages and empties the write-ahead log, so
        that nothing deleted is left in either. Writes wait meanwhile; needs as much free disk as
        the database has. Leaves no table out: 0.

        Raises:
            Unavailable: a long read kept the log from being emptied; to be tried again.
        """
        await self._submit(self._writer, _compact, bare=True)
        return 0

    async def integrity_check(self) -> list[str]:
        """What SQLite finds wrong with the file; empty when it is whole. Takes long on a large
        database, and runs beside reads and writes.
        """

        def check() -> list[str]:
            connection = open_reader(self._path)
            try:
                return integrity_problems(connection)
            except apsw.Error as error:
                raise domain_error(error) from error
            finally:
                connection.close()

        return await asyncio.to_thread(check)

    def occupancy(self) -> Occupancy:
        """How many units wait for a thread."""
        return Occupancy({"reads": self._readers.waiting(), "writes": self._writer.waiting()})

    async def copy_to(self, folder: Path, tell: Tell) -> DatabaseCopy:
        """See ``CompactableStorage.copy_to``."""
        stop = threading.Event()
        work = asyncio.ensure_future(asyncio.to_thread(copy_sqlite, self._path, folder, tell, stop))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([work])
            raise

    @property
    def engine(self) -> str:
        """The engine's name and version, for people."""
        return f"SQLite {apsw.sqlite_lib_version()}"

    async def size_bytes(self) -> int:
        """What the database takes on the disk, its write-ahead log included."""
        files = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    async def _submit(
        self,
        threads: Writer | Readers,
        work: Callable[[SqliteTransaction], Awaitable[T]],
        *,
        bare: bool = False,
        rehearsal: bool = False,
    ) -> T:
        if self._closing is not None:
            raise Unavailable("the database is closed", retry_after_seconds=OVERLOAD_RETRY_SECONDS)
        if threads.waiting() >= self._max_waiting:
            raise ResourceExhausted(
                "too many requests are waiting for the database",
                retry_after_seconds=OVERLOAD_RETRY_SECONDS,
            )
        future: asyncio.Future[T] = self._loop.create_future()
        threads.submit(Call(work, contextvars.copy_context(), future, bare, rehearsal))
        return await future


async def _checkpoint(tx: SqliteTransaction) -> bool:
    """Whether the log is empty now."""
    row = await tx.fetchrow(_STATEMENTS["checkpoint"])
    return row is not None and not row["busy"]


async def _compact(tx: SqliteTransaction) -> None:
    # The new copy is as large as the database: it is built in a file and not in memory.
    await tx.execute(_STATEMENTS["spill_to_files"])
    try:
        await tx.execute(_STATEMENTS["vacuum"])
    finally:
        tx.connection.execute("PRAGMA temp_store = MEMORY")
    if not await _checkpoint(tx):
        raise Unavailable(
            "a long read keeps the database from being compacted",
            reason="STORAGE_UNAVAILABLE",
            retry_after_seconds=OVERLOAD_RETRY_SECONDS,
        )
