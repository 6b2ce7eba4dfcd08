"""Procedures over a real database, with the real rooms around them, and over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest

from reverie.v1 import procedural_memory_service_pb2_grpc as rpc
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.presence import Presence
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.users.service import UserService
from reverie_server.paging import PageRequest
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import Servicer
from reverie_server.storage.idempotency import Request
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.tiers.procedural.model import (
    Outcome,
    Place,
    Procedure,
    ProcedureDraft,
    ProcedureHits,
    ProcedureQuery,
)
from reverie_server.tiers.procedural.service import ProcedureService
from reverie_server.tiers.procedural.servicer import ProceduralMemoryServicer
from tests.channels import connect
from tests.fresh_database import ManualClock, clock, db, schema_file
from tests.ranked_by_words import RankedByWords
from tests.serving import serve

__all__ = ["clock", "db", "schema_file"]

WORKSPACE = Place("acme", "", "")
PERSONA = Place("acme", "", "brad")
PAIR = Place("acme", "ann", "brad")
SCOPES = (WORKSPACE, PERSONA, PAIR)
"""The farthest first."""


@dataclass(frozen=True, slots=True)
class Procedures:
    """The room, put together as the server does it, with a test's usual arguments."""

    db: SqliteDatabase
    clock: ManualClock
    service: ProcedureService
    users: UserService
    presence: Presence
    ranking: RankedByWords

    async def put(
        self,
        place: Place,
        key: str,
        template: str,
        *,
        description: str = "",
        metadata: Mapping[str, str] | None = None,
        expected: int | None = None,
        request: Request | None = None,
    ) -> Procedure:
        self.clock.advance(1)
        draft = ProcedureDraft(template, description, metadata or {})
        return await self.service.put(place, key, draft, expected, request)

    async def text(self, place: Place, key: str, values: Mapping[str, str] | None = None) -> str:
        """What the key renders to."""
        return (await self.service.render(place, key, 0, values or {}))[0]

    async def ensure(self, place: Place) -> None:
        """Creates user, persona and relationship."""
        now = self.clock.now()
        await self.db.transaction(
            lambda tx: self.presence.ensure(
                tx, place.workspace_id, place.user_id, place.persona_id, now
            )
        )

    async def listed(
        self, place: Place, prefix: str = "", *, all_scopes: bool = False, size: int = 1000
    ) -> list[Procedure]:
        """All pages of a list, concatenated."""
        found: list[Procedure] = []
        page = PageRequest(size)
        while True:
            got = await self.service.list(place, prefix, all_scopes=all_scopes, page=page)
            found += got.items
            if got.next is None:
                return found
            page = PageRequest(size, got.next)

    async def search(
        self, place: Place, text: str, page: PageRequest | None = None, *, min_score: float = 0.0
    ) -> ProcedureHits:
        query = ProcedureQuery(text, (), min_score, 0, explain=False)
        return await self.service.search(place, query, page or PageRequest(10))

    async def count(
        self, place: Place, key: str, outcome: Outcome, version: int = 0
    ) -> tuple[Procedure, int]:
        return await self.service.record_outcome(place, key, version, outcome, None)


def request(request_id: str, fingerprint: str = "same", method: str = "/Put") -> Request:
    """What identifies a request to change a procedure."""
    return Request("acme", "tests", method, request_id, "", fingerprint, 0)


@pytest.fixture
def procedures(db: SqliteDatabase, clock: ManualClock) -> Procedures:
    """The room of this test."""
    workspaces = Workspaces(db)
    users = UserService(db, clock, workspaces)
    personas = PersonaService(db, clock, workspaces)
    presence = Presence(workspaces, personas, RelationshipService(db, clock, users, personas))
    ranking = RankedByWords(db, "procedures")
    return Procedures(
        db, clock, ProcedureService(db, clock, presence, ranking), users, presence, ranking
    )


@pytest.fixture
async def address(procedures: Procedures) -> AsyncIterator[str]:
    """Where the room is served."""
    servicer = Servicer(
        "reverie.v1.ProceduralMemoryService",
        rpc.add_ProceduralMemoryServiceServicer_to_server,
        ProceduralMemoryServicer(procedures.service, PageTokens(b"key of the tests")),
    )
    async with serve(procedures.clock, {servicer.name: servicer}) as address:
        yield address


@pytest.fixture
async def stub(address: str) -> AsyncIterator[rpc.ProceduralMemoryServiceStub]:
    """Calls the room in the workspace "acme"."""
    async with connect(address, "acme") as channel:
        yield rpc.ProceduralMemoryServiceStub(channel)
