"""Episodic memory over a real database, with the real rooms around it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.embedding.static import StaticEmbedder, StaticTokenTable
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.presence import Presence
from reverie_server.identity.relationships.calls import CallRecords
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.users.service import UserService
from reverie_server.jobs.model import JobContext
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.jobs.runner import JobRunner
from reverie_server.jobs.service import JobService
from reverie_server.language.extractive import ExtractiveSummarizer
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import outbox
from reverie_server.storage.database import Snapshot
from reverie_server.storage.idempotency import Request
from reverie_server.storage.outbox import Change
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.tiers.episodic.archive import ARCHIVE_SESSION, Archive
from reverie_server.tiers.episodic.model import Episode, EpisodePut, NewEpisode
from reverie_server.tiers.episodic.ports import EpisodeMatches
from reverie_server.tiers.episodic.rehydration import Rehydration
from reverie_server.tiers.episodic.service import EpisodeService
from reverie_server.tiers.facts.forgetting import FactEvidence
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.bookmarks import Bookmarks
from reverie_server.tiers.working.ending import SessionEnding
from reverie_server.tiers.working.entries import Entries
from reverie_server.tiers.working.model import Entry, NewEntry, SessionKey, SuppliedEpisode
from reverie_server.tiers.working.ports import EntrySearchResult
from reverie_server.tiers.working.records import SessionRecords
from reverie_server.tiers.working.sessions import Sessions, SessionTerms
from reverie_server.tiers.working.vectors import EmbedderVectors
from tests.fresh_database import ManualClock, clock, db, schema_file

__all__ = ["clock", "db", "schema_file"]

HOUR = 3_600 * MICROSECONDS
TALK = (
    NewEntry("I started climbing at the new gym last month.", Role.USER),
    NewEntry("That sounds exciting! Do you climb alone?", Role.ASSISTANT),
    NewEntry("No, with my sister Nora. We decided to book a trip to the Alps.", Role.USER),
    NewEntry("Great. I will remind you to renew your passport next week.", Role.ASSISTANT),
)


class SearchElsewhere:
    """Searching is the recall room's and is tested over the whole server: nobody asks here."""

    async def search(self, *_: object) -> EpisodeMatches:
        raise AssertionError("not searched here")


class EntrySearchElsewhere:
    """The same for entries."""

    async def search(self, *_: object) -> EntrySearchResult:
        raise AssertionError("not searched here")


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms, put together as the server does it."""

    db: SqliteDatabase
    clock: ManualClock
    jobs: JobService
    runner: JobRunner
    users: UserService
    archive: Archive
    records: SessionRecords
    sessions: Sessions
    entries: Entries
    bookmarks: Bookmarks
    ending: SessionEnding
    episodes: EpisodeService
    rehydration: Rehydration
    gate: asyncio.Event
    """Jobs wait in front of it."""

    async def talk(
        self,
        session_id: str,
        *,
        user: str = "u",
        persona: str = "p",
        entries: Sequence[NewEntry] = TALK,
        visibility: Visibility | None = None,
    ) -> SessionKey:
        """An active session with entries."""
        terms = SessionTerms(session_id, {"place": "phone"}, visibility)
        await self.sessions.start("w", user, persona, terms, None)
        key = SessionKey("w", user, persona, session_id)
        if entries:
            await self.entries.append(key, entries, None)
        return key

    async def end(
        self, key: SessionKey, supplied: SuppliedEpisode | None = None, *, flush: bool = True
    ) -> str:
        """Ends a session; gives its episode's id."""
        ended = await self.ending.end(
            key, supplied or SuppliedEpisode(), flush=flush, end_time=None, request=None
        )
        return ended.episode_id

    async def archived(
        self,
        session_id: str,
        *,
        user: str = "u",
        persona: str = "p",
        visibility: Visibility | None = None,
        supplied: SuppliedEpisode | None = None,
        entries: Sequence[NewEntry] = TALK,
    ) -> Episode:
        """An episode whose job has run."""
        key = await self.talk(
            session_id, user=user, persona=persona, visibility=visibility, entries=entries
        )
        episode_id = await self.end(key, supplied)
        await self.runner.idle()
        return await self.get(episode_id, user=user, persona=persona)

    @asynccontextmanager
    async def runner_paused(self) -> AsyncIterator[None]:
        """Jobs wait meanwhile."""
        self.gate.clear()
        yield
        self.gate.set()

    async def get(self, episode_id: str, *, user: str = "u", persona: str = "p") -> Episode:
        return await self.episodes.get("w", user, persona, episode_id=episode_id, session_id="")

    def request(self, method: str, request_id: str = "r", body: str = "same") -> Request:
        return Request("w", "caller", method, request_id, "u", body, self.clock.now())


@pytest.fixture(scope="session")
def tokens() -> StaticTokenTable:
    return StaticTokenTable.load()


@pytest.fixture
async def rooms(
    db: SqliteDatabase, clock: ManualClock, tokens: StaticTokenTable
) -> AsyncIterator[Rooms]:
    workspaces = Workspaces(db)
    users = UserService(db, clock, workspaces)
    personas = PersonaService(db, clock, workspaces)
    relationships = RelationshipService(db, clock, users, personas)
    presence = Presence(workspaces, personas, relationships)
    jobs = JobService(db, clock)
    summarizer = ExtractiveSummarizer(tokens)
    vectors = EmbedderVectors(StaticEmbedder(tokens))
    records = SessionRecords(vectors, FactEvidence(), expiry=HOUR)
    archive = Archive(db, clock, jobs, records, summarizer)
    calls = CallRecords()
    gate = asyncio.Event()
    gate.set()

    async def archive_session(context: JobContext) -> Mapping[str, int]:
        await gate.wait()
        return await archive.archive_session(context)

    runner = JobRunner(
        db,
        clock,
        {ARCHIVE_SESSION: archive_session},
        retry=RetryPolicy(draw=lambda: 0.0),
    )
    jobs.on_wake(runner.wake)
    task = asyncio.create_task(runner.run())
    yield Rooms(
        db,
        clock,
        jobs,
        runner,
        users,
        archive,
        records,
        Sessions(db, clock, presence, workspaces),
        Entries(
            db, clock, vectors, workspaces, EntrySearchElsewhere(), archive, jobs, FactEvidence()
        ),
        Bookmarks(db, clock),
        SessionEnding(db, clock, archive, calls, jobs, expiry=HOUR),
        EpisodeService(
            db, clock, archive, records, presence, workspaces, SearchElsewhere(), jobs, calls
        ),
        Rehydration(db, clock, records, summarizer),
        gate,
    )
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def backfill(
    session_id: str = "old",
    *,
    entries: Sequence[NewEntry] = TALK,
    supplied: SuppliedEpisode | None = None,
    visibility: Visibility | None = None,
) -> NewEpisode:
    """An episode from long ago, an hour long."""
    start = 1_600_000_000 * MICROSECONDS
    return NewEpisode(
        session_id=session_id,
        start_time=start,
        end_time=start + HOUR,
        entries=tuple(entries),
        supplied=supplied or SuppliedEpisode(),
        metadata={"from": "elsewhere"},
        visibility=visibility,
    )


async def put(rooms: Rooms, session_id: str = "old", **arguments: Any) -> EpisodePut:
    new = backfill(session_id, **arguments)
    return await rooms.episodes.put("w", "u", "p", new, None)


async def entries_of(rooms: Rooms, session_id: str, reader: Reader) -> list[Entry]:
    """Those of a session that this reader may read."""

    async def read(snapshot: Snapshot) -> list[Entry]:
        turns = await rooms.records.turns(snapshot, "w", "u", session_id)
        return await rooms.records.entries(snapshot, reader, [turn.entry_id for turn in turns])

    return await rooms.db.read(read)


async def changes_of(rooms: Rooms, at: int) -> list[Change]:
    rows = await rooms.db.read(lambda snapshot: outbox.pending(snapshot, 10_000))
    return [row.change for row in rows if row.key.revision == at]
