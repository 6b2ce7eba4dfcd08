"""PostgreSQL is slow, loses backends, or is away: what units make of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import replace
from functools import partial

import asyncpg
import pytest

from reverie_server.errors import Unavailable
from reverie_server.storage import idempotency, revision
from reverie_server.storage.database import Transaction
from reverie_server.storage.idempotency import Request
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_server import PostgresServer
from tests.storage.conftest import NOTES, add_owners_to
from tests.storage.disturbed_postgres import (
    PID,
    SLEEP,
    admin,
    bump,
    execute_row,
    opened,
    options_of,
    own_server,
    pid_of,
    terminate_ours,
    two,
)

__all__ = ["admin", "own_server", "two"]


async def test_a_statement_that_takes_too_long_is_ended(
    migrated_postgres: PostgresOptions,
) -> None:
    async with opened(replace(migrated_postgres, statement_seconds=0.1)) as db:
        with pytest.raises(Unavailable) as caught:
            await db.fetchval(SLEEP, 30.0)
        assert caught.value.retry_after_seconds
        assert await db.fetchval(PID)


async def test_a_lock_that_is_not_given_back_is_not_waited_for_for_ever(
    migrated_postgres: PostgresOptions, admin: asyncpg.Connection
) -> None:
    async with opened(replace(migrated_postgres, lock_seconds=0.1)) as db:
        await add_owners_to(db)
        async with admin.transaction():
            await admin.execute("UPDATE users SET revision = revision")
            with pytest.raises(Unavailable):
                await bump(db)
        assert await bump(db) == 1


async def test_backends_that_are_killed_while_idle_are_replaced(
    two: list[PostgresDatabase], admin: asyncpg.Connection
) -> None:
    for _ in range(5):
        await asyncio.gather(*(two[0].fetchval(PID) for _ in range(8)))
        await terminate_ours(admin)
        assert await asyncio.gather(*(two[0].fetchval(PID) for _ in range(8)))


async def test_a_unit_whose_backend_is_killed_runs_again(
    two: list[PostgresDatabase], admin: asyncpg.Connection
) -> None:
    pids: list[int] = []

    async def work(tx: Transaction) -> int:
        taken = await revision.bump(tx, "w", "u")
        pids.append(await pid_of(tx))
        if len(pids) == 1:
            await terminate_ours(admin)
            await tx.fetchval(PID)
        return taken

    assert await two[0].transaction(work) == 1
    assert len(set(pids)) == 2
    assert await bump(two[0]) == 2


async def test_when_nobody_knows_whether_it_was_committed_only_what_notices_runs_again(
    two: list[PostgresDatabase], admin: asyncpg.Connection
) -> None:
    """The connection goes while the commit is under way."""
    attempts: list[None] = []

    async def effect(tx: Transaction) -> int:
        taken = await revision.bump(tx, "w", "u")
        attempts.append(None)
        if len(attempts) == 1:
            await terminate_ours(admin)
        return taken

    request = Request("w", "key", "AppendEntries", "r", "u", "hash", 1)
    assert (
        await two[0].transaction(lambda tx: idempotency.once(tx, request, int, lambda: effect(tx)))
        == 1
    )
    assert len(attempts) == 2
    attempts.clear()
    with pytest.raises(Unavailable):
        await two[0].transaction(effect)
    assert len(attempts) == 1


async def test_a_frozen_backend_is_given_up(two: list[PostgresDatabase]) -> None:
    async with opened(replace(options_of(two[0]), statement_seconds=0.2)) as db:
        pids: list[int] = []

        async def work(tx: Transaction) -> int:
            taken = await revision.bump(tx, "w", "u")
            pids.append(await pid_of(tx))
            os.kill(pids[0], signal.SIGSTOP)
            await tx.fetchval(PID)
            return taken

        try:
            with pytest.raises(Unavailable):
                await db.transaction(work)
            assert await db.fetchval(PID) != pids[0]
        finally:
            os.kill(pids[0], signal.SIGCONT)
        assert await bump(db) == 1


async def test_while_it_is_away_callers_hear_so_and_it_is_found_again(
    own_server: PostgresServer,
) -> None:
    options = PostgresOptions(own_server.url())
    await migrate_postgres(options)
    async with opened(options) as db:
        await add_owners_to(db)
        assert await bump(db) == 1
        own_server.crash()
        for attempt in (bump(db), db.fetchval(PID)):
            with pytest.raises(Unavailable) as caught:
                await attempt
            assert caught.value.retry_after_seconds
        own_server.up()
        assert await bump(db) == 2


async def test_nothing_acknowledged_is_lost_in_crashes(own_server: PostgresServer) -> None:
    options = PostgresOptions(own_server.url())
    await migrate_postgres(options)
    acknowledged: set[str] = set()
    goals = {100 * crash: asyncio.Event() for crash in (1, 2, 3)}
    stop = asyncio.Event()

    async def write(db: PostgresDatabase, writer: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            row = ("o", f"{writer}-{number}", "a", 0.0)
            with contextlib.suppress(Unavailable):
                await db.transaction(partial(execute_row, NOTES["add"], row))
                acknowledged.add(row[1])
                if reached := goals.get(len(acknowledged)):
                    reached.set()

    async with opened(options) as db:
        await db.transaction(lambda tx: tx.execute(NOTES["create"]))
        writers = [asyncio.create_task(write(db, each)) for each in range(16)]
        for goal in goals.values():
            await goal.wait()
            await asyncio.to_thread(own_server.crash)
            await asyncio.to_thread(own_server.up)
        stop.set()
        await asyncio.gather(*writers)
        stored = {row["note_id"] for row in await db.fetch(NOTES["get"], "o")}
    assert acknowledged <= stored
