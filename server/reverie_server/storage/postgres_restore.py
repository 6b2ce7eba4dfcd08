"""A backup of PostgreSQL becomes the rows of a database, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import asyncpg

from reverie_server.errors import Unavailable
from reverie_server.storage import deployment
from reverie_server.storage.backup_folder import Tell, verify
from reverie_server.storage.backup_manifest import CopiedTable, DamagedBackup, Manifest
from reverie_server.storage.database import Row, Value
from reverie_server.storage.postgres_backup import COLUMNS, OF_THE_SCHEMA, quoted
from reverie_server.storage.postgres_errors import RETRY_SECONDS
from reverie_server.storage.postgres_fence import EVERYTHING
from reverie_server.storage.postgres_lease import LEASE_SECONDS, TAKE
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_pool import connect
from reverie_server.storage.postgres_schema import migrate_postgres, read_gate
from reverie_server.storage.restoring import CannotRestore, NotEmpty, settle
from reverie_server.storage.schema import EMPTY, SERVER_LEVEL, SchemaMismatch
from reverie_server.storage.statements import Statement
from reverie_server.storage.tombstone_ledger import NOTHING_FORGOTTEN, Ledger, read_ledger

_OF_SERVERS: Final = frozenset({"deployment", "leases"})
"""Tables in which a server writes something as soon as it starts, or a migration: they may have
rows."""
_REFERENCES: Final = """
    SELECT c.relname, f.relname FROM pg_constraint o
    JOIN pg_class c ON c.oid = o.conrelid JOIN pg_class f ON f.oid = o.confrelid
    WHERE o.contype = 'f' AND c.relnamespace = CAST(current_schema() AS regnamespace)
"""
_HOLDER: Final = "restore"
"""Of the servers' lease."""
_LEFT: Final = """
    SELECT CAST(convert_from(value, 'UTF8')::json ->> 'until' AS DOUBLE PRECISION)
        - CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)
    FROM deployment WHERE name = 'server'
"""
_STAGED: Final = "restored_rows"
_DAMAGED: Final = (
    asyncpg.DataCorruptedError,
    asyncpg.IndexCorruptedError,
    # So it calls a page or a file that it cannot read.
    asyncpg.PostgresIOError,
)
_TROUBLES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


async def restore_postgres(
    backup: Path,
    manifest: Manifest,
    options: PostgresOptions,
    ledger: Ledger | None,
    *,
    replace: bool,
    now: int,
    tell: Tell,
) -> None:
    """Needs a role that may make tables where there are none yet, and otherwise no more than a
    server's own. See ``restore_sqlite``.

    Raises:
        NotEmpty: there are rows, and ``replace`` is not set.
        CannotRestore: a server serves it, it is damaged, or its schema is not the backup's.
        DamagedBackup: the backup is not as it was written.
        SchemaMismatch: it is of a newer release.
        ForeignLedger: the ledger is not of this deployment.
        MigrationFailed, Unavailable: the database cannot be used.
    """
    verify(backup, manifest, lambda share: tell(0.3 * share))
    level = manifest.database.schema_level
    if level > SERVER_LEVEL:
        raise SchemaMismatch(
            f"The backup has schema {level} and this release knows {SERVER_LEVEL}: install the"
            f" release that wrote it, {manifest.server_version}, or a newer one."
        )
    gate = await read_gate(options)
    if gate == EMPTY:
        await migrate_postgres(options, f"{level:04}")
    elif gate.level != level:
        raise CannotRestore(
            f"The database has schema {gate.level} and the backup {level}: restore into a database"
            " without any tables, as the role that owns it."
        )
    connection = await connect(options)
    try:
        async with connection.transaction():
            await connection.execute(EVERYTHING)
            tx = _Transaction(connection)
            columns = await _columns(connection)
            await _make_room(connection, columns, replace=replace)
            if ledger is not None:
                ledger = ledger.joined(await read_ledger(tx))
            replaced_index = await deployment.shared_index(tx)
            order = await _order(connection, columns)
            for table in reversed(order):
                await connection.execute(f"DELETE FROM {quoted(table)}")  # noqa: S608 - quoted
            done, total = 0, manifest.size_bytes or 1
            for name, copied in manifest.database.tables.items():
                if not set(copied.columns) <= columns.get(name, set()):
                    raise DamagedBackup(f"its table {name} is not one of schema {level}")
            for name in order:
                if name not in manifest.database.tables:
                    continue
                copied = manifest.database.tables[name]
                await _load(connection, backup, name, copied)
                done += manifest.files[copied.file].bytes
                tell(0.3 + 0.65 * done / total)
            forgotten = ledger or NOTHING_FORGOTTEN
            await settle(
                tx,
                forgotten,
                backup_time=manifest.backup_time,
                now=now,
                replaced_index=replaced_index,
            )
    except _TROUBLES as error:
        raise _meaning(error) from error
    finally:
        connection.terminate()
    if level < SERVER_LEVEL:
        await migrate_postgres(options)
    tell(1.0)


def _meaning(error: Exception) -> Exception:
    if isinstance(error, _DAMAGED):
        return CannotRestore(
            f"The database is damaged (SQLSTATE {error.sqlstate}): make a new one, and restore"
            " into that. What was forgotten since the backup is known beside it, or name a file"
            " with --tombstones."
        )
    return Unavailable("the database cannot be used now", retry_after_seconds=RETRY_SECONDS)


async def _columns(connection: asyncpg.Connection[Any]) -> dict[str, set[str]]:
    """Of every table whose rows are a deployment's."""
    found: dict[str, set[str]] = {}
    for table, column, _ in await connection.fetch(COLUMNS):
        if table not in OF_THE_SCHEMA:
            found.setdefault(table, set()).add(column)
    return found


async def _order(connection: asyncpg.Connection[Any], tables: Iterable[str]) -> list[str]:
    """The tables, each behind those that its rows refer to."""
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
    for table, referred_to in await connection.fetch(_REFERENCES):
        if table != referred_to:
            sorter.add(table, referred_to)
    return list(sorter.static_order())


async def _make_room(
    connection: asyncpg.Connection[Any], tables: Iterable[str], *, replace: bool
) -> None:
    """Makes sure that nobody serves the database, and that what is in it may go.

    The lease of servers is taken, in the transaction of all the rest: whoever would serve meanwhile
    waits for that to end, and when it has, the lease is nobody's (``deployment.begin_anew``).
    """
    taken = await connection.execute(TAKE.postgres, _HOLDER, LEASE_SECONDS)
    if taken.rpartition(" ")[2] != "1":
        left = await connection.fetchval(_LEFT)
        raise CannotRestore(
            "A server serves this database: stop it first, or wait"
            f" {max(1.0, left or 0.0):.0f} seconds if it has just ended."
        )
    if replace:
        return
    for table in sorted(set(tables) - _OF_SERVERS):
        query = f"SELECT EXISTS (SELECT 1 FROM {quoted(table)})"  # noqa: S608 - quoted
        if await connection.fetchval(query):
            raise NotEmpty(
                f"The database has rows in {table} already: name an empty one with"
                " REVERIE_DATABASE_URL, or replace what is there with --replace."
            )


async def _load(
    connection: asyncpg.Connection[Any], backup: Path, name: str, table: CopiedTable
) -> None:
    # Not copied into the table itself: PostgreSQL does not do that where row-level security holds.
    columns = ", ".join(map(quoted, table.columns))
    target = quoted(name)
    await connection.execute(
        f"CREATE TEMPORARY TABLE {_STAGED} ON COMMIT DROP AS"  # noqa: S608 - all of it is quoted
        f" SELECT {columns} FROM {target} WITH NO DATA"
    )
    await connection.copy_to_table(_STAGED, source=backup / table.file, columns=list(table.columns))
    status = await connection.execute(
        f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {_STAGED}"  # noqa: S608
    )
    await connection.execute(f"DROP TABLE {_STAGED}")
    if int(status.rpartition(" ")[2]) != table.rows:
        raise DamagedBackup(f"its file {table.file} has not as many rows as its manifest says")


class _Transaction:
    """A ``Transaction`` on a connection that is in one already, and is nobody else's."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self._connection = connection

    async def take_turn(self, workspace_id: str, user_id: str, *, recorded: bool = False) -> None:
        """Nobody else is there."""

    async def long_stretch(self) -> None:
        """Nobody else is there."""

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]:
        rows = await self._connection.fetch(statement.postgres, *args)
        return [dict(row.items()) for row in rows]

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        row = await self._connection.fetchrow(statement.postgres, *args)
        return None if row is None else dict(row.items())

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        return await self._connection.fetchval(statement.postgres, *args)

    async def execute(self, statement: Statement, *args: Value) -> int:
        status = await self._connection.execute(statement.postgres, *args)
        rows = status.rpartition(" ")[2]
        return int(rows) if rows.isdecimal() else 0

    async def executemany(self, statement: Statement, rows: Iterable[tuple[Value, ...]]) -> None:
        await self._connection.executemany(statement.postgres, rows)
