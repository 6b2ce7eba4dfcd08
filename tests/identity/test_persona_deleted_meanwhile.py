"""On PostgreSQL a persona is not deleted past a relationship that begins in the same moment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import asyncpg

from reverie_server.identity.personas import store
from reverie_server.storage import ownership
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import parse

BEGINNING: Final = parse(
    """
    -- name: persona
    INSERT INTO personas (workspace_id, persona_id, version, create_time, update_time)
    VALUES ($1, $2, 1, 0, 0);
    -- name: relationship
    INSERT INTO relationships (
        workspace_id, user_id, persona_id, relationship_type, start_time, create_time, update_time
    ) VALUES ($1, $2, $3, 'friend', 0, 0, 0);
    """,
    source="tests",
)
WAITS: Final = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'personas'::regclass"


async def test_who_deletes_a_persona_sees_who_has_just_begun_with_it(
    migrated_postgres: PostgresOptions,
) -> None:
    db = await PostgresDatabase.open(replace(migrated_postgres, lock_seconds=60.0))
    await db.transaction(lambda tx: tx.execute(BEGINNING["persona"], "w", "brad"))
    has_asked, goes_on = asyncio.Event(), asyncio.Event()

    async def begin(tx: Transaction) -> None:
        assert await store.exists(tx, "w", "brad")
        has_asked.set()
        await goes_on.wait()
        await tx.execute(BEGINNING["relationship"], "w", "ann", "brad")

    async def users(tx: Transaction) -> list[str]:
        await store.await_others(tx)
        return list(await ownership.users_of(tx, "w", "brad"))

    beginning = asyncio.create_task(db.transaction(begin))
    await has_asked.wait()
    deleting = asyncio.create_task(db.transaction(users))
    observer = await asyncpg.connect(migrated_postgres.url)
    while not await observer.fetchval(WAITS):
        assert not deleting.done(), "it has not waited"
    goes_on.set()
    await beginning
    assert await deleting == ["ann"]
    await observer.close()
    await db.close()
