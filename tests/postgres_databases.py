"""Databases on the PostgreSQL of the tests. A conftest imports the fixtures it wants to offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import asyncpg
import pytest

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_server import SERVING_ROLE, PostgresServer

KEPT: Final = ("schema_gate", "alembic_version")
"""Tables whose rows belong to the schema."""
_TABLES: Final = """
    SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND NOT tablename = ANY($1::text[])
"""
_HANG_UP: Final = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class PostgresDatabases:
    """What databases a server has, and how they are emptied."""

    server: PostgresServer

    def as_owner(self, options: PostgresOptions) -> PostgresOptions:
        """The same database for the role that may do everything."""
        return replace(options, url=options.url.replace(f"{SERVING_ROLE}@", "postgres@"))

    def as_server(self, name: str) -> PostgresOptions:
        """A database for the role that servers are."""
        return PostgresOptions(self.server.url(name, SERVING_ROLE))

    async def create(self, name: str, template: str = "template0") -> PostgresOptions:
        """A database with what its template has: without one, nothing."""
        connection = await asyncpg.connect(self.server.url())
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        await connection.close()
        return PostgresOptions(self.server.url(name))

    async def drop_tables(self, options: PostgresOptions) -> None:
        """Leaves nothing in it."""
        connection = await asyncpg.connect(options.url)
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        await connection.close()

    async def empty(self, options: PostgresOptions) -> None:
        """Leaves nothing in it but the schema, and nobody connected."""
        connection = await asyncpg.connect(self.as_owner(options).url)
        await connection.execute(_HANG_UP)
        tables = await connection.fetch(_TABLES, list(KEPT))
        deletions = (f"DELETE FROM {table}" for (table,) in tables)  # noqa: S608 - quoted above
        await connection.execute("; ".join(deletions))
        await connection.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """This worker's PostgreSQL."""
    server = PostgresServer.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_databases(postgres: PostgresServer) -> PostgresDatabases:
    return PostgresDatabases(postgres)


@pytest.fixture(scope="session")
async def kept_bare(postgres_databases: PostgresDatabases) -> PostgresOptions:
    """One database for all tests that make their own tables."""
    return await postgres_databases.create("bare")


@pytest.fixture(scope="session")
async def kept_migrated(postgres_databases: PostgresDatabases) -> PostgresOptions:
    """One database for all tests that need the server's tables."""
    options = await postgres_databases.create("migrated")
    await migrate_postgres(options, grant_to=SERVING_ROLE)
    return postgres_databases.as_server("migrated")


@pytest.fixture
async def bare_postgres(
    kept_bare: PostgresOptions, postgres_databases: PostgresDatabases
) -> PostgresOptions:
    """An empty database, for one test at a time."""
    await postgres_databases.drop_tables(kept_bare)
    return kept_bare


@pytest.fixture
async def migrated_postgres(
    kept_migrated: PostgresOptions, postgres_databases: PostgresDatabases
) -> PostgresOptions:
    """A database with the server's schema and nothing else, for one test at a time."""
    await postgres_databases.empty(kept_migrated)
    return kept_migrated
