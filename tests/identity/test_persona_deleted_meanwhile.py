"""On PostgreSQL a persona is not deleted past a relationship that begins in the same moment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

import asyncpg
import pytest

from reverie_server.clock import SystemClock
from reverie_server.errors import Unavailable
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas import store
from reverie_server.identity.personas.service import PersonaService
from reverie_server.storage import ownership, revision
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import parse
from tests.storage.conftest import add_owners_to
from tests.storage.disturbed_postgres import execute_row

pytestmark = pytest.mark.once

BEGINNING: Final = parse(
    """
    -- name: persona
    INSERT INTO personas (workspace_id, persona_id, version, create_time, update_time)
    VALUES ($1, $2, 1, 0, 0);
    -- name: relationship
    INSERT INTO relationships (
        workspace_id, user_id, persona_id, relationship_type, start_time, create_time, update_time
    ) VALUES ($1, $2, $3, 'friend', 0, 0, 0);
    -- name: past
    INSERT INTO past_relationships (workspace_id, user_id, persona_id, end_time)
    VALUES ($1, $2, $3, 0);
    """,
    source="tests",
)
WAITS: Final = """
    SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND locktype = 'transactionid' AND datname = current_database()
"""


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
        await store.await_others(tx, "w", "brad")
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


async def test_who_deletes_a_persona_keeps_nobody_waiting_but_who_begins_with_it(
    migrated_postgres: PostgresOptions,
) -> None:
    db = await PostgresDatabase.open(replace(migrated_postgres, lock_seconds=0.2))
    for pair in (("w", "brad"), ("w", "elena"), ("v", "brad")):
        await db.transaction(partial(execute_row, BEGINNING["persona"], pair))
    has_begun, goes_on = asyncio.Event(), asyncio.Event()

    async def delete(tx: Transaction) -> None:
        await store.await_others(tx, "w", "brad")
        has_begun.set()
        await goes_on.wait()
        await store.delete(tx, "w", "brad")

    deleting = asyncio.create_task(db.transaction(delete))
    await has_begun.wait()
    assert await db.transaction(lambda tx: store.exists(tx, "w", "elena"))
    assert await db.transaction(lambda tx: store.exists(tx, "v", "brad"))
    await db.transaction(lambda tx: tx.execute(BEGINNING["persona"], "w", "ann"))
    with pytest.raises(Unavailable, match="took too long"):
        await db.transaction(lambda tx: store.exists(tx, "w", "brad"))
    goes_on.set()
    await deleting
    assert not await db.transaction(lambda tx: store.exists(tx, "w", "brad"))
    await db.close()


async def test_a_user_that_is_deleted_meanwhile_is_no_obstacle(
    migrated_postgres: PostgresOptions,
) -> None:
    """Its persona is deleted in a transaction that sees that the user has gone."""
    db = await PostgresDatabase.open(migrated_postgres)
    await add_owners_to(db)
    await db.transaction(lambda tx: tx.execute(BEGINNING["persona"], "w", "brad"))
    await db.transaction(lambda tx: tx.execute(BEGINNING["relationship"], "w", "u", "brad"))
    await db.transaction(lambda tx: tx.execute(BEGINNING["relationship"], "w", "v", "brad"))
    personas = PersonaService(db, SystemClock(), Workspaces(db))
    has_begun, goes_on = asyncio.Event(), asyncio.Event()

    async def delete_user(tx: Transaction) -> None:
        await ownership.delete_user(tx, "w", "u", 1)
        has_begun.set()
        await goes_on.wait()

    deleting = asyncio.create_task(db.transaction(delete_user))
    await has_begun.wait()
    other = asyncio.create_task(personas.delete("w", "brad", None, None, force=True))
    observer = await asyncpg.connect(migrated_postgres.url)
    while not await observer.fetchval(WAITS):
        assert not other.done(), "it has not waited"
    goes_on.set()
    await asyncio.gather(deleting, other)
    assert not await db.read(lambda snapshot: ownership.users_of(snapshot, "w", "brad"))
    await observer.close()
    await db.close()


@pytest.mark.parametrize("first", ["writes", "takes its revision"])
async def test_what_is_written_of_a_user_meanwhile_goes_or_is_written_anew(
    migrated_postgres: PostgresOptions, first: str
) -> None:
    """Whatever a unit does first, nothing of it is left beside a persona that was deleted."""
    db = await PostgresDatabase.open(migrated_postgres)
    await add_owners_to(db)
    await db.transaction(lambda tx: tx.execute(BEGINNING["persona"], "w", "brad"))
    await db.transaction(lambda tx: tx.execute(BEGINNING["relationship"], "w", "u", "brad"))
    personas = PersonaService(db, SystemClock(), Workspaces(db))
    has_begun, goes_on = asyncio.Event(), asyncio.Event()
    attempts: list[None] = []

    async def write(tx: Transaction) -> None:
        attempts.append(None)
        if len(attempts) == 2:
            return  # it finds no relationship any more
        if first != "writes":
            await revision.bump(tx, "w", "u")
        await tx.execute(BEGINNING["past"], "w", "u", "brad")
        has_begun.set()
        await goes_on.wait()
        if first == "writes":
            await revision.bump(tx, "w", "u")

    writing = asyncio.create_task(db.transaction(write))
    await has_begun.wait()
    deleting = asyncio.create_task(personas.delete("w", "brad", None, None, force=True))
    if first == "writes":
        await deleting
    else:
        observer = await asyncpg.connect(migrated_postgres.url)
        while not await observer.fetchval(WAITS):
            assert not deleting.done(), "it has not waited"
        await observer.close()
    goes_on.set()
    await asyncio.gather(writing, deleting)
    assert len(attempts) == (2 if first == "writes" else 1)
    assert not await db.read(lambda snapshot: ownership.users_of(snapshot, "w", "brad"))
    await db.close()
