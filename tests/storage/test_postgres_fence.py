"""Row-level security: without any condition in a query, a call sees its own workspace only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import asyncpg
import pytest

from reverie_server.scope import current_workspace
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres, prepare_postgres
from reverie_server.storage.schema import SchemaMismatch
from reverie_server.storage.statements import parse
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import SERVING_ROLE

CARELESS = parse(
    """
    -- name: add
    INSERT INTO users (workspace_id, user_id, create_time, update_time) VALUES ($1, 'u', 0, 0);
    -- name: users
    SELECT workspace_id FROM users ORDER BY workspace_id;
    -- name: change
    UPDATE users SET display_name = 'changed';
    -- name: delete
    DELETE FROM users;
    """,
    source="tests",
)
"""Statements as they must not be: over all workspaces."""
WORKSPACES = ["'; SELECT '", "*", "acme", "on", "other \\' one"]


@contextmanager
def call_of(workspace_id: str | None) -> Iterator[None]:
    token = current_workspace.set(workspace_id)
    yield
    current_workspace.reset(token)


@pytest.fixture
async def db(migrated_postgres: PostgresOptions) -> AsyncIterator[PostgresDatabase]:
    """With a user in each workspace."""
    database = await PostgresDatabase.open(migrated_postgres)

    async def fill(tx: Transaction) -> None:
        await tx.executemany(CARELESS["add"], [(workspace,) for workspace in WORKSPACES])

    await database.transaction(fill)
    yield database
    await database.close()


async def seen(db: PostgresDatabase) -> list[str]:
    """In a statement alone, a snapshot and a transaction, which must agree."""
    users = CARELESS["users"]
    alone = await db.fetch(users)
    assert alone == await db.read(lambda snapshot: snapshot.fetch(users))
    assert alone == await db.transaction(lambda tx: tx.fetch(users))
    return [row["workspace_id"] for row in alone]


async def test_a_call_sees_its_own_workspace_and_the_server_sees_all(db: PostgresDatabase) -> None:
    assert await seen(db) == sorted(WORKSPACES)
    for workspace in WORKSPACES:
        with call_of(workspace):
            assert await seen(db) == [workspace]
    with call_of("empty"):
        assert await seen(db) == []


async def test_what_has_not_said_whose_work_it_is_sees_and_changes_nothing(
    db: PostgresDatabase,
) -> None:
    with call_of(None):
        assert await seen(db) == []
        assert await db.transaction(lambda tx: tx.execute(CARELESS["delete"])) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.transaction(lambda tx: tx.execute(CARELESS["add"], "another"))
    assert await seen(db) == sorted(WORKSPACES)


async def test_a_call_changes_its_own_workspace_only(db: PostgresDatabase) -> None:
    with call_of("acme"):
        assert await db.transaction(lambda tx: tx.execute(CARELESS["change"])) == 1
        assert await db.transaction(lambda tx: tx.execute(CARELESS["delete"])) == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.transaction(lambda tx: tx.execute(CARELESS["add"], "another"))
    assert await seen(db) == [each for each in sorted(WORKSPACES) if each != "acme"]


async def test_who_says_nothing_sees_nothing(
    db: PostgresDatabase, migrated_postgres: PostgresOptions
) -> None:
    connection = await asyncpg.connect(migrated_postgres.url)
    assert await connection.fetch("SELECT workspace_id FROM users") == []
    async with connection.transaction():
        await connection.execute("SET LOCAL reverie.everything = 'on'")
        assert len(await connection.fetch("SELECT workspace_id FROM users")) == len(WORKSPACES)
    # The setting reads '' now, and not NULL.
    assert await connection.fetch("SELECT workspace_id FROM users") == []
    await connection.close()


async def test_a_server_does_not_serve_as_a_role_that_is_not_fenced_in(
    migrated_postgres: PostgresOptions, postgres_databases: PostgresDatabases
) -> None:
    await prepare_postgres(migrated_postgres)
    owner = postgres_databases.as_owner(migrated_postgres)
    with pytest.raises(SchemaMismatch, match="postgres is a superuser"):
        await prepare_postgres(owner)
    await prepare_postgres(replace(owner, unfenced_role="postgres"))
    with pytest.raises(SchemaMismatch, match="REVERIE_DATABASE_UNFENCED_ROLE=postgres"):
        await prepare_postgres(replace(owner, unfenced_role="somebody"))


@pytest.mark.parametrize(
    ("grant", "undo", "why"),
    [
        (
            f"ALTER ROLE {SERVING_ROLE} BYPASSRLS",
            f"ALTER ROLE {SERVING_ROLE} NOBYPASSRLS",
            "bypasses row-level security",
        ),
        (
            f"ALTER TABLE facts OWNER TO {SERVING_ROLE}",
            f"ALTER TABLE facts OWNER TO postgres; GRANT ALL ON facts TO {SERVING_ROLE}",
            "owns tables",
        ),
        (
            "ALTER TABLE facts NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE facts FORCE ROW LEVEL SECURITY",
            "missing on facts",
        ),
    ],
    ids=["bypasses", "owns", "no force"],
)
async def test_each_hole_in_the_fence_is_noticed(
    migrated_postgres: PostgresOptions,
    postgres_databases: PostgresDatabases,
    grant: str,
    undo: str,
    why: str,
) -> None:
    owner = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    await owner.execute(grant)
    try:
        with pytest.raises(SchemaMismatch, match=why):
            await prepare_postgres(migrated_postgres)
    finally:
        await owner.execute(undo)
        await owner.close()
    await prepare_postgres(migrated_postgres)


async def test_a_migration_fences_the_tables_that_it_finds_without(
    bare_postgres: PostgresOptions,
) -> None:
    options = replace(bare_postgres, unfenced_role="postgres")
    await migrate_postgres(options)
    connection = await asyncpg.connect(options.url)
    await connection.execute("CREATE TABLE new_room (workspace_id TEXT)")
    with pytest.raises(SchemaMismatch, match="missing on new_room"):
        await prepare_postgres(options)
    await migrate_postgres(options)
    await prepare_postgres(options)
    await connection.close()


async def test_a_server_cannot_change_what_says_whether_it_may_serve(
    migrated_postgres: PostgresOptions,
) -> None:
    connection = await asyncpg.connect(migrated_postgres.url)
    for statement in ("UPDATE schema_gate SET level = 1", "DROP TABLE users", "TRUNCATE users"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()
