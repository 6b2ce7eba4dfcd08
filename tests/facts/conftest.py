"""Facts over a real database, with the real rooms around them, and over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie_server.clock import MICROSECONDS
from reverie_server.embedding.client_vectors import ClientVectors
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.presence import Presence
from reverie_server.identity.relationships.calls import CallRecords
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.users.service import UserService
from reverie_server.language.extraction.embedded import EmbeddedFactExtractor
from reverie_server.language.extractor_choice import ExtractorChoice, ListedWorkspaces
from reverie_server.paging import PageRequest
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import Servicer
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.tiers.facts.finding import FactFinder
from reverie_server.tiers.facts.forgetting import FactEvidence
from reverie_server.tiers.facts.graph_service import FactGraphs
from reverie_server.tiers.facts.model import AllTold, Fact, FactFilter, NewFact
from reverie_server.tiers.facts.profile import UserProfiles
from reverie_server.tiers.facts.reading_service import FactReading
from reverie_server.tiers.facts.service import FactService
from reverie_server.tiers.facts.servicer import FactServicer
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.working.model import SuppliedFact
from reverie_server.tiers.working.records import SessionRecords
from reverie_server.tiers.working.vectors import EmbedderVectors
from tests.channels import connect
from tests.fresh_database import ManualClock, clock, db, schema_file, sqlite
from tests.ranked_by_words import RankedByWords
from tests.serving import serve

__all__ = ["clock", "db", "schema_file", "sqlite"]

DAY = 86_400 * MICROSECONDS
FIRST = 1_700_000_000 * MICROSECONDS
"""Day 0 of the tests, before the clock's now."""


def day(number: float) -> int:
    return FIRST + int(number * DAY)


@dataclass(frozen=True, slots=True)
class Known:
    """The room, put together as the server does it, with a test's usual arguments."""

    db: SqliteDatabase
    clock: ManualClock
    service: FactService
    facts: Facts
    reading: FactReading
    workspaces: Workspaces

    async def tell(
        self,
        *facts: NewFact,
        user: str = "ann",
        persona: str = "brad",
        workspace: str = "acme",
    ) -> AllTold:
        self.clock.advance(1)
        return await self.service.add(workspace, user, persona, "", facts, None)

    async def list(
        self,
        *,
        user: str = "ann",
        persona: str = "brad",
        workspace: str = "acme",
        size: int = 1000,
        **where: Any,
    ) -> list[Fact]:
        """All pages of a list, concatenated."""
        found: list[Fact] = []
        page = PageRequest(size)
        while True:
            got = await self.service.list(workspace, user, persona, FactFilter(**where), page)
            found += got.items
            if got.next is None:
                return found
            page = PageRequest(size, got.next)

    async def get(
        self, fact_id: str, *, user: str = "ann", persona: str = "brad", known_at: int | None = None
    ) -> Fact:
        fact, _ = await self.service.get("acme", user, persona, fact_id, known_at)
        return fact

    async def history(self, fact_id: str) -> Sequence[Fact]:
        page = await self.service.history("acme", "ann", "brad", fact_id, PageRequest(1000))
        return page.items


def fact(predicate: str, thing: str, since: float | None = 0, **fields: Any) -> NewFact:
    """A fact about the user, true since a day."""
    return NewFact(
        statement=f"{fields.get('subject', 'user')} {predicate} {thing}",
        predicate=predicate,
        object=thing,
        valid_from=None if since is None else day(since),
        **fields,
    )


class NoEpisodes:
    """In these tests no session ends."""

    async def supplied_facts(self, *_: object) -> tuple[SuppliedFact, ...]:
        return ()


def build(db: SqliteDatabase, clock: ManualClock) -> Known:
    workspaces = Workspaces(db)
    users = UserService(db, clock, workspaces)
    personas = PersonaService(db, clock, workspaces)
    presence = Presence(workspaces, personas, RelationshipService(db, clock, users, personas))
    sessions = SessionRecords(EmbedderVectors(ClientVectors(3)), FactEvidence(), expiry=DAY)
    facts = Facts(sessions)
    service = FactService(db, clock, presence, workspaces, sessions, facts)
    reading = FactReading(
        db,
        clock,
        presence,
        workspaces,
        sessions,
        NoEpisodes(),
        CallRecords(),
        ExtractorChoice(EmbeddedFactExtractor(), None, ListedWorkspaces(())),
        facts,
    )
    return Known(db, clock, service, facts, reading, workspaces)


@pytest.fixture
def known(db: SqliteDatabase, clock: ManualClock) -> Known:
    """The room of this test."""
    return build(db, clock)


@pytest.fixture
async def stub(known: Known) -> AsyncIterator[rpc.FactServiceStub]:
    """Calls the room in the workspace "acme"."""
    servicer = Servicer(
        "reverie.v1.FactService",
        rpc.add_FactServiceServicer_to_server,
        FactServicer(
            known.service,
            known.reading,
            FactFinder(known.db, known.clock, known.workspaces, RankedByWords(known.db, "facts")),
            UserProfiles(known.db, known.clock, known.workspaces),
            FactGraphs(known.db, known.clock, known.workspaces),
            PageTokens(b"key of the tests"),
        ),
    )
    async with (
        serve(known.clock, {servicer.name: servicer}) as address,
        connect(address, "acme") as channel,
    ):
        yield rpc.FactServiceStub(channel)
