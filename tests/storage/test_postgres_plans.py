"""Plans that were made while a table was empty are made anew as it grows."""

from __future__ import annotations

from typing import Final

import asyncpg

from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import parse

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
