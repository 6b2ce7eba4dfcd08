"""Working memory over a real database, with the real rooms around it: what its tests share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reverie_server.clock import MICROSECONDS
from reverie_server.embedding.embedder import Embedder
from reverie_server.embedding.static import StaticTokenTable
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.presence import Presence
from reverie_server.identity.relationships.calls import CallRecords
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.users.service import UserService
from reverie_server.index.memories import vector_of
from reverie_server.jobs.service import JobService
from reverie_server.language.extractive import ExtractiveSummarizer
from reverie_server.paging import PageRequest
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Row, Value
from reverie_server.storage.idempotency import Request
from reverie_server.storage.outbox import Change
from reverie_server.storage.revision import Revisions
from reverie_server.storage.statements import parse
from reverie_server.tiers.episodic.archive import Archive
from reverie_server.tiers.facts.forgetting import FactEvidence
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.bookmarks import Bookmarks
from reverie_server.tiers.working.ending import SessionEnding
from reverie_server.tiers.working.entries import Entries
from reverie_server.tiers.working.lifecycle import SessionLifecycle
from reverie_server.tiers.working.model import (
    Entry,
    EntryCondition,
    NewEntry,
    SessionEnded,
    SessionKey,
    SuppliedEpisode,
)
from reverie_server.tiers.working.ports import EntrySearchResult
from reverie_server.tiers.working.records import SessionRecords
from reverie_server.tiers.working.service import WorkingMemory
from reverie_server.tiers.working.sessions import Sessions, SessionTerms
from reverie_server.tiers.working.summaries import Summaries
from reverie_server.tiers.working.timelines import Timelines
from reverie_server.tiers.working.vectors import EmbedderVectors
from tests.fresh_database import ManualClock

EXPIRY = 3_600 * MICROSECONDS
IDLE = 1_800 * MICROSECONDS


class SearchElsewhere:
    """Scoring is the recall room's and is tested over the whole server: nobody asks here."""

    async def search(self, *_: object) -> EntrySearchResult:
        raise AssertionError("not searched here")


@dataclass(slots=True)
class Rooms:
    """The rooms, put together as the server does it."""

    db: Database
    clock: ManualClock
    working: WorkingMemory
    records: SessionRecords
    lifecycle: SessionLifecycle
    relationships: RelationshipService
    users: UserService
    on_wake: Callable[[Callable[[], None]], None]
    wakes: list[int] = field(default_factory=list)
    """The times at which the job runner was woken."""

    async def start(
        self,
        session_id: str = "s",
        *,
        user: str = "u",
        persona: str = "p",
        workspace: str = "w",
        terms: SessionTerms | None = None,
    ) -> SessionKey:
        """An active session without entries."""
        terms = terms or SessionTerms(session_id)
        change = await self.working.sessions.start(workspace, user, persona, terms, None)
        return change.session.key

    async def append(self, key: SessionKey, *entries: NewEntry) -> tuple[str, ...]:
        return (await self.working.entries.append(key, entries, None)).entry_ids

    async def entries(
        self, key: SessionKey, condition: EntryCondition | None = None
    ) -> list[Entry]:
        """Up to 1,000 of them."""
        page = await self.working.entries.list(
            key, condition or EntryCondition(), 0, PageRequest(1000)
        )
        assert page.next is None
        return list(page.items)

    async def end(
        self,
        key: SessionKey,
        supplied: SuppliedEpisode | None = None,
        *,
        flush: bool = True,
        end_time: int | None = None,
    ) -> SessionEnded:
        return await self.working.ending.end(
            key, supplied or SuppliedEpisode(), flush=flush, end_time=end_time, request=None
        )

    def request(self, method: str, request_id: str = "r", body: str = "same") -> Request:
        return Request("w", "caller", method, request_id, "u", body, self.clock.now())

    async def changes(self, user: str = "u", workspace: str = "w") -> list[Change]:
        """What the index has yet to look at of a user, in order."""
        rows = await self.db.read(lambda snapshot: outbox.pending(snapshot, 10_000))
        return [
            row.change
            for row in rows
            if (row.key.workspace_id, row.key.user_id) == (workspace, user)
        ]

    async def revisions(self, user: str = "u", workspace: str = "w") -> Revisions:
        return await self.db.read(lambda snapshot: revision.current(snapshot, workspace, user))

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        """What a query of a test's own gives."""
        statement = parse(f"-- name: it\n{sql}", source="tests")["it"]
        return await self.db.fetch(statement, *args)

    async def execute(self, sql: str, *args: Value) -> None:
        """Changes what no call could."""
        statement = parse(f"-- name: it\n{sql}", source="tests")["it"]
        await self.db.transaction(lambda tx: tx.execute(statement, *args))

    async def vectors(self) -> dict[str, list[float]]:
        """The vectors that are stored, by entry."""
        rows = await self.rows("SELECT memory_id, vector FROM memory_vectors WHERE kind = 1")
        found = {}
        for row in rows:
            vector = vector_of(row["vector"])
            assert vector is not None
            found[row["memory_id"]] = [float(number) for number in vector]
        return found


def assemble(
    db: Database, clock: ManualClock, tokens: StaticTokenTable, embedder: Embedder
) -> Rooms:
    """The rooms over a database."""
    workspaces = Workspaces(db)
    users = UserService(db, clock, workspaces)
    personas = PersonaService(db, clock, workspaces)
    relationships = RelationshipService(db, clock, users, personas)
    jobs = JobService(db, clock)
    summarizer = ExtractiveSummarizer(tokens)
    vectors = EmbedderVectors(embedder)
    records = SessionRecords(vectors, FactEvidence(), expiry=EXPIRY)
    archive = Archive(db, clock, jobs, records, summarizer)
    ending = SessionEnding(db, clock, archive, CallRecords(), jobs, expiry=EXPIRY)
    working = WorkingMemory(
        sessions=Sessions(db, clock, Presence(workspaces, personas, relationships), workspaces),
        entries=Entries(
            db, clock, vectors, workspaces, SearchElsewhere(), archive, jobs, FactEvidence()
        ),
        timelines=Timelines(db, clock),
        bookmarks=Bookmarks(db, clock),
        summaries=Summaries(db, clock, summarizer),
        ending=ending,
    )
    rooms = Rooms(
        db,
        clock,
        working,
        records,
        SessionLifecycle(db, clock, ending, idle=IDLE, batch=10),
        relationships,
        users,
        jobs.on_wake,
    )
    jobs.on_wake(lambda: rooms.wakes.append(clock.now()))
    return rooms


def said(content: str, *, timeline: str = "main", at: int | None = None) -> NewEntry:
    """By the user."""
    return NewEntry(content, Role.USER, timeline, event_time=at)


def answered(content: str, *, timeline: str = "main", at: int | None = None) -> NewEntry:
    """By the persona."""
    return NewEntry(content, Role.ASSISTANT, timeline, event_time=at)
