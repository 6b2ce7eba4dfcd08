"""What is said and noted in sessions: appended, listed, searched, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.scope import Visibility
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.tombstones import Learner
from reverie_server.tiers.working import access, entry_store, store, timeline_store, timelines
from reverie_server.tiers.working.entry_store import LAST_POSITION
from reverie_server.tiers.working.model import (
    BACKFILL_AFTER,
    TURN_ROLES,
    EntriesAppended,
    Entry,
    EntryCondition,
    NewEntry,
    SessionKey,
)
from reverie_server.tiers.working.ports import (
    EntrySearch,
    EntrySearchResult,
    EntryVector,
    EntryVectors,
    EpisodeArchive,
    FactEvidence,
    JobSignal,
    SharingRules,
)
from reverie_server.tiers.working.removal import forget_entries
from reverie_server.tiers.working.response_times import exchange
from reverie_server.tiers.working.screening import screened_entries
from reverie_server.tiers.working.vectors import check_embeddings, check_query_vector


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """What is looked for in a session."""

    query: str
    timeline: str = ""
    """Empty: all."""
    event_after: int | None = None
    """Inclusive."""
    event_before: int | None = None
    """Exclusive."""
    limit: int = 10
    min_score: float = 0.0
    """0..1."""
    min_revision: int = 0
    explain: bool = False
    vector: tuple[float, ...] = ()
    """Only with the `client` embedder."""


class Entries:
    """The entries of every session. Sessions of others are NotFound."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        vectors: EntryVectors,
        sharing: SharingRules,
        search: EntrySearch,
        archive: EpisodeArchive,
        jobs: JobSignal,
        facts: FactEvidence,
    ) -> None:
        self._db = db
        self._clock = clock
        self._vectors = vectors
        self._sharing = sharing
        self._search = search
        self._archive = archive
        self._jobs = jobs
        self._facts = facts

    async def append(
        self, key: SessionKey, entries: Sequence[NewEntry], request: Request | None
    ) -> EntriesAppended:
        """Appends entries in order; all or nothing.

        Raises:
            NotFound: the session.
            FailedPrecondition: SESSION_ENDED, SESSION_EXPIRED or TIMELINE_CLOSED.
            InvalidArgument: an entry's vector does not go with the embedder.
            ResourceExhausted: LIMIT_REACHED, too many timelines.
        """
        check_embeddings(entries, self._vectors.supplied_dimension)

        async def work(tx: Transaction) -> EntriesAppended:
            return await once(tx, request, EntriesAppended, lambda: self._append(tx, key, entries))

        return await self._db.transaction(work, owner=(key.workspace_id, key.user_id))

    async def _append(
        self, tx: Transaction, key: SessionKey, entries: Sequence[NewEntry]
    ) -> EntriesAppended:
        # The hot path: one statement each for revision, session, timeline, entries and outbox.
        now = self._clock.now()
        taken = await access.take_revision(tx, key)
        place = await store.count_appended(
            tx,
            key,
            len(entries),
            exchange(
                [
                    (entry.role, now if entry.event_time is None else entry.event_time)
                    for entry in entries
                ]
            ),
            now,
        )
        if place is None:
            await access.active(tx, key, now)
            raise access.no_session(key)
        if any(
            each.event_time is not None and now - each.event_time > BACKFILL_AFTER
            for each in entries
        ):
            shared = place.visibility is Visibility.SHARED
            learner = Learner(key.workspace_id, key.user_id, key.persona_id, shared)
            entries = await screened_entries(tx, learner, entries, now)
        await timelines.count_appended(tx, key, entries, now)
        stored = await entry_store.add(
            tx,
            key,
            entries,
            first_position=place.first_position,
            visibility=place.visibility,
            event_time=now,
            revision=taken,
            now=now,
        )
        if self._vectors.supplied_dimension is not None:
            await self._vectors.store(
                tx,
                key.workspace_id,
                key.user_id,
                [
                    EntryVector(each.entry_id, each.content_hash, entry.embedding)
                    for each, entry in zip(stored, entries, strict=True)
                ],
            )
        await outbox.record(
            tx,
            key.workspace_id,
            key.user_id,
            taken,
            [
                Change(Kind.ENTRY, each.entry_id, key.session_id, Operation.UPSERT)
                for each in stored
            ],
            now,
        )
        return EntriesAppended(tuple([each.entry_id for each in stored]), taken)

    async def list(
        self, key: SessionKey, condition: EntryCondition, last_n: int, page: PageRequest
    ) -> Page[Entry]:
        """In the order in which they were appended.

        ``last_n``: only so many, the newest at the time of the first page (0: all). All pages are
        cut from these, so what is appended meanwhile moves nothing.

        Raises:
            NotFound: the session.
            FailedPrecondition: SESSION_EXPIRED.
        """
        now = self._clock.now()

        async def work(snapshot: Snapshot) -> Page[Entry]:
            await access.readable(snapshot, key, now)
            after, upto = await _bounds(snapshot, key, condition, last_n, page)
            return await collect(
                lambda cursor, limit: entry_store.list_after(
                    snapshot,
                    key.sql,
                    condition,
                    after=int(cursor[0]) if cursor else after,
                    upto=upto,
                    limit=limit,
                ),
                page,
                position=lambda entry: (entry.position, upto),
                weight=weight,
            )

        return await self._db.read(work)

    async def search(self, key: SessionKey, query: EntryQuery) -> EntrySearchResult:
        """Best first.

        Raises:
            NotFound: the session.
            FailedPrecondition: SESSION_EXPIRED or REVISION_UNKNOWN.
            InvalidArgument: there is nothing to look for, or a vector that does not go with the
                embedder.
        """
        check_query_vector(query.vector, self._vectors.supplied_dimension)
        if not query.query.strip() and not query.vector:
            raise InvalidArgument.of("query", "is required", reason="FIELD_REQUIRED")
        now = self._clock.now()
        await self._db.read(lambda snapshot: access.readable(snapshot, key, now))
        return await self._search.search(
            await self._sharing.reader(key.workspace_id, key.user_id, key.persona_id),
            key.session_id,
            query.query,
            query.timeline,
            query.event_after,
            query.event_before,
            query.limit,
            query.min_score,
            query.min_revision,
            query.explain,
            query.vector,
        )

    async def delete(self, key: SessionKey, entry_id: str, request: Request | None) -> int:
        """Deletes one entry for good, in any state of its session; gives the user's revision.
        What was summarised of it is worked out anew, and facts derived from it alone go with it.

        Raises:
            NotFound: the session, or the entry in it.
        """

        async def work(tx: Transaction) -> int:
            return await once(tx, request, int, lambda: self._delete(tx, key, entry_id))

        taken = await self._db.transaction(work)
        self._jobs.wake()
        return taken

    async def _delete(self, tx: Transaction, key: SessionKey, entry_id: str) -> int:
        now = self._clock.now()
        taken = await access.take_revision(tx, key)
        await access.existing(tx, key, now)
        gone = await entry_store.delete(tx, key.sql, entry_id)
        if gone is None:
            raise NotFound.of("entry", entry_id)
        timeline, role = gone
        await store.count_deleted(tx, key, is_turn=role in TURN_ROLES)
        await timeline_store.count_deleted(tx, key.sql, timeline)
        heirs = await forget_entries(tx, key.sql, [entry_id], taken)
        rewritten = await self._archive.forget_entry(tx, *key.sql, taken)
        facts = await self._facts.forget_entries(
            tx, key.workspace_id, key.user_id, [entry_id], taken
        )
        await revision.mark_removal(tx, key.workspace_id, key.user_id, taken)
        deletion = Change(Kind.ENTRY, entry_id, key.session_id, Operation.DELETE)
        changes = [deletion, *heirs, *rewritten, *facts]
        await outbox.record(tx, key.workspace_id, key.user_id, taken, changes, now)
        return taken


async def _bounds(
    snapshot: Snapshot, key: SessionKey, condition: EntryCondition, last_n: int, page: PageRequest
) -> tuple[int, int]:
    """Between which positions the list lies: after the first, up to the second. A page's cursor
    carries the second on to the pages behind it.
    """
    if page.cursor is not None:
        return int(page.cursor[0]), int(page.cursor[1])
    if not last_n:
        return -1, LAST_POSITION
    newest = await entry_store.nth_newest(snapshot, key.sql, condition, 0)
    if newest is None:
        return -1, -1
    oldest = await entry_store.nth_newest(snapshot, key.sql, condition, last_n - 1)
    return (-1 if oldest is None else oldest - 1), newest
