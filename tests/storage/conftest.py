"""A database with a small schema of its own, once for every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from reverie_server.storage.database import Database, Transaction
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


@pytest.fixture(params=["sqlite"])
async def db(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An open database with an empty table ``notes``. Other adapters join as parameters."""
    assert request.param == "sqlite"
    database = await SqliteDatabase.open(tmp_path / "data", prepare=None)
    await database.transaction(lambda tx: tx.execute(NOTES["create"]))
    yield database
    await database.close()


@pytest.fixture(params=["sqlite"])
async def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An open database with the server's schema, a workspace ``w``, its users ``u`` and ``v``."""
    assert request.param == "sqlite"
    database = await SqliteDatabase.open(tmp_path / "data")
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
