"""Documents over a real database, with the real rooms around them, and over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc.aio
import pytest

from reverie.v1 import semantic_memory_service_pb2_grpc as rpc
from reverie_server.embedding.client_vectors import ClientVectors
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.presence import Presence
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.users.service import UserService
from reverie_server.paging import PageRequest
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import Servicer
from reverie_server.scope import Visibility
from reverie_server.storage.idempotency import Request
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.tiers.filters import Filter
from reverie_server.tiers.semantic import json_text
from reverie_server.tiers.semantic.model import (
    Document,
    DocumentDraft,
    DocumentHits,
    DocumentQuery,
)
from reverie_server.tiers.semantic.service import DocumentService
from reverie_server.tiers.semantic.servicer import SemanticMemoryServicer
from reverie_server.tiers.semantic.vectors import EmbedderVectors
from tests.channels import connect
from tests.fresh_database import ManualClock, clock, db, schema_file
from tests.ranked_by_words import RankedByWords
from tests.serving import serve

__all__ = ["clock", "db", "schema_file"]

VECTORS = ClientVectors(3)


@dataclass(frozen=True, slots=True)
class Documents:
    """The room, put together as the server does it, with a test's usual arguments."""

    db: SqliteDatabase
    clock: ManualClock
    service: DocumentService
    client_vectors: DocumentService
    """The same room on a server with the `client` embedder."""
    users: UserService
    ranking: RankedByWords

    async def put(
        self,
        document_id: str,
        content: Any,
        *,
        user: str = "ann",
        persona: str = "brad",
        visibility: Visibility | None = None,
        metadata: dict[str, str] | None = None,
        expected: int | None = None,
        request: Request | None = None,
        workspace: str = "acme",
    ) -> Document:
        self.clock.advance(1)
        return await self.service.put(
            workspace,
            user,
            persona,
            document_id,
            draft(content, metadata, visibility),
            expected,
            request,
        )

    async def get(
        self,
        document_id: str,
        version: int = 0,
        *,
        user: str = "ann",
        persona: str = "brad",
        workspace: str = "acme",
    ) -> Document:
        return await self.service.get(workspace, user, persona, document_id, version)

    async def ids(
        self,
        prefix: str = "",
        condition: Filter | None = None,
        *,
        user: str = "ann",
        persona: str = "brad",
        workspace: str = "acme",
        size: int = 1000,
    ) -> list[str]:
        """All pages of a list, concatenated."""
        found: list[str] = []
        page = PageRequest(size)
        while True:
            got = await self.service.list(workspace, user, persona, prefix, condition, page)
            found += [each.stamp.document_id for each in got.items]
            if got.next is None:
                return found
            page = PageRequest(size, got.next)

    async def search(
        self,
        text: str,
        page: PageRequest | None = None,
        *,
        condition: Filter | None = None,
        min_score: float = 0.0,
        explain: bool = False,
        include_workspace: bool = False,
        user: str = "ann",
        persona: str = "brad",
    ) -> DocumentHits:
        query = DocumentQuery(text, (), condition, min_score, 0, explain, include_workspace)
        return await self.service.search("acme", user, persona, query, page or PageRequest(10))


def draft(
    content: Any, metadata: dict[str, str] | None = None, visibility: Visibility | None = None
) -> DocumentDraft:
    """A document without a vector."""
    return DocumentDraft(json_text.canonical(content), metadata or {}, visibility, ())


def request(request_id: str, fingerprint: str = "same", user: str = "ann") -> Request:
    """What identifies a request to change a document."""
    return Request("acme", "tests", "/PutDocument", request_id, user, fingerprint, 0)


@pytest.fixture
def documents(db: SqliteDatabase, clock: ManualClock) -> Documents:
    """The room of this test."""
    workspaces = Workspaces(db)
    users = UserService(db, clock, workspaces)
    personas = PersonaService(db, clock, workspaces)
    presence = Presence(workspaces, personas, RelationshipService(db, clock, users, personas))
    ranking = RankedByWords(db, "documents")
    own, supplied = (
        DocumentService(
            db,
            clock,
            presence,
            workspaces,
            EmbedderVectors(VECTORS, supplied_by_caller=by_caller),
            ranking,
        )
        for by_caller in (False, True)
    )
    return Documents(db, clock, own, supplied, users, ranking)


@pytest.fixture
async def address(documents: Documents) -> AsyncIterator[str]:
    """Where the room is served."""
    servicer = Servicer(
        "reverie.v1.SemanticMemoryService",
        rpc.add_SemanticMemoryServiceServicer_to_server,
        SemanticMemoryServicer(documents.service, PageTokens(b"key of the tests")),
    )
    async with serve(documents.clock, {servicer.name: servicer}) as address:
        yield address


@pytest.fixture
async def stub(address: str) -> AsyncIterator[rpc.SemanticMemoryServiceStub]:
    """Calls the room in the workspace "acme"."""
    channel: grpc.aio.Channel
    async with connect(address, "acme") as channel:
        yield rpc.SemanticMemoryServiceStub(channel)
