"""What PostgreSQL alone does: other servers beside ours, and who waits for whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from reverie_server.errors import ResourceExhausted
from reverie_server.storage import idempotency, outbox, revision
from reverie_server.storage.database import Transaction
from reverie_server.storage.idempotency import Request
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_pool import Pool
from tests.postgres_databases import PostgresDatabases
from tests.storage.conftest import NOTES, add_owners_to
from tests.storage.disturbed_postgres import (
    PID,
    PREPARED,
    SETTING,
    SLEEP,
    admin,
    bump,
    opened,
    own_server,
    two,
)

__all__ = ["admin", "own_server", "two"]


async def test_two_servers_take_consecutive_revisions(two: list[PostgresDatabase]) -> None:
    taken = await asyncio.gather(*(bump(db) for _ in range(25) for db in two))
    assert sorted(taken) == list(range(1, 51))


async def test_what_a_unit_has_read_of_its_owner_is_so_when_it_commits(
    two: list[PostgresDatabase],
) -> None:
    async def read_first(tx: Transaction) -> tuple[int, int]:
        before = await revision.current(tx, "w", "u")
        return before.revision, await revision.bump(tx, "w", "u")

    seen = await asyncio.gather(*(db.transaction(read_first) for _ in range(15) for db in two))
    assert sorted(seen) == [(number, number + 1) for number in range(30)]


async def test_concurrent_duplicates_on_two_servers_have_one_effect(
    two: list[PostgresDatabase],
) -> None:
    request = Request("w", "key", "AppendEntries", "r", "u", "hash", 1)

    async def work(tx: Transaction) -> int:
        return await idempotency.once(tx, request, int, lambda: revision.bump(tx, "w", "u"))

    answers = await asyncio.gather(*(db.transaction(work) for _ in range(25) for db in two))
    assert set(answers) == {1}
    assert await bump(two[0]) == 2


async def test_a_reader_of_the_outbox_never_steps_over_a_late_commit(
    two: list[PostgresDatabase],
) -> None:
    """While units of two servers commit in whatever order, who has seen a revision of an owner has
    seen every smaller one.
    """
    last = 60
    seen: dict[str, list[int]] = {"u": [], "v": []}

    async def write(db: PostgresDatabase, user_id: str, number: int) -> None:
        async def work(tx: Transaction) -> None:
            taken = await revision.bump(tx, "w", user_id)
            if number % 3 == 0:
                await tx.fetchval(SLEEP, 0.01)
            change = Change(1, str(number), "s", Operation.UPSERT)
            await outbox.record(tx, "w", user_id, taken, [change], 1)

        await db.transaction(work)

    async def read() -> None:
        while min(map(len, seen.values())) < last:
            pending = await two[0].read(lambda snapshot: outbox.pending(snapshot, 1_000))
            for user_id, before in seen.items():
                now = [row.key.revision for row in pending if row.key.user_id == user_id]
                assert now[: len(before)] == before
                assert now == list(range(1, len(now) + 1))
                before[:] = now

    writes = (write(two[n % 2], user, n) for n in range(last) for user in seen)
    await asyncio.gather(read(), *writes)


async def test_a_unit_that_runs_into_a_row_which_it_could_not_see_runs_again_and_sees_it(
    bare_postgres: PostgresOptions,
) -> None:
    both_have_looked = asyncio.Barrier(2)
    looks: list[int] = []

    async def add_once(tx: Transaction) -> str:
        looks.append(await tx.fetchval(NOTES["count"]))
        if looks[-1]:
            return "was there"
        if len(looks) <= 2:
            await both_have_looked.wait()
        await tx.execute(NOTES["add"], "o", "1", "a", 0.0)
        return "added"

    async with opened(bare_postgres) as one, opened(bare_postgres) as other:
        await one.transaction(lambda tx: tx.execute(NOTES["create"]))
        outcomes = await asyncio.gather(*(db.transaction(add_once) for db in (one, other)))
    assert sorted(outcomes) == ["added", "was there"]
    assert looks == [0, 0, 1]


async def test_a_deadlock_is_run_again(two: list[PostgresDatabase]) -> None:
    both_hold_one = asyncio.Barrier(2)
    attempts: list[str] = []

    async def change(tx: Transaction, first: str, second: str) -> None:
        attempts.append(first)
        await revision.bump(tx, "w", first)
        if len(attempts) <= 2:
            await both_hold_one.wait()
        await revision.bump(tx, "w", second)

    await asyncio.gather(
        two[0].transaction(lambda tx: change(tx, "u", "v")),
        two[1].transaction(lambda tx: change(tx, "v", "u")),
    )
    assert len(attempts) > 2
    assert [await bump(two[0], user) for user in ("u", "v")] == [3, 3]


async def test_a_connection_keeps_the_limits_and_units_end_what_they_begin(
    two: list[PostgresDatabase], admin: asyncpg.Connection
) -> None:
    assert await two[0].fetchval(SETTING, "statement_timeout") == "15s"
    assert await two[0].fetchval(SETTING, "lock_timeout") == "5s"
    assert await two[0].fetchval(SETTING, "idle_in_transaction_session_timeout") == "15s"
    await asyncio.gather(*(bump(db) for db in two for _ in range(10)))
    states = await admin.fetch(
        "SELECT DISTINCT state FROM pg_stat_activity"
        " WHERE application_name = 'reverie' AND datname = current_database()"
    )
    assert [state for (state,) in states] == ["idle"]


async def test_behind_a_pooler_nothing_is_kept_on_a_connection(
    migrated_postgres: PostgresOptions, postgres_databases: PostgresDatabases
) -> None:
    """As transaction mode demands: the next transaction may be on any other connection."""

    async def work(tx: Transaction) -> str:
        await revision.bump(tx, "w", "u")
        return str(await tx.fetchval(SETTING, "statement_timeout"))

    options = postgres_databases.as_owner(migrated_postgres)
    async with opened(replace(options, pgbouncer=True, pool_size=1)) as db:
        await add_owners_to(db)
        assert await db.transaction(work) == "15s"
        assert await db.fetchval(SETTING, "statement_timeout") == "0"
        assert await db.fetchval(PREPARED) == 0
        assert await bump(db) == 2


async def test_cancelled_callers_leave_no_transaction_open(
    two: list[PostgresDatabase], admin: asyncpg.Connection
) -> None:
    calls = [asyncio.create_task(bump(two[n % 2])) for n in range(200)]
    for number, call in enumerate(calls):
        if number % 3 == 0:
            await asyncio.sleep(0)
            call.cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    kept = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert len(set(kept)) == len(kept) >= 200 - 67
    await asyncio.gather(*(db.close() for db in two))
    assert not await admin.fetchval(
        "SELECT COUNT(*) FROM pg_stat_activity"
        " WHERE application_name = 'reverie' AND datname = current_database()"
    )


async def test_who_leaves_just_behind_the_commit_leaves_word_of_it(
    two: list[PostgresDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, told = two[0], asyncio.Event()
    db.on_commit(told.set)
    committed, goes_on = asyncio.Event(), asyncio.Event()
    release = Pool.release

    async def held(self: Pool, connection: Any) -> None:
        committed.set()
        await goes_on.wait()
        await release(self, connection)

    monkeypatch.setattr(Pool, "release", held)
    call = asyncio.create_task(bump(db))
    await committed.wait()
    call.cancel()
    await asyncio.wait([call])
    goes_on.set()
    await db.close()

    assert call.cancelled()
    assert told.is_set()


async def test_when_all_connections_are_in_use_callers_are_refused_and_told_when_to_retry(
    migrated_postgres: PostgresOptions,
) -> None:
    options = replace(migrated_postgres, pool_size=2, acquire_seconds=0.2)
    proceed = asyncio.Event()
    held = asyncio.Barrier(3)

    async def hold(tx: Transaction) -> None:
        await tx.fetchval(PID)
        await held.wait()
        await proceed.wait()

    async with opened(options) as db:
        holders = [asyncio.create_task(db.transaction(hold)) for _ in range(2)]
        await held.wait()
        with pytest.raises(ResourceExhausted, match="connections") as refused:
            await db.fetchval(PID)
        assert refused.value.retry_after_seconds
        proceed.set()
        await asyncio.gather(*holders)
        assert await db.fetchval(PID)


async def test_a_bounded_number_of_callers_may_wait(migrated_postgres: PostgresOptions) -> None:
    db = await PostgresDatabase.open(migrated_postgres, max_waiting=3)
    outcomes = await asyncio.gather(*(db.fetchval(PID) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in outcomes[3:]] == [ResourceExhausted] * 2
    assert all(isinstance(each, int) for each in outcomes[:3])
    await db.close()
