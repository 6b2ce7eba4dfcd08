"""A migration of PostgreSQL that is killed in the middle leaves the old schema, and runs again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable

import asyncpg
import pytest

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from reverie_server.storage.schema import OLDEST_LEVEL, SERVER_LEVEL
from tests.postgres_databases import PostgresDatabases
from tests.server_process import environment

EVERYTHING = """
    SELECT 'column', table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', tablename, indexname, indexdef, '', ''
    FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'policy', tablename, policyname, qual, with_check, ''
    FROM pg_policies WHERE schemaname = 'public'
"""


async def kill_at_every(step: int, options: PostgresOptions) -> list[tuple[int, int]]:
    """Statements at which it was killed and levels behind it; the last one was not killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.killed_migrations", options.url, str(step)),
        env=environment(),
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [(int(at), int(level)) for at, level in map(str.split, output.decode().splitlines())]


async def schema_of(options: PostgresOptions) -> set[Iterable[str]]:
    connection = await asyncpg.connect(options.url)
    rows = await connection.fetch(EVERYTHING)
    await connection.close()
    return {tuple(row) for row in rows}


async def resume(databases: PostgresDatabases, first: int, step: int) -> None:
    """Args:
    first: the level of the schema that is migrated.
    """
    killed, whole = await databases.create("killed"), await databases.create("whole")
    await migrate_postgres(whole)
    if first:
        await migrate_postgres(killed, f"{first:04d}")
    *kills, (_, reached) = await kill_at_every(step, killed)
    print(f"killed before {len(kills)} statements, from schema {first} to {reached}")
    assert {level for _, level in kills} == {first}
    assert reached == SERVER_LEVEL
    assert await schema_of(killed) == await schema_of(whole)


async def test_a_migration_killed_at_some_statements_leaves_the_old_schema_and_resumes(
    postgres_databases: PostgresDatabases,
) -> None:
    await resume(postgres_databases, 0, step=23)


@pytest.mark.soak
@pytest.mark.parametrize("first", [0, OLDEST_LEVEL])
async def test_a_migration_killed_at_any_statement_leaves_the_old_schema_and_resumes(
    postgres_databases: PostgresDatabases, first: int
) -> None:
    await resume(postgres_databases, first, step=1)
