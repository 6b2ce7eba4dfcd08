from __future__ import annotations

import pytest

from reverie_server.embedding.client_vectors import ClientVectors
from reverie_server.embedding.static import StaticEmbedder, StaticTokenTable
from reverie_server.storage.database import Database
from tests.fresh_database import ManualClock, clock, db, schema_file
from tests.working.rooms import Rooms, assemble

__all__ = ["clock", "db", "schema_file"]


@pytest.fixture(scope="session")
def tokens() -> StaticTokenTable:
    return StaticTokenTable.load()


@pytest.fixture
def rooms(db: Database, clock: ManualClock, tokens: StaticTokenTable) -> Rooms:
    return assemble(db, clock, tokens, StaticEmbedder(tokens))


@pytest.fixture
def rooms_of_client_vectors(db: Database, clock: ManualClock, tokens: StaticTokenTable) -> Rooms:
    """Callers bring vectors of two numbers."""
    return assemble(db, clock, tokens, ClientVectors(2))
