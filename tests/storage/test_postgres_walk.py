"""What a unit does with many rows holds nobody else up."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator

import pytest

from reverie_server.storage.database import Snapshot, Transaction, UniqueViolation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_walk import MANY_ROWS
from tests.storage.conftest import NOTES


@pytest.fixture
async def db(bare_postgres: PostgresOptions) -> AsyncIterator[PostgresDatabase]:
    """With many notes of one owner and one of another."""
    database = await PostgresDatabase.open(bare_postgres, prepare=None)
    await database.transaction(lambda tx: tx.execute(NOTES["create"]))
    many = [("many", f"{number:04}", "a", 0.0) for number in range(MANY_ROWS)]

    async def fill(tx: Transaction) -> None:
        await tx.executemany(NOTES["add"], [*many, ("few", "1", "a", 0.0)])

    await database.transaction(fill)
    yield database
    await database.close()


async def test_the_stretch_behind_many_rows_is_walked_on_a_thread(db: PostgresDatabase) -> None:
    async def places(tx: Snapshot) -> list[int]:
        found = [threading.get_ident()]
        for owner in ("many", "few", "many"):
            rows = await tx.fetch(NOTES["get"], owner)
            assert rows[0].keys() == {"note_id", "content", "weight"}
            found.append(threading.get_ident())
        return found

    here = threading.get_ident()
    for run in (db.read, db.transaction, db.rehearse):
        places_walked = await run(places)
        assert [place == here for place in places_walked] == [True, False, True, False]


async def test_a_stretch_that_a_unit_says_is_long_is_walked_on_a_thread(
    db: PostgresDatabase,
) -> None:
    async def places(tx: Snapshot) -> list[int]:
        await tx.long_stretch()
        found = [threading.get_ident()]
        await tx.long_stretch()
        found.append(threading.get_ident())
        await tx.fetch(NOTES["get"], "few")
        return [*found, threading.get_ident()]

    here = threading.get_ident()
    assert [place == here for place in await db.read(places)] == [False, False, True]


async def test_what_a_unit_meets_on_a_thread_it_meets_as_anywhere(db: PostgresDatabase) -> None:
    async def fail(tx: Snapshot) -> None:
        await tx.fetch(NOTES["get"], "many")
        raise LookupError("on the thread")

    async def translate(tx: Transaction) -> None:
        await tx.fetch(NOTES["get"], "many")
        try:
            await tx.execute(NOTES["add"], "few", "1", "a", 0.0)
        except UniqueViolation as error:
            raise LookupError("there already") from error

    with pytest.raises(LookupError, match="on the thread"):
        await db.read(fail)
    with pytest.raises(LookupError, match="there already"):
        await db.transaction(translate)
    assert len(await db.fetch(NOTES["get"], "many")) == MANY_ROWS
