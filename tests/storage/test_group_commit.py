"""Units that share a transaction, when one of them, or the transaction itself, fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.errors import Unavailable
from reverie_server.storage import sqlite_connection
from reverie_server.storage.database import Transaction
from reverie_server.storage.sqlite import DATABASE_FILE, SqliteDatabase
from reverie_server.storage.sqlite_call import Call
from reverie_server.storage.sqlite_writer import Writer
from reverie_server.storage.statements import Statements
from tests.storage.conftest import NOTES
from tests.storage.test_sqlite import add, open_with_notes


async def together(db: SqliteDatabase, *works: Coroutine[Any, Any, Any]) -> list[Any]:
    """The results of units that wait for the writer at once, or their errors."""
    loop = asyncio.get_running_loop()
    busy, proceed = asyncio.Event(), threading.Event()

    async def hold(_: Transaction) -> None:
        loop.call_soon_threadsafe(busy.set)
        proceed.wait(10)

    holder = asyncio.create_task(db.transaction(hold))
    await busy.wait()
    waiting = [asyncio.create_task(work) for work in works]
    await asyncio.sleep(0)
    proceed.set()
    waiting.append(holder)
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 30)
    return outcomes[:-1]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer waits for a lock for no time at all."""
    monkeypatch.setattr(sqlite_connection, "BUSY_TIMEOUT_MS", 1)


async def failing(db: SqliteDatabase) -> None:
    async def fail(_: Transaction) -> None:
        raise ValueError("no")

    await db.transaction(fail)


async def test_a_unit_that_fails_is_undone_alone(tmp_path: Path, notes: Statements) -> None:
    db = await open_with_notes(tmp_path, notes)
    works = [failing(db) if number % 3 == 1 else add(db, notes, f"{number}") for number in range(9)]

    outcomes = await together(db, *works)

    assert [isinstance(each, ValueError) for each in outcomes] == [n % 3 == 1 for n in range(9)]
    kept = {row["note_id"] for row in await db.fetch(notes["get"], "o")}
    assert kept == {f"{number}" for number in range(9) if number % 3 != 1}
    await db.close()


async def test_when_no_transaction_begins_its_caller_hears_of_it(
    tmp_path: Path, notes: Statements, impatient: None
) -> None:
    db = await open_with_notes(tmp_path, notes)
    other = apsw.Connection(str(tmp_path / DATABASE_FILE))
    other.execute("BEGIN IMMEDIATE")

    outcomes = await asyncio.wait_for(
        asyncio.gather(*(add(db, notes, str(n)) for n in range(5)), return_exceptions=True), 30
    )

    assert all(isinstance(each, Unavailable) for each in outcomes), outcomes
    other.execute("ROLLBACK")
    await add(db, notes, "after")
    assert await db.fetchval(notes["count"]) == 1
    other.close()
    await db.close()


async def test_when_undone_units_cannot_begin_again_their_callers_hear_of_it(
    tmp_path: Path, notes: Statements, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await open_with_notes(tmp_path, notes)
    run_apart = Writer._run_apart

    def locked_out(self: Writer, undone: list[Call], batch: Iterable[Call]) -> None:
        other = apsw.Connection(str(tmp_path / DATABASE_FILE))
        other.execute("BEGIN IMMEDIATE")
        run_apart(self, undone, batch)
        other.close()

    monkeypatch.setattr(Writer, "_run_apart", locked_out)
    first, second = await together(db, add(db, notes, "a"), failing(db))
    monkeypatch.setattr(Writer, "_run_apart", run_apart)

    assert isinstance(first, Unavailable)
    assert isinstance(second, ValueError)
    await add(db, notes, "after")
    assert await db.fetchval(notes["count"]) == 1
    await db.close()


async def test_crowded_commits_gather_what_comes(tmp_path: Path, notes: Statements) -> None:
    db = await open_with_notes(tmp_path, notes)
    commits: list[None] = []
    db.on_commit(lambda: commits.append(None))

    async def keep_adding(name: str) -> None:
        for number in range(10):
            await add(db, notes, f"{name}-{number}")

    await asyncio.gather(*(keep_adding(f"{n}") for n in range(20)))

    assert await db.fetchval(notes["count"]) == 200
    assert len(commits) < 50
    await db.close()


@settings(max_examples=30)
@given(fails=st.lists(st.booleans(), min_size=1, max_size=20))
def test_any_mixture_leaves_what_succeeded(
    tmp_path_factory: pytest.TempPathFactory, fails: list[bool]
) -> None:
    async def run() -> None:
        db = await open_with_notes(tmp_path_factory.mktemp("db"), NOTES)
        works = [failing(db) if bad else add(db, NOTES, f"{n:02}") for n, bad in enumerate(fails)]
        outcomes = await together(db, *works)
        assert [isinstance(each, ValueError) for each in outcomes] == fails
        kept = sorted(row["note_id"] for row in await db.fetch(NOTES["get"], "o"))
        assert kept == [f"{n:02}" for n, bad in enumerate(fails) if not bad]
        await db.close()

    asyncio.run(run())
