"""Hints between servers on one PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_wakes import CHANNEL, Wakes
from tests.postgres_databases import PostgresDatabases

LISTENING = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%' || $1 || '%' AND pid <> $2"


@asynccontextmanager
async def at_work(wakes: Wakes) -> AsyncIterator[asyncio.Event]:
    woken = asyncio.Event()
    wakes.on_wake(woken.set)
    task = asyncio.create_task(wakes.run())
    await wakes.connected.wait()
    woken.clear()
    try:
        yield woken
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_others_are_woken_and_who_tells_is_not(migrated_postgres: PostgresOptions) -> None:
    one, other = Wakes(migrated_postgres), Wakes(migrated_postgres)
    async with at_work(one) as one_woken, at_work(other) as other_woken:
        one.tell()
        await other_woken.wait()
        assert not one_woken.is_set()


async def test_a_lost_connection_is_renewed_and_what_was_missed_is_looked_for(
    migrated_postgres: PostgresOptions, postgres_databases: PostgresDatabases
) -> None:
    one, other = Wakes(migrated_postgres), Wakes(migrated_postgres)
    owner = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    async with at_work(one) as woken, at_work(other) as other_woken:
        for (pid,) in await owner.fetch(LISTENING, CHANNEL, owner.get_server_pid()):
            await owner.execute("SELECT pg_terminate_backend($1)", pid)
        # Without any hint: they know that they may have missed one.
        await woken.wait()
        await other_woken.wait()
        await asyncio.gather(one.connected.wait(), other.connected.wait())
        woken.clear()
        other.tell()
        await woken.wait()
    await owner.close()
