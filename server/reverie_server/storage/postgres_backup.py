"""A copy of a PostgreSQL database while it is written to.

All tables are copied in one transaction that sees one moment, over the protocol that every client
speaks: no program of PostgreSQL's is needed here, and no superuser. The server's own role reads
everything, because the transaction says that it is nobody's in particular (``postgres_fence.py``).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import asyncpg

from reverie_server.errors import Unavailable
from reverie_server.storage.backup_folder import Tell, unwritable
from reverie_server.storage.backup_manifest import CopiedTable, DatabaseCopy
from reverie_server.storage.deployment import id_of
from reverie_server.storage.postgres_errors import RETRY_SECONDS
from reverie_server.storage.postgres_fence import EVERYTHING
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_patience import Patience
from reverie_server.storage.postgres_pool import GRACE_SECONDS, connect
from reverie_server.storage.postgres_transaction import READING

SILENCES: Final = 4
"""A copy may take any time, but so many times as long as a statement may is the longest in which
nothing of it comes: rows that were deleted are passed over without a word."""
OF_THE_SCHEMA: Final = ("alembic_version", "schema_gate")
"""Tables whose rows come with the schema."""
COLUMNS: Final = """
    SELECT c.relname, a.attname, CAST(pg_table_size(c.oid) AS BIGINT)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')
        AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY c.relname, a.attnum
"""

_TROUBLES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


async def copy_postgres(options: PostgresOptions, folder: Path, tell: Tell) -> DatabaseCopy:
    """Copies every table into a file of a folder.

    Raises:
        ResourceExhausted: the disk is full.
        Unavailable: the database or the folder cannot be used.
    """
    connection = await connect(options)
    seconds = SILENCES * (options.statement_seconds + GRACE_SECONDS)
    try:
        with Patience(connection, seconds) as patience:
            # It ends with its connection: to end it politely would mean to wait for an answer.
            await connection.execute(f"{READING}; {EVERYTHING}")
            return await _copy(connection, folder, tell, patience)
    except _TROUBLES as error:
        raise Unavailable(
            "the database cannot be used now", retry_after_seconds=RETRY_SECONDS
        ) from error
    finally:
        connection.terminate()


def quoted(name: str) -> str:
    """An identifier in SQL."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


async def _copy(
    connection: asyncpg.Connection[Any], folder: Path, tell: Tell, patience: Patience
) -> DatabaseCopy:
    columns: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for table, column, size in await connection.fetch(COLUMNS):
        columns.setdefault(table, []).append(column)
        sizes[table] = size
    total, done = sum(sizes.values()) or 1, 0
    tables = {}
    for table, names in columns.items():
        if table not in OF_THE_SCHEMA:
            tables[table] = await _copy_table(connection, folder, table, names, patience)
        done += sizes[table]
        tell(done / total)
    version = connection.get_server_version()
    embedder = await connection.fetchval("SELECT value FROM deployment WHERE name = 'embedder'")
    key = await connection.fetchval("SELECT value FROM deployment WHERE name = 'tombstone_key'")
    return DatabaseCopy(
        engine="postgresql",
        engine_version=f"PostgreSQL {version.major}.{version.micro}",
        schema_level=await connection.fetchval("SELECT level FROM schema_gate"),
        embedder=bytes(embedder or b"").decode(),
        tables=tables,
        deployment_id=id_of(bytes(key or b"")),
    )


async def _copy_table(
    connection: asyncpg.Connection[Any],
    folder: Path,
    table: str,
    columns: list[str],
    patience: Patience,
) -> CopiedTable:
    path = folder / f"{table}.copy"
    patience.rest()
    try:
        # Opened and closed beside the loop, as each piece is written: disks can be slow.
        file = await asyncio.to_thread(path.open, "wb")
    except OSError as error:
        raise unwritable(folder.parent, error) from error

    async def write(piece: bytes) -> None:
        patience.rest()
        try:
            await asyncio.to_thread(file.write, piece)
        except OSError as error:
            raise unwritable(folder.parent, error) from error
        patience.wait()

    patience.wait()
    try:
        names = ", ".join(map(quoted, columns))
        status = await connection.copy_from_query(
            f"SELECT {names} FROM {quoted(table)}",  # noqa: S608 - names of the database itself
            output=write,
        )
    finally:
        patience.rest()
        await asyncio.to_thread(file.close)
    patience.wait()
    return CopiedTable(int(status.rpartition(" ")[2]), tuple(columns), path.name)
