"""A real database with the real schema and nothing in it, quick to come by, and a clock beside it.

A conftest imports the fixtures it wants to offer.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.governance.operations.ports import CompactableStorage
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.schema import migrate_sqlite
from reverie_server.storage.sqlite import SqliteDatabase
from tests.backends import postgres_of


class ManualClock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self.time = 1_800_000_000 * MICROSECONDS

    def now(self) -> int:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += int(seconds * MICROSECONDS)


@pytest.fixture(scope="session")
def schema_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing else, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "schema.db"
    migrate_sqlite(path)
    return path


@pytest.fixture
async def db(schema_file: Path, tmp_path: Path) -> AsyncIterator[CompactableStorage]:
    """This test's own database."""
    database = await open_copy(schema_file, tmp_path / "data")
    yield database
    await database.close()


@pytest.fixture
async def sqlite(schema_file: Path, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """The same, but SQLite whatever the backend: for what only SQLite has."""
    database = await _open_sqlite(schema_file, tmp_path / "sqlite")
    yield database
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    """This test's own clock."""
    return ManualClock()


async def open_copy(schema_file: Path, folder: Path) -> CompactableStorage:
    """Opens the database of ``folder``, with the schema when it is new."""
    options = await postgres_of(folder)
    if options is not None:
        return await PostgresDatabase.open(options, prepare=None)
    return await _open_sqlite(schema_file, folder)


async def _open_sqlite(schema_file: Path, folder: Path) -> SqliteDatabase:
    def prepare(path: Path) -> None:
        if not path.exists():
            shutil.copyfile(schema_file, path)

    return await SqliteDatabase.open(folder, prepare=prepare)
