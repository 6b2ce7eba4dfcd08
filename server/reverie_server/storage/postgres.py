"""The Database port on PostgreSQL: a pool of connections, and units that are run again when
another transaction or a restart of the server has undone them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg

from reverie_server.errors import ResourceExhausted, Unavailable
from reverie_server.observability.meter import NO_METER, Meter
from reverie_server.storage.backup_folder import Tell
from reverie_server.storage.backup_manifest import DatabaseCopy
from reverie_server.storage.database import Row, Snapshot, Transaction, Value
from reverie_server.storage.occupancy import Occupancy
from reverie_server.storage.postgres_backup import copy_postgres
from reverie_server.storage.postgres_errors import RETRY_SECONDS
from reverie_server.storage.postgres_fence import MAINTAIN_VERSION, declaration, is_fenced
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_patience import Patience
from reverie_server.storage.postgres_pool import GRACE_SECONDS, Pool, connect
from reverie_server.storage.postgres_schema import prepare_postgres
from reverie_server.storage.postgres_together import SharedUnit, Together
from reverie_server.storage.postgres_transaction import (
    ALONE,
    READING,
    WRITING,
)
from reverie_server.storage.postgres_turns import Owner, Turns
from reverie_server.storage.postgres_unit import Unit
from reverie_server.storage.schema import SERVER_LEVEL
from reverie_server.storage.schema_level import SchemaLevel
from reverie_server.storage.statements import Statement, parse

T = TypeVar("T")

MAX_WAITING: Final = 4_096
"""Units that may be inside or wait; further ones are refused."""
VACUUM_SILENCES: Final = 40
"""So many times as long as a statement may take a VACUUM may look the same: an index of many
gigabytes is one step. Then its process is frozen, or waits for one that is."""

_LEFT_TO_AUTOVACUUM: Final = """
    SELECT COUNT(*) FROM pg_class
    WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r'
        AND NOT pg_has_role(relowner, 'USAGE') AND NOT {may}
"""
_STATEMENTS: Final = parse(
    """
    -- name: level
    SELECT level FROM schema_gate;

    -- Of a process that vacuums: each table is a transaction.
    -- name: seen_of
    SELECT CAST(json_build_array(a.xact_start, a.wait_event, row_to_json(v)) AS TEXT)
    FROM pg_stat_activity a LEFT JOIN pg_stat_progress_vacuum v ON v.pid = a.pid
    WHERE a.pid = $1;
    """,
    source="postgres.py",
)
_LEVEL: Final = _STATEMENTS["level"]
_SEEN_OF: Final = _STATEMENTS["seen_of"]


class PostgresDatabase:
    """A ``Database`` that other servers may use, too.

    Made by ``open``. Belongs to the event loop that was running then.
    """

    def __init__(
        self, pool: Pool, engine: str, version: int, level: int, *, fenced: bool, max_waiting: int
    ) -> None:
        self._pool = pool
        self._schema = SchemaLevel(level)
        self._fenced = fenced
        self._turns = Turns()
        self._together = Together(pool)
        self._reading = READING + pool.options.prologue
        self._writing = WRITING + pool.options.prologue
        self._engine = engine
        self._grants_maintenance = version >= MAINTAIN_VERSION
        self._max_waiting = max_waiting
        self._seconds = pool.options.statement_seconds + GRACE_SECONDS
        self._inside: set[asyncio.Task[Any]] = set()
        self._on_commit: list[Callable[[], None]] = []
        self._closing: asyncio.Task[None] | None = None
        self._refuses = False
        self._following = asyncio.get_running_loop().create_task(
            self._schema.follow(lambda: self.fetchval(_LEVEL))
        )

    @classmethod
    async def open(
        cls,
        options: PostgresOptions,
        *,
        prepare: Callable[[PostgresOptions], Awaitable[int]] | None = prepare_postgres,
        max_waiting: int = MAX_WAITING,
        meter: Meter = NO_METER,
    ) -> PostgresDatabase:
        """Opens a database that is there.

        ``prepare`` is called before anything else; by default it checks the schema and changes
        nothing. It gives the schema's level.

        Raises:
            SchemaMismatch: ``prepare`` found a schema that this server may not use.
            Unavailable: the database cannot be reached.
        """
        level = SERVER_LEVEL if prepare is None else await prepare(options)
        connection = await connect(options)
        try:
            version = connection.get_server_version()
            fenced = await is_fenced(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise Unavailable(
                "the database cannot be used now", retry_after_seconds=RETRY_SECONDS
            ) from error
        finally:
            connection.terminate()
        engine = f"PostgreSQL {version.major}.{version.micro}"
        pool = await Pool.open(options, meter)
        return cls(pool, engine, version.major, level, fenced=fenced, max_waiting=max_waiting)

    async def transaction(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        owner: tuple[str, str] | None = None,
    ) -> T:
        """See ``Database.transaction``."""
        return await self._submit(work, self._writing, owner=owner)

    async def rehearse(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """See ``Database.rehearse``."""
        return await self._submit(work, self._writing, rehearsal=True)

    async def read(self, work: Callable[[Snapshot], Awaitable[T]], *, brief: bool = False) -> T:
        """See ``Database.read``. Nothing here runs on the caller's thread, brief or not."""
        return await self._submit(work, self._reading)

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]:
        """One query, on its own snapshot: all rows."""
        return await self._submit(lambda snapshot: snapshot.fetch(statement, *args), ALONE)

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        """One query, on its own snapshot: the first row."""
        return await self._submit(lambda snapshot: snapshot.fetchrow(statement, *args), ALONE)

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        """One query, on its own snapshot: the first column of the first row, else None."""
        return await self._submit(lambda snapshot: snapshot.fetchval(statement, *args), ALONE)

    @property
    def sole_writer(self) -> bool:
        """Other servers may write, and so may whoever has the password."""
        return False

    @property
    def schema(self) -> SchemaLevel:
        """See ``Database.schema``. Looked at again while it is older than this server."""
        return self._schema

    def on_commit(self, callback: Callable[[], None]) -> None:
        """See ``Database.on_commit``. Only of what was committed through here."""
        self._on_commit.append(callback)

    def refuse(self) -> None:
        """From now on everything is Unavailable: another server has taken over."""
        self._refuses = True

    async def close(self) -> None:
        """See ``Database.close``."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    def occupancy(self) -> Occupancy:
        """How many units are inside, and how many connections there are."""
        return Occupancy({"units": len(self._inside)}, self._pool.connections())

    @property
    def engine(self) -> str:
        """The engine's name and version, for people."""
        return self._engine

    async def size_bytes(self) -> int:
        """What the database takes on the server's disk.

        Raises:
            Unavailable: the database cannot be reached.
        """
        return int(await self._alone("SELECT pg_database_size(current_database())"))

    async def compact(self) -> int:
        """Frees the space of deleted rows for new ones; files do not get smaller, and what was in
        that space stays there until something new is. Gives the number of tables that the role may
        not do this to, which are left to the server's own autovacuum: before PostgreSQL 17 all.

        Raises:
            Unavailable: the database cannot be reached.
        """
        may = "has_table_privilege(oid, 'MAINTAIN')" if self._grants_maintenance else "false"
        left = int(await self._alone(_LEFT_TO_AUTOVACUUM.format(may=may)))
        await self._vacuum()
        return left

    async def copy_to(self, folder: Path, tell: Tell) -> DatabaseCopy:
        """See ``CompactableStorage.copy_to``."""
        return await copy_postgres(self._pool.options, folder, tell)

    async def _alone(self, query: str) -> Any:
        """A statement that reads, beside the pool."""
        async with self._connected() as connection:
            with Patience(connection, self._seconds):
                return await connection.fetchval(query)

    async def _vacuum(self) -> None:
        """It takes as long as there are rows, and says nothing: while it does, the server has to
        answer others, and what others see of it has to change."""
        async with self._connected() as connection:
            pid, seen, silences = connection.get_server_pid(), None, 0
            # Sent alone and without arguments, as it has to be: by the simple protocol.
            work = asyncio.ensure_future(connection.execute("VACUUM"))
            try:
                while not (await asyncio.wait([work], timeout=self._seconds))[0]:
                    with contextlib.suppress(ResourceExhausted):
                        last, seen = seen, await self.fetchval(_SEEN_OF, pid)
                        # A pooler has numbers of its own for them: there it is not seen at all.
                        silences = silences + 1 if seen is not None and seen == last else 0
                    if silences >= VACUUM_SILENCES:
                        raise Unavailable(
                            "nothing is heard of the compaction, or it waits for a table too long",
                            retry_after_seconds=RETRY_SECONDS,
                        )
                work.result()
            finally:
                connection.terminate()
                await asyncio.gather(work, return_exceptions=True)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A connection of its own, that ends without a word."""
        connection = await connect(self._pool.options)
        try:
            yield connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise Unavailable(
                "the database cannot be used now", retry_after_seconds=RETRY_SECONDS
            ) from error
        finally:
            connection.terminate()

    async def _close(self) -> None:
        self._following.cancel()
        while self._inside:
            await asyncio.wait(self._inside)
        await self._pool.close()

    async def _submit(
        self,
        work: Callable[[Any], Awaitable[T]],
        mode: str,
        *,
        rehearsal: bool = False,
        owner: Owner | None = None,
    ) -> T:
        if self._closing is not None:
            raise Unavailable("the database is closed", retry_after_seconds=RETRY_SECONDS)
        if self._refuses:
            raise Unavailable("another server serves now", retry_after_seconds=RETRY_SECONDS)
        if len(self._inside) >= self._max_waiting:
            raise ResourceExhausted(
                "too many requests are waiting for the database",
                retry_after_seconds=RETRY_SECONDS,
            )
        if self._fenced:
            # Also a statement that could have run alone has to say whose it is.
            mode = f"{mode or self._reading}; {declaration()}"
        unit: Unit[T] | SharedUnit[T]
        if owner is None:
            unit = Unit(self._pool, self._turns, mode, work, rehearsal=rehearsal)
        else:
            unit = SharedUnit(self._together, self._pool, self._turns, mode, work, owner)
        # A task of its own: what has begun goes on when its caller leaves.
        task = asyncio.create_task(self._run(unit))
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            unit.leave(task)
            raise

    async def _run(self, unit: Unit[T] | SharedUnit[T]) -> T:
        result = await unit.run()
        if unit.changed:
            for callback in self._on_commit:
                callback()
        return result
