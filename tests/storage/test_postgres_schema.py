"""One migration script for both engines: PostgreSQL gets the same schema, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import apsw
import asyncpg
import pytest

from reverie_server.errors import Unavailable
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres, prepare_postgres, read_gate
from reverie_server.storage.schema import (
    EMPTY,
    SERVER_LEVEL,
    MigrationFailed,
    SchemaMismatch,
    migrate_sqlite,
)
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import SERVING_ROLE

TYPES = {
    "bigint": "BIGINT",
    "bytea": "BLOB",
    "double precision": "DOUBLE",
    "smallint": "SMALLINT",
    "text": "TEXT",
}
COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable = 'NO', collation_name
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
KEYS = """
    SELECT t.relname, i.relname, x.indisunique, ARRAY(
        SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY k (number, place)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place
    )
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = 'public' AND t.relname <> 'alembic_version'
"""


@pytest.fixture
async def connection(
    migrated_postgres: PostgresOptions, postgres_databases: PostgresDatabases
) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    yield connection
    await connection.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> apsw.Connection:
    """The schema as the other engine has it."""
    migrate_sqlite(tmp_path / "reverie.db")
    return apsw.Connection(str(tmp_path / "reverie.db"))


async def test_both_engines_have_the_same_columns(
    connection: asyncpg.Connection, sqlite: apsw.Connection
) -> None:
    there = {
        (table, column, TYPES[type_], required)
        for table, column, type_, required, _ in await connection.fetch(COLUMNS)
    }
    here = {
        (table, column, type_, bool(required))
        for table in tables(sqlite)
        for _, column, type_, required, _, _ in sqlite.execute(f"PRAGMA table_info({table})")
    }
    assert there == here


async def test_both_engines_have_the_same_keys(
    connection: asyncpg.Connection, sqlite: apsw.Connection
) -> None:
    there = {
        (table, "key" if name.endswith("_pkey") else name, unique, tuple(columns))
        for table, name, unique, columns in await connection.fetch(KEYS)
    }
    here = set()
    for table in tables(sqlite):
        for _, name, unique, _, _ in sqlite.execute(f"PRAGMA index_list({table})"):
            columns = tuple(row[2] for row in sqlite.execute(f"PRAGMA index_info({name})"))
            own = "key" if name.startswith("sqlite_autoindex") else name
            here.add((table, own, bool(unique), columns))
    # SQLite keeps a key of one integer in the table itself.
    here.add(("schema_gate", "key", True, ("gate",)))
    assert there == here


async def test_text_is_in_the_order_of_its_bytes_whatever_the_locale(
    connection: asyncpg.Connection,
) -> None:
    assert {
        collation for *_, type_, _, collation in await connection.fetch(COLUMNS) if type_ == "text"
    } == {"C"}


async def test_an_empty_database_is_refused_with_the_command_that_helps(
    bare_postgres: PostgresOptions,
) -> None:
    assert await read_gate(bare_postgres) == EMPTY
    with pytest.raises(SchemaMismatch, match=r"schema 0 .* `reverie migrate`, run as its owner,"):
        await PostgresDatabase.open(bare_postgres)
    assert await read_gate(bare_postgres) == EMPTY


async def test_two_that_migrate_at_once_wait_for_each_other(
    bare_postgres: PostgresOptions,
) -> None:
    await asyncio.gather(*(migrate_postgres(bare_postgres) for _ in range(2)))
    await prepare_postgres(replace(bare_postgres, unfenced_role="postgres"))
    assert (await read_gate(bare_postgres)).level == SERVER_LEVEL


async def test_who_may_only_read_does_not_get_to_write(bare_postgres: PostgresOptions) -> None:
    await migrate_postgres(bare_postgres, "0001", grant_to=SERVING_ROLE)
    connection = await asyncpg.connect(bare_postgres.url)
    await connection.execute("CREATE ROLE auditor")
    try:
        await connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor")
        await migrate_postgres(bare_postgres)
        may = "SELECT has_table_privilege($1, $2, 'INSERT, UPDATE, DELETE')"
        assert not await connection.fetchval(may, "auditor", "users")
        assert not await connection.fetchval(may, "auditor", "facts")
        assert await connection.fetchval(may, SERVING_ROLE, "facts"), "it was let in before"
    finally:
        await connection.execute("DROP OWNED BY auditor; DROP ROLE auditor")
        await connection.close()


async def test_a_migration_that_fails_leaves_nothing(bare_postgres: PostgresOptions) -> None:
    connection = await asyncpg.connect(bare_postgres.url)
    await connection.execute("CREATE TABLE facts (in_the_way TEXT)")
    with pytest.raises(MigrationFailed, match="facts"):
        await migrate_postgres(bare_postgres)
    found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert [table for (table,) in found] == ["facts"]


async def test_a_server_outside_the_range_of_the_schema_is_refused(
    migrated_postgres: PostgresOptions, connection: asyncpg.Connection
) -> None:
    await prepare_postgres(migrated_postgres)
    with pytest.raises(SchemaMismatch, match="migrate"):
        await prepare_postgres(migrated_postgres, oldest_level=SERVER_LEVEL + 1)
    with pytest.raises(SchemaMismatch, match="too old"):
        await prepare_postgres(migrated_postgres, server_level=0)


async def test_a_database_in_another_encoding_is_refused(
    postgres_databases: PostgresDatabases, bare_postgres: PostgresOptions
) -> None:
    connection = await asyncpg.connect(bare_postgres.url)
    await connection.execute("DROP DATABASE IF EXISTS latin")
    await connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    await connection.close()
    with pytest.raises(SchemaMismatch, match="LATIN1"):
        await read_gate(PostgresOptions(postgres_databases.server.url("latin")))


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    options = PostgresOptions(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(Unavailable):
        await prepare_postgres(replace(options, acquire_seconds=0.5))


def tables(sqlite: apsw.Connection) -> list[str]:
    found = sqlite.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [name for (name,) in found if name != "alembic_version"]
