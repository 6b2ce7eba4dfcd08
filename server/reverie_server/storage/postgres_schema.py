"""The schema of a PostgreSQL database: whether this server can use it, and how it gets there."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg

from reverie_server.errors import Unavailable
from reverie_server.storage.postgres_errors import RETRY_SECONDS
from reverie_server.storage.postgres_fence import EVERYTHING, check_fence, fence
from reverie_server.storage.postgres_options import NOT_LET_IN, PostgresOptions
from reverie_server.storage.postgres_pool import connect
from reverie_server.storage.schema import (
    EMPTY,
    OLDEST_LEVEL,
    SERVER_LEVEL,
    MigrationFailed,
    SchemaGate,
    SchemaMismatch,
    run_migrations,
)

OLDEST_VERSION: Final = 14
MIGRATION_LOCK: Final = 7_266_583_745_821
"""The advisory lock that whoever migrates holds: any number, but always the same one."""
MIGRATION_LOCK_SECONDS: Final = 2.0
"""How long a statement of a migration waits for a table that servers use: meanwhile they wait
behind it, and they give up after ``PostgresOptions.lock_seconds``."""
MIGRATION_ATTEMPTS: Final = 30
MIGRATION_PAUSE_SECONDS: Final = 1.0
"""Between two attempts: so long servers have the tables for themselves."""
_IN_THE_WAY: Final = frozenset({"55P03", "40P01"})
"""SQLSTATEs: the lock was not given, or there was a deadlock with a server."""
_LET_IN: Final = """
    SELECT DISTINCT pg_get_userbyid(grantee) FROM pg_class c, aclexplode(c.relacl)
    WHERE c.oid = to_regclass('users') AND privilege_type = 'INSERT'
        AND grantee NOT IN (0, c.relowner)
"""
"""The roles that servers are: they write users, and who may only read is none."""
_TROUBLES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
REMEDY: Final = (
    "`reverie migrate`, run as its owner, migrates it, and `--grant-to ROLE` lets the server in"
)


async def prepare_postgres(
    options: PostgresOptions,
    *,
    server_level: int = SERVER_LEVEL,
    oldest_level: int = OLDEST_LEVEL,
) -> int:
    """Makes sure that this server can use the database, changes nothing, and gives the schema's
    level.

    Raises:
        SchemaMismatch: the schema is out of range, or the database is not as it must be.
        Unavailable: the database cannot be reached.
    """
    gate = await read_gate(options)
    gate.check(server_level, oldest_level=oldest_level, remedy=REMEDY)
    connection = await connect(options)
    try:
        await check_fence(connection, options.unfenced_role)
    except _TROUBLES as error:
        raise _away() from error
    finally:
        connection.terminate()
    return gate.level


async def read_gate(options: PostgresOptions) -> SchemaGate:
    """The database's gate; that of an empty schema when nothing of ours is there yet.

    Raises:
        SchemaMismatch: the server is too old, or the database not in UTF-8.
        Unavailable: the database cannot be reached.
    """
    connection = await connect(options)
    try:
        version = connection.get_server_version()
        if version.major < OLDEST_VERSION:
            raise SchemaMismatch(
                f"The database server is PostgreSQL {version.major}, and this server needs"
                f" {OLDEST_VERSION} or later."
            )
        encoding = await connection.fetchval("SHOW server_encoding")
        if encoding != "UTF8":
            raise SchemaMismatch(
                f"The database stores text as {encoding}: create one with ENCODING 'UTF8'."
            )
        if await connection.fetchval("SELECT to_regclass('schema_gate') IS NULL"):
            return EMPTY
        row = await connection.fetchrow(
            "SELECT level, oldest_reader, oldest_writer FROM schema_gate"
        )
    except _TROUBLES as error:
        raise _away() from error
    finally:
        connection.terminate()
    return EMPTY if row is None else SchemaGate(*row)


async def migrate_postgres(
    options: PostgresOptions, target: str = "head", *, grant_to: str | None = None
) -> None:
    """Runs all missing migrations in one transaction: killed at any moment, it leaves the old
    schema whole. Two that migrate at once wait for each other. Servers may serve meanwhile: it
    waits for their transactions a moment only, and tries again.

    Args:
        grant_to: the role that servers will be; it is given what they need. Roles that have been
            let in before are let in to what is new.

    Raises:
        MigrationFailed: what the database says against it, or servers were always in the way.
        Unavailable: the database cannot be reached.
    """
    # Imported here: half a second that a server with a current schema does not spend.
    from sqlalchemy import Connection, pool, text  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    def migrate(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.execute(text(EVERYTHING))
        connection.execute(text(f"SET LOCAL lock_timeout = {MIGRATION_LOCK_SECONDS * 1_000:.0f}"))
        let_in = {role for (role,) in connection.execute(text(_LET_IN))}
        run_migrations(connection, target)
        fence(connection, let_in if grant_to is None else let_in | {grant_to})

    engine = create_async_engine(
        "postgresql+asyncpg://",
        poolclass=pool.NullPool,
        async_creator=lambda: connect(options),
    )
    try:
        for attempt in range(1, MIGRATION_ATTEMPTS + 1):
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(migrate)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                in_the_way = state in _IN_THE_WAY
                if not in_the_way or attempt == MIGRATION_ATTEMPTS:
                    because = f"The migration has changed nothing: {error.orig}"
                    if state in NOT_LET_IN:
                        because += "; migrate as the owner of the database, not as the server"
                    raise MigrationFailed(because) from error
            else:
                return
            await asyncio.sleep(MIGRATION_PAUSE_SECONDS)
    finally:
        await engine.dispose()


def _away() -> Unavailable:
    return Unavailable("the database cannot be used now", retry_after_seconds=RETRY_SECONDS)
