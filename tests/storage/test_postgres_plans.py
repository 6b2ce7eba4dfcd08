"""What PostgreSQL plans: made anew as tables grow, and nothing is claimed by chance."""

from __future__ import annotations

from functools import partial
from typing import Final

import asyncpg

from reverie_server.jobs import store as jobs
from reverie_server.storage import leases
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import parse
from tests.storage.disturbed_postgres import admin, two

__all__ = ["admin", "two"]

NOTES: Final = 600
TABLE: Final = """
    CREATE TABLE notes (
        place TEXT, name TEXT, said TEXT NOT NULL,
        a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT,
        PRIMARY KEY (place, name)
    );
    CREATE INDEX notes_by_place ON notes (place);
    ALTER TABLE notes SET (autovacuum_enabled = off);
"""
ADD: Final = parse("-- name: add\nINSERT INTO notes VALUES ($1, $2, '')", source="tests")["add"]
CHANGE: Final = parse(
    "-- name: change\nUPDATE notes SET said = $3 WHERE place = $1 AND name = $2", source="tests"
)["change"]
ROWS_READ: Final = """
    SELECT SUM(idx_tup_read) + SUM(seq_tup_read)
    FROM pg_stat_user_tables JOIN pg_stat_user_indexes USING (relid)
"""

JOB: Final = """
    INSERT INTO jobs (workspace_id, user_id, job_id, persona_id, kind, due_time, create_time)
    VALUES ('w', 'u', $1, 'p', 'wait', 1, 1)
"""
LEASE: Final = "INSERT INTO leases (name) VALUES ($1)"


async def few_then_more(admin: asyncpg.Connection, table: str, insert: str) -> None:
    """So that the plan is for one row, and compares with more."""
    await admin.execute(insert, "part/0")
    await admin.execute(f"ANALYZE {table}")
    for number in range(1, 4):
        await admin.execute(insert, f"part/{number}")


async def test_one_claim_claims_one_job(
    two: list[PostgresDatabase], admin: asyncpg.Connection
) -> None:
    await few_then_more(admin, "jobs", JOB)
    claimed = set()
    for left in (3, 2, 1, 0):
        claim = await two[0].transaction(lambda tx: jobs.claim_next(tx, ["wait"], 5, 1_000_000))
        assert claim is not None
        claimed.add(claim.job.job_id)
        assert await admin.fetchval("SELECT COUNT(*) FROM jobs WHERE state = 1") == left
    assert len(claimed) == 4


async def test_no_more_leases_are_taken_than_asked_for(
    two: list[PostgresDatabase], admin: asyncpg.Connection
) -> None:
    await few_then_more(admin, "leases", LEASE)

    async def take(tx: Transaction, holder: str) -> int:
        return len(await leases.take_free(tx, "part/", holder, 2, 60_000_000))

    taken = [await two[0].transaction(partial(take, holder=name)) for name in ("a", "b", "c")]
    assert taken == [2, 2, 0]


async def test_a_table_that_has_grown_is_not_read_as_a_whole(
    bare_postgres: PostgresOptions,
) -> None:
    admin = await asyncpg.connect(bare_postgres.url)
    await admin.execute(TABLE)
    db = await PostgresDatabase.open(bare_postgres, prepare=None)
    for number in range(NOTES):

        async def note(tx: Transaction, name: str = str(number)) -> None:
            await tx.execute(ADD, "here", name)
            await tx.execute(CHANGE, "here", name, "something" * 100)

        await db.transaction(note)
    await db.close()
    read = await admin.fetchval(ROWS_READ)
    await admin.close()
    assert read < NOTES * 20
