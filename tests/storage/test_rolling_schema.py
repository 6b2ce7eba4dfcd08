"""Old servers go on on a new schema, and new servers begin on an old one: what that asks of
migrations and of statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from reverie_server.errors import Unavailable
from reverie_server.storage import postgres_schema
from reverie_server.storage.leases import LEASES_LEVEL
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres, read_gate
from reverie_server.storage.schema import (
    OLDEST_LEVEL,
    SERVER_LEVEL,
    SchemaGate,
    SchemaMismatch,
)
from reverie_server.storage.schema_level import SchemaLevel
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import SERVING_ROLE
from tests.storage.test_postgres_statements import statements

NEWER: Final[dict[str, int]] = {
    "jobs/queries.sql: claim_next": LEASES_LEVEL,
    "jobs/queries.sql: extend": LEASES_LEVEL,
    "jobs/queries.sql: note_step": LEASES_LEVEL,
    "jobs/queries.sql: succeed": LEASES_LEVEL,
    "jobs/queries.sql: fail": LEASES_LEVEL,
    "jobs/queries.sql: postpone": LEASES_LEVEL,
    "jobs/queries.sql: release": LEASES_LEVEL,
    "jobs/queries.sql: fail_interrupted": LEASES_LEVEL,
    "jobs/queries.sql: release_interrupted": LEASES_LEVEL,
    "storage/leases.sql: take": LEASES_LEVEL,
    "storage/leases.sql: put": LEASES_LEVEL,
    "storage/leases.sql: take_free": LEASES_LEVEL,
    "storage/leases.sql: renew": LEASES_LEVEL,
    "storage/leases.sql: give_up": LEASES_LEVEL,
    "storage/leases.sql: hold": LEASES_LEVEL,
    "storage/leases.sql: is_taken": LEASES_LEVEL,
    "storage/leases.sql: count_held": LEASES_LEVEL,
    "storage/leases.sql: forget": LEASES_LEVEL,
    "storage/leases.sql: sweep": LEASES_LEVEL,
}
"""Statements that need a newer schema than ``OLDEST_LEVEL``, and which: whoever uses them asks
``Database.schema`` first."""

COLUMNS: Final = """
    SELECT table_name, column_name, is_nullable = 'YES' OR column_default IS NOT NULL
    FROM information_schema.columns WHERE table_schema = 'public'
"""
GOES_WITH_USERS: Final = """
    SELECT conrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND confrelid = 'users'::regclass AND confdeltype = 'c'
"""

BLOCKED: Final = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'relation'"


@pytest.fixture
async def old(postgres_databases: PostgresDatabases) -> AsyncIterator[asyncpg.Connection]:
    """A database with the oldest schema that this server serves on."""
    options = await postgres_databases.create("old_schema")
    await migrate_postgres(options, f"{OLDEST_LEVEL:04d}")
    connection = await asyncpg.connect(options.url)
    yield connection
    await connection.close()


@pytest.fixture
async def new(
    migrated_postgres: PostgresOptions, postgres_databases: PostgresDatabases
) -> AsyncIterator[asyncpg.Connection]:
    """One with the schema that this server was made for."""
    connection = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    yield connection
    await connection.close()


async def test_what_needs_a_newer_schema_than_the_oldest_says_so(old: asyncpg.Connection) -> None:
    refused: dict[str, str] = {}
    for where, _, statement in statements():
        try:
            await old.prepare(statement.postgres)
        except asyncpg.PostgresError as error:
            refused[where] = str(error)
    assert refused.keys() == NEWER.keys(), refused
    assert all(OLDEST_LEVEL < level <= SERVER_LEVEL for level in NEWER.values())


async def test_migrations_only_expand(old: asyncpg.Connection, new: asyncpg.Connection) -> None:
    before = {(table, column): free for table, column, free in await old.fetch(COLUMNS)}
    after = {(table, column): free for table, column, free in await new.fetch(COLUMNS)}
    assert before.keys() <= after.keys(), "an old server needs them"
    tables = {table for table, _ in before}
    for (table, column), free in after.items():
        if (table, column) not in before and table in tables:
            assert free, f"an old server puts nothing into {table}.{column}"
        elif (table, column) in before:
            assert free or not before[table, column], f"an old server may leave {table}.{column}"


async def test_rows_of_users_go_also_when_an_old_server_deletes_the_user(
    old: asyncpg.Connection, new: asyncpg.Connection
) -> None:
    known = {table for table, _, _ in await old.fetch(COLUMNS)}
    of_users = {table for table, column, _ in await new.fetch(COLUMNS) if column == "user_id"}
    cascading = {table for (table,) in await new.fetch(GOES_WITH_USERS)}
    assert of_users - known <= cascading


async def test_old_servers_may_go_on(migrated_postgres: PostgresOptions) -> None:
    gate = await read_gate(migrated_postgres)
    assert max(gate.oldest_reader, gate.oldest_writer) <= OLDEST_LEVEL


def test_below_the_oldest_schema_nothing_is_served() -> None:
    SchemaGate(3, 1, 1).check(5, oldest_level=3)
    for oldest in (4, None):
        with pytest.raises(SchemaMismatch, match="schema 3 and this server needs 5"):
            SchemaGate(3, 1, 1).check(5, oldest_level=oldest)


async def test_a_server_on_an_older_schema_notices_when_it_is_migrated(
    migrated_postgres: PostgresOptions,
) -> None:
    async def was_older(_: PostgresOptions) -> int:
        return SERVER_LEVEL - 1

    db = await PostgresDatabase.open(migrated_postgres, prepare=was_older)
    with pytest.raises(Unavailable, match=f"needs schema {SERVER_LEVEL}") as caught:
        db.schema.demand(SERVER_LEVEL)
    assert caught.value.retry_after_seconds
    await db.schema.reached(SERVER_LEVEL)
    db.schema.demand(SERVER_LEVEL)
    await db.close()


async def test_who_waits_for_a_schema_goes_on_when_it_is_there() -> None:
    schema = SchemaLevel(3)
    waits = {level: asyncio.create_task(schema.reached(level)) for level in (3, 4, 5)}
    for risen, done in ((3, {3}), (4, {3, 4}), (2, {3, 4}), (6, {3, 4, 5})):
        schema.rise(risen)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert {level for level, wait in waits.items() if wait.done()} == done
    assert schema.now == 6


async def test_a_migration_lets_others_go_first_and_servers_in_to_what_is_new(
    postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_schema, "MIGRATION_LOCK_SECONDS", 0.05)
    monkeypatch.setattr(postgres_schema, "MIGRATION_PAUSE_SECONDS", 0.05)
    options = await postgres_databases.create("waited_for")
    await migrate_postgres(options, "0001", grant_to=SERVING_ROLE)
    other, observer = [await asyncpg.connect(options.url) for _ in range(2)]
    await other.execute("BEGIN; LOCK TABLE schema_gate IN SHARE MODE")
    migration = asyncio.create_task(migrate_postgres(options))
    for waits in (True, False):
        while bool(await observer.fetchval(BLOCKED)) is not waits:
            assert not migration.done()
    await other.execute("COMMIT")
    await migration
    server = await asyncpg.connect(postgres_databases.as_server("waited_for").url)
    assert await server.fetch("SELECT * FROM facts") == []
    await asyncio.gather(*(each.close() for each in (other, observer, server)))
