"""A database with a small schema of its own, once for every adapter."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.storage.statements import Statements, parse

NOTES = parse(
    """
    -- name: create
    CREATE TABLE notes (
        owner TEXT NOT NULL,
        note_id TEXT NOT NULL,
        content TEXT NOT NULL CHECK (content <> 'forbidden'),
        weight DOUBLE PRECISION,
        PRIMARY KEY (owner, note_id)
    );
    -- name: add
    INSERT INTO notes (owner, note_id, content, weight) VALUES ($1, $2, $3, $4);
    -- name: add_if_missing
    INSERT INTO notes (owner, note_id, content, weight) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING;
    -- name: change
    UPDATE notes SET content = $2 WHERE owner = $1;
    -- name: change_returning
    UPDATE notes SET content = $2 WHERE owner = $1 RETURNING note_id, content;
    -- name: get
    SELECT note_id, content, weight FROM notes WHERE owner = $1 ORDER BY note_id;
    -- name: swapped
    SELECT $2 AS second, $1 AS first;
    -- name: among
    SELECT note_id FROM notes n WHERE n.owner = $1 AND n.note_id {in:$2} ORDER BY note_id;
    -- name: count
    SELECT COUNT(*) FROM notes;
    """,
    source="tests",
)

OWNERS = parse(
    """
    -- name: add_workspace
    INSERT INTO workspaces (workspace_id, create_time) VALUES ($1, 0);
    -- name: add_user
    INSERT INTO users (workspace_id, user_id, create_time, update_time) VALUES ($1, $2, 0, 0);
    """,
    source="tests",
)


@pytest.fixture
def notes() -> Statements:
    """Statements on the table ``notes``."""
    return NOTES


Open = Callable[[], Awaitable[Database]]


class Gate(Protocol):
    """Holds a unit back until the test opens it."""

    async def arrive(self) -> None:
        """In the unit: says that it is there and waits."""
        ...

    async def reached(self) -> None:
        """In the test: returns when the unit waits."""
        ...

    def open(self) -> None:
        """In the test: lets the unit go on."""
        ...


class ThreadGate:
    """For units on a thread of their own, which may wait there and never suspend."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reached = asyncio.Event()
        self._opened = threading.Event()

    async def arrive(self) -> None:
        self._loop.call_soon_threadsafe(self._reached.set)
        self._opened.wait(10)

    async def reached(self) -> None:
        await self._reached.wait()

    def open(self) -> None:
        self._opened.set()


class LoopGate:
    """For units on the event loop."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._opened = asyncio.Event()

    async def arrive(self) -> None:
        self._reached.set()
        await self._opened.wait()

    async def reached(self) -> None:
        await self._reached.wait()

    def open(self) -> None:
        self._opened.set()


GATES: dict[str, type[ThreadGate | LoopGate]] = {"sqlite": ThreadGate, "postgres": LoopGate}


@pytest.fixture(params=["sqlite", "postgres"])
def adapter(request: pytest.FixtureRequest) -> str:
    """Every adapter of the port."""
    return str(request.param)


@pytest.fixture
async def gate(adapter: str) -> Gate:
    """For units of this test's database."""
    return GATES[adapter]()


@pytest.fixture
def bare(adapter: str, request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens this test's database, with nothing in it."""
    if adapter == "sqlite":
        return lambda: SqliteDatabase.open(tmp_path / "data", prepare=None)
    options: PostgresOptions = request.getfixturevalue("bare_postgres")
    return lambda: PostgresDatabase.open(options, prepare=None)


@pytest.fixture
async def db(bare: Open) -> AsyncIterator[Database]:
    """An open database with an empty table ``notes``."""
    database = await bare()
    await database.transaction(lambda tx: tx.execute(NOTES["create"]))
    yield database
    await database.close()


@pytest.fixture
def reopen(adapter: str, request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens this test's database with the server's schema; it may be closed and opened again."""
    if adapter == "sqlite":
        return lambda: SqliteDatabase.open(tmp_path / "data")
    options: PostgresOptions = request.getfixturevalue("migrated_postgres")
    return lambda: PostgresDatabase.open(options)


@pytest.fixture
async def migrated(reopen: Open) -> AsyncIterator[Database]:
    """An open database with the server's schema, a workspace ``w``, its users ``u`` and ``v``."""
    database = await reopen()
    await add_owners_to(database)
    yield database
    await database.close()


async def add_owners_to(database: Database) -> None:
    """Adds the workspace ``w`` and its users ``u`` and ``v``."""

    async def work(tx: Transaction) -> None:
        await tx.execute(OWNERS["add_workspace"], "w")
        for user_id in ("u", "v"):
            await tx.execute(OWNERS["add_user"], "w", user_id)

    await database.transaction(work)


@pytest.fixture
def add_owners() -> Callable[[Database], Awaitable[None]]:
    """Adds what ``migrated`` has to a database that the test opens itself."""
    return add_owners_to
