"""Servers on one PostgreSQL, for tests that disturb it. Imported for its fixtures, too."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction, Value
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import Statement, parse
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import PostgresServer
from tests.storage.conftest import add_owners_to

STATEMENTS = parse(
    """
    -- name: pid
    SELECT CAST(pg_backend_pid() AS BIGINT);
    -- name: sleep
    SELECT CAST(pg_sleep($1) AS TEXT);
    -- name: prepared
    SELECT COUNT(*) FROM pg_prepared_statements WHERE name <> '';
    -- name: setting
    SELECT current_setting($1);
    """,
    source="tests",
)
PID, SLEEP, SETTING = STATEMENTS["pid"], STATEMENTS["sleep"], STATEMENTS["setting"]
PREPARED = STATEMENTS["prepared"]


@contextlib.asynccontextmanager
async def opened(options: PostgresOptions) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.open(options, prepare=None)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def two(migrated_postgres: PostgresOptions) -> AsyncIterator[list[PostgresDatabase]]:
    """Two servers' views of one database that has the workspace ``w`` and its users."""
    async with opened(migrated_postgres) as one, opened(migrated_postgres) as other:
        await add_owners_to(one)
        yield [one, other]


@pytest.fixture
async def admin(
    migrated_postgres: PostgresOptions, postgres_databases: PostgresDatabases
) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is not the server's."""
    connection = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    yield connection
    await connection.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """One that the test may crash."""
    server = PostgresServer.start()
    yield server
    server.stop()


async def bump(db: Database, user_id: str = "u") -> int:
    return await db.transaction(lambda tx: revision.bump(tx, "w", user_id))


async def pid_of(snapshot: Snapshot) -> int:
    return int(await snapshot.fetchval(PID))


async def execute_row(statement: Statement, row: tuple[Value, ...], tx: Transaction) -> None:
    await tx.execute(statement, *row)


def options_of(database: PostgresDatabase) -> PostgresOptions:
    return database._pool.options


async def terminate_ours(admin: asyncpg.Connection) -> None:
    """Kills every backend that a server has in this database."""
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'reverie' AND datname = current_database()"
    )
