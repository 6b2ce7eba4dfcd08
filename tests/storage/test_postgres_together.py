"""Units of several owners in one transaction: they notice nothing of each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

import asyncpg
import pytest

from reverie_server.errors import NotFound
from reverie_server.storage import idempotency, outbox, revision
from reverie_server.storage.database import Row, Transaction
from reverie_server.storage.idempotency import Request
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import parse
from tests.postgres_databases import PostgresDatabases
from tests.storage.conftest import OWNERS, add_owners_to

USERS: Final = [f"user{number:02}" for number in range(40)]
STATEMENTS: Final = parse(
    """
    -- name: several
    SELECT user_id, revision FROM users
    WHERE workspace_id = $1 AND user_id >= $2 ORDER BY user_id DESC LIMIT 3;
    -- name: rename
    UPDATE users SET display_name = $2 WHERE workspace_id = $1 AND user_id = $3;
    -- name: renamed
    UPDATE users SET display_name = $2 WHERE workspace_id = $1 AND user_id = $3
    RETURNING user_id, display_name;
    -- name: forget
    DELETE FROM users WHERE workspace_id = $1 AND user_id = $2 AND display_name = 'RETURNING';
    -- name: with_query
    WITH known AS (SELECT user_id FROM users WHERE workspace_id = $1 AND user_id = $2)
    SELECT user_id FROM known;
    """,
    source="tests",
)
TRANSACTIONS: Final = "SELECT COUNT(DISTINCT xmin::text), COUNT(*) FROM outbox"


@pytest.fixture(params=[False, True], ids=["direct", "pooler"])
async def db(
    migrated_postgres: PostgresOptions, request: pytest.FixtureRequest
) -> AsyncIterator[PostgresDatabase]:
    """With many users; with the settings for a pooler, nothing is kept on a connection."""
    options = replace(migrated_postgres, pgbouncer=bool(request.param))
    database = await PostgresDatabase.open(options)
    await add_owners_to(database)

    async def fill(tx: Transaction) -> None:
        await tx.executemany(OWNERS["add_user"], [("w", user) for user in USERS])

    await database.transaction(fill)
    yield database
    await database.close()


@pytest.fixture
async def admin(
    migrated_postgres: PostgresOptions, postgres_databases: PostgresDatabases
) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    yield connection
    await connection.close()


def changing(
    user: str, number: int = 0, after: Callable[[Transaction], Awaitable[Any]] | None = None
) -> Callable[[Transaction], Awaitable[int]]:
    """A unit as an append is one; ``after`` is the end of it."""
    request = Request("w", "key", "AppendEntries", f"{user} {number}", user, "hash", 1)

    async def change(tx: Transaction) -> int:
        taken = await revision.bump(tx, "w", user)
        memory = Change(1, f"{user} {number}", "s", Operation.UPSERT)
        await outbox.record(tx, "w", user, taken, [memory], 1)
        if after is not None:
            await after(tx)
        return taken

    async def work(tx: Transaction) -> int:
        return await idempotency.once(tx, request, int, lambda: change(tx))

    return work


async def together(db: PostgresDatabase, user: str, number: int = 0) -> int:
    return await db.transaction(changing(user, number), owner=("w", user))


async def test_units_of_many_owners_share_commits_and_each_owner_has_its_own_revisions(
    db: PostgresDatabase, admin: asyncpg.Connection
) -> None:
    rounds = 5
    taken = await asyncio.gather(
        *(together(db, user, number) for number in range(rounds) for user in USERS)
    )
    for place in range(len(USERS)):
        assert sorted(taken[place :: len(USERS)]) == list(range(1, rounds + 1))
    ((transactions, rows),) = await admin.fetch(TRANSACTIONS)
    assert rows == rounds * len(USERS)
    assert transactions < rows / 4


async def test_one_that_fails_fails_alone(db: PostgresDatabase, admin: asyncpg.Connection) -> None:
    async def fail(_: Transaction) -> None:
        raise NotFound("no such thing")

    async def unit(user: str) -> int:
        failing = fail if user == USERS[7] else None
        return await db.transaction(changing(user, after=failing), owner=("w", user))

    outcomes = await asyncio.gather(*map(unit, USERS), return_exceptions=True)
    assert [user for user, each in zip(USERS, outcomes, strict=True) if each != 1] == [USERS[7]]
    assert isinstance(outcomes[7], NotFound)
    assert await admin.fetchval("SELECT COUNT(*) FROM outbox") == len(USERS) - 1
    assert await together(db, USERS[7], 1) == 1, "the one that failed took no revision"


async def test_a_request_that_is_sent_twice_has_one_effect(db: PostgresDatabase) -> None:
    taken = await asyncio.gather(*(together(db, user) for _ in range(3) for user in USERS))
    assert set(taken) == {1}
    assert {await together(db, user, 1) for user in USERS} == {2}


async def test_when_its_backend_is_killed_all_of_a_group_run_again_once(
    db: PostgresDatabase, admin: asyncpg.Connection
) -> None:
    killed = 0
    calls = [asyncio.create_task(together(db, user, n)) for n in range(10) for user in USERS]
    while killed < 3 and not all(call.done() for call in calls):
        killed += await admin.fetchval(
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE usename = 'reverie_server' AND xact_start IS NOT NULL"
        )
        await asyncio.sleep(0.01)
    await asyncio.wait(calls)
    taken = [call.result() for call in calls if call.exception() is None]
    assert killed
    assert taken
    stored = await admin.fetch(
        "SELECT COUNT(*), COUNT(DISTINCT (user_id, memory_id)) FROM outbox GROUP BY user_id"
    )
    assert all(rows == different for rows, different in stored)
    assert sum(rows for rows, _ in stored) >= len(taken)


async def test_who_leaves_before_it_has_begun_has_had_no_effect(
    db: PostgresDatabase, admin: asyncpg.Connection
) -> None:
    calls = [asyncio.create_task(together(db, user)) for user in USERS]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.wait(calls)
    await db.close()
    stored = {row[0] for row in await admin.fetch("SELECT user_id FROM outbox")}
    assert {user for user, call in zip(USERS, calls, strict=True) if not call.cancelled()} <= stored
    assert db._turns.idle


async def test_who_leaves_while_there_is_no_connection_has_had_no_effect(
    migrated_postgres: PostgresOptions, admin: asyncpg.Connection
) -> None:
    db = await PostgresDatabase.open(replace(migrated_postgres, pool_size=1))
    await add_owners_to(db)
    users = ["u", "v"]
    connection = await db._pool.acquire()
    calls = [asyncio.create_task(together(db, user)) for user in users]
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(db._together._running) == 1
    calls[0].cancel()
    await asyncio.wait(calls[:1])
    await db._pool.release(connection)
    await calls[1]
    await db.close()
    assert [row[0] for row in await admin.fetch("SELECT user_id FROM outbox")] == users[1:]
    assert db._turns.idle


async def test_a_group_that_waits_for_another_server_does_not_hold_up_the_next(
    db: PostgresDatabase, admin: asyncpg.Connection
) -> None:
    held, *others = USERS
    async with admin.transaction():
        await admin.execute("SELECT 1 FROM users WHERE user_id = $1 FOR UPDATE", held)
        waiting = asyncio.create_task(together(db, held))
        for _ in range(10):
            await asyncio.sleep(0)
        (group,) = db._together._running
        await asyncio.gather(*(together(db, user) for user in others))
        assert not group.done(), "it has not been given up"
    await waiting


async def test_each_kind_of_statement_answers_as_it_does_alone(db: PostgresDatabase) -> None:
    async def look(tx: Transaction, user: str) -> list[Any]:
        return [
            [dict(row) for row in await tx.fetch(STATEMENTS["several"], "w", user)],
            await tx.execute(STATEMENTS["rename"], "w", f"{user}'s", user),
            await tx.execute(STATEMENTS["rename"], "w", "nobody's", f"no {user}"),
            await tx.fetchrow(STATEMENTS["renamed"], "w", f"{user}'s own", user),
            await tx.fetchval(STATEMENTS["renamed"], "w", "nobody's", f"no {user}"),
            await tx.execute(STATEMENTS["forget"], "w", user),
            _plain(await tx.fetchrow(STATEMENTS["with_query"], "w", user)),
        ]

    def unit(user: str) -> Callable[[Transaction], Awaitable[list[Any]]]:
        return lambda tx: look(tx, user)

    alone = [await db.rehearse(unit(user)) for user in USERS]
    shared = await asyncio.gather(
        *(db.transaction(unit(user), owner=("w", user)) for user in USERS)
    )
    assert shared == alone
    assert len({str(each) for each in shared}) == len(USERS)


def _plain(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else dict(row)
