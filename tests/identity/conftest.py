"""The identity rooms over a real database, with a clock that moves a second at every look."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.presence import Presence
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.users.service import UserService
from reverie_server.storage.idempotency import Request
from reverie_server.storage.schema import migrate_sqlite
from reverie_server.storage.sqlite import DATABASE_FILE, SqliteDatabase


class SteppingClock:
    """Moves on by a second at every look, so that no two times are equal."""

    def __init__(self) -> None:
        self.time = 1_800_000_000 * MICROSECONDS

    def now(self) -> int:
        self.time += MICROSECONDS
        return self.time


@dataclass(frozen=True, slots=True)
class Rooms:
    """The identity rooms, put together as the server does it."""

    db: SqliteDatabase
    clock: SteppingClock
    workspaces: Workspaces
    users: UserService
    personas: PersonaService
    relationships: RelationshipService
    presence: Presence

    async def ensure(self, workspace_id: str, user_id: str, persona_id: str) -> None:
        """``Presence.ensure`` in a transaction of its own."""
        now = self.clock.now()
        await self.db.transaction(
            lambda tx: self.presence.ensure(tx, workspace_id, user_id, persona_id, now)
        )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing else, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    migrate_sqlite(path)
    return path


@pytest.fixture
async def db(empty_database: Path, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    (tmp_path / "data").mkdir()
    shutil.copyfile(empty_database, tmp_path / "data" / DATABASE_FILE)
    database = await SqliteDatabase.open(tmp_path / "data", prepare=None)
    yield database
    await database.close()


@pytest.fixture
def rooms(db: SqliteDatabase) -> Rooms:
    clock = SteppingClock()
    workspaces = Workspaces(db)
    users = UserService(db, clock, workspaces)
    personas = PersonaService(db, clock, workspaces)
    relationships = RelationshipService(db, clock, users, personas)
    presence = Presence(workspaces, personas, relationships)
    return Rooms(db, clock, workspaces, users, personas, relationships, presence)


@pytest.fixture
def request_of(rooms: Rooms) -> RequestOf:
    return RequestOf(rooms.clock)


@dataclass(frozen=True, slots=True)
class RequestOf:
    """Makes idempotency keys as the RPC layer does."""

    clock: SteppingClock

    def __call__(
        self, method: str, request_id: str, *, user_id: str = "", body: str = "same"
    ) -> Request:
        return Request("w", "caller", method, request_id, user_id, body, self.clock.now())
