"""Procedures: the nearest one of a key is in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from reverie_server.clock import Clock, new_id
from reverie_server.errors import FieldViolation, InvalidArgument, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.paging import Cursor, Page, PageRequest, collect, weight
from reverie_server.scope import SHARED_OWNER, Reader
from reverie_server.storage import outbox, ownership, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.storage.outbox import Change, Operation
from reverie_server.tiers.procedural import store
from reverie_server.tiers.procedural.forgotten import require_unforgotten
from reverie_server.tiers.procedural.model import (
    NOBODY,
    CountedOutcome,
    Outcome,
    Place,
    Procedure,
    ProcedureDraft,
    ProcedureHit,
    ProcedureHits,
    ProcedureQuery,
    Scope,
    VersionStamp,
)
from reverie_server.tiers.procedural.ports import Presence, ProcedureSearch
from reverie_server.tiers.procedural.template import MalformedTemplate, Template, parse
from reverie_server.tiers.provenance import content_hash
from reverie_server.tiers.ranking import RankedMemory, RankedQuery, depth, ranked_page
from reverie_server.versions import require_current

RENDERED_BYTES: Final = 2 * 1024 * 1024
"""Of UTF-8; what would render to more is refused."""

_CHUNK: Final = 32
"""Procedures in memory at once, of each scope; each is up to 72 KiB of text."""
_ABSENT: Final = 0
"""The version of a procedure that is not there; its etag is "0"."""


class ProcedureService:
    """The procedures of workspaces, personas and relationships.

    A ``Place`` says whose: what changes a procedure means exactly that place, what uses one takes
    the nearest of the relationship's, the persona's and the workspace's. No sharing mode makes a
    difference: procedures are instructions of the application rather than memory of a user.

    All of it raises InvalidArgument when a place has a user and no persona, and what reads raises
    NotFound when the user does not exist.
    """

    def __init__(
        self, db: Database, clock: Clock, presence: Presence, search: ProcedureSearch
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._search = search

    async def put(
        self,
        place: Place,
        key: str,
        draft: ProcedureDraft,
        expected_version: int | None,
        request: Request | None,
    ) -> Procedure:
        """Stores a draft as the key's next version in exactly this place. Its counts begin at 0.

        Args:
            expected_version: the revision that the version to replace was stored at; 0: there
                must be none; None: whatever there is.

        Raises:
            InvalidArgument: ``template`` is malformed.
            Aborted: the procedure is not at ``expected_version`` (STALE_ETAG).
            FailedPrecondition: the user had this template forgotten (MEMORY_FORGOTTEN).
        """
        _check(place)
        _well_formed(draft)

        async def work(tx: Transaction) -> VersionStamp:
            # The text is not stored a second time as the answer: a retry brings it along, and a
            # deleted procedure must not live on in it.
            return await once(tx, request, VersionStamp, lambda: add_version(tx))

        async def add_version(tx: Transaction) -> VersionStamp:
            now = self._clock.now()
            await self._presence.ensure(
                tx, place.workspace_id, place.user_id, place.persona_id, now
            )
            taken = await revision.bump(tx, place.workspace_id, place.user_id)
            await require_unforgotten(tx, place, key, draft)
            held = await store.head(tx, place, key)
            require_current("procedure", held.revision if held else _ABSENT, expected_version)
            stamp = VersionStamp(
                memory_id=held.memory_id if held else new_id(),
                version=held.version + 1 if held else 1,
                revision=taken,
                create_time=held.create_time if held else now,
                update_time=now,
            )
            procedure = Procedure(place, key, stamp, draft)
            await store.add_version(tx, procedure, _hash(procedure))
            await _record(tx, place, stamp.memory_id, Operation.UPSERT, taken, now)
            return stamp

        return Procedure(place, key, await self._db.transaction(work), draft)

    async def get(self, place: Place, key: str, version: int) -> Procedure:
        """A version of the nearest procedure of a key; 0: the current one.

        Raises:
            NotFound: no scope has the key, or the nearest has no such version.
        """
        _check(place)

        async def work(snapshot: Snapshot) -> Procedure | None:
            await _require_user(snapshot, place)
            found = await store.nearest(snapshot, _readers(place), key)
            return await store.get(snapshot, found, key, version) if found else None

        return _existing(await self._db.read(work), key)

    async def list(
        self, place: Place, prefix: str, *, all_scopes: bool, page: PageRequest
    ) -> Page[Procedure]:
        """Current versions by key, those that start with ``prefix``: each key once, the nearest,
        or every scope's, the nearest first."""
        _check(place)

        async def work(snapshot: Snapshot) -> Page[Procedure]:
            await _require_user(snapshot, place)

            async def fetch(cursor: Cursor | None, limit: int) -> Sequence[Procedure]:
                found = await _in_order(snapshot, _readers(place), cursor, prefix, limit)
                if not all_scopes:
                    first: dict[str, Procedure] = {}
                    for procedure in found:
                        first.setdefault(procedure.key, procedure)
                    found = [*first.values()]
                return found[:limit]

            def position(procedure: Procedure) -> Cursor:
                scope = procedure.place.scope if all_scopes else Scope.WORKSPACE
                return (procedure.key, int(scope))

            return await collect(fetch, page, position=position, weight=weight, chunk=_CHUNK)

        return await self._db.read(work)

    async def versions(self, place: Place, key: str, page: PageRequest) -> Page[Procedure]:
        """The latest first, of the key in exactly this place.

        Raises:
            NotFound: it is not there.
        """
        _check(place)

        async def work(snapshot: Snapshot) -> Page[Procedure]:
            held = await store.head(snapshot, place, key)
            if held is None:
                raise NotFound.of("procedure", key)
            return await collect(
                lambda cursor, limit: store.versions_before(
                    snapshot, place, key, int(cursor[0]) if cursor else held.version + 1, limit
                ),
                page,
                position=lambda procedure: (procedure.stamp.version,),
                weight=weight,
                chunk=_CHUNK,
            )

        return await self._db.read(work)

    async def search(self, place: Place, query: ProcedureQuery, page: PageRequest) -> ProcedureHits:
        """Of those in force, best first, ``ranking.DEEPEST`` at most. Each page searches anew.

        Raises:
            InvalidArgument: there is nothing to look for, or a vector that does not go with the
                embedder.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
        """
        _check(place)
        if not query.text.strip():
            raise InvalidArgument.of("query", "is required", reason="FIELD_REQUIRED")
        readers = _readers(place)

        async def keep(reader: Reader, memory_ids: Sequence[str]) -> Collection[str]:
            return await self._db.read(
                lambda snapshot: store.in_force(snapshot, readers, reader, memory_ids)
            )

        ranking = await self._search.search(
            RankedQuery(
                readers=readers,
                text=query.text,
                vector=query.vector,
                limit=depth(page),
                min_score=query.min_score,
                min_revision=query.min_revision,
                explain=query.explain,
                keep=keep,
            )
        )

        async def load(ranked: Sequence[RankedMemory]) -> Sequence[ProcedureHit | None]:
            return await self._hits(readers, ranked)

        hits = await ranked_page(
            ranking.memories, page, load, weight=lambda hit: weight(hit.procedure)
        )
        return ProcedureHits(hits.items, hits.next, ranking.degraded, ranking.revision)

    async def delete(
        self, place: Place, key: str, expected_version: int | None, request: Request | None
    ) -> int:
        """Deletes the key with all its versions in exactly this place; gives the owner's revision.

        Raises:
            NotFound: it is not there.
            Aborted: the procedure is not at ``expected_version`` (STALE_ETAG).
        """
        _check(place)

        async def work(tx: Transaction) -> int:
            return await once(tx, request, int, lambda: remove(tx))

        async def remove(tx: Transaction) -> int:
            owner = (place.workspace_id, place.user_id)
            taken = await revision.bump(tx, *owner)
            held = await store.head(tx, place, key)
            if held is None:
                raise NotFound.of("procedure", key)
            require_current("procedure", held.revision, expected_version)
            await store.delete(tx, place, key)
            await ownership.delete_traces(tx, *owner, Kind.PROCEDURE, [held.memory_id])
            await revision.mark_removal(tx, *owner, taken)
            await _record(tx, place, held.memory_id, Operation.DELETE, taken, self._clock.now())
            return taken

        return await self._db.transaction(work)

    async def render(
        self, place: Place, key: str, version: int, values: Mapping[str, str]
    ) -> tuple[str, Procedure]:
        """The nearest template of a key, filled; and the procedure that was used.

        Raises:
            NotFound: as ``get``.
            InvalidArgument: placeholders have no value (PLACEHOLDER_MISSING names every one), or
                the text would be longer than ``RENDERED_BYTES``.
        """
        procedure = await self.get(place, key, version)
        template = parse(procedure.draft.template)
        if missing := template.missing(values):
            raise InvalidArgument(
                f"the template needs values for: {', '.join(missing)}",
                reason="PLACEHOLDER_MISSING",
                fields=[FieldViolation(f"values[{name}]", "is required") for name in missing],
            )
        if template.rendered_bytes(values) > RENDERED_BYTES:
            raise InvalidArgument.of(
                "values",
                f"would make a text of more than {RENDERED_BYTES} bytes",
                reason="FIELD_TOO_LARGE",
            )
        return template.render(values), procedure

    async def record_outcome(
        self, place: Place, key: str, version: int, outcome: Outcome, request: Request | None
    ) -> tuple[Procedure, int]:
        """Counts how a use of the nearest procedure turned out, for the version used (0: the
        current one). Gives the procedure with the counts that this made, and the revision of the
        place's owner, with this change when the procedure is that owner's. The index has no
        counts, so it hears nothing of it.

        Raises:
            NotFound: as ``get``; also for a retry when the procedure has been deleted since.
        """
        _check(place)

        async def work(tx: Transaction) -> CountedOutcome:
            # Without the text, as in ``put``.
            return await once(tx, request, CountedOutcome, lambda: count(tx))

        async def count(tx: Transaction) -> CountedOutcome:
            await _require_user(tx, place)
            found = await store.nearest(tx, _readers(place), key)
            held = await store.head(tx, found, key) if found else None
            if found is None or held is None:
                raise NotFound.of("procedure", key)
            taken = await revision.bump(tx, found.workspace_id, found.user_id)
            used = version or held.version
            counts = await store.count_outcome(tx, found, key, used, outcome)
            if counts is None:
                raise NotFound.of("procedure", key)
            if found.user_id != place.user_id:
                # What changed is the shared part's, and who named a user keeps the user's.
                taken = (await revision.current(tx, place.workspace_id, place.user_id)).revision
            return CountedOutcome(found, used, counts, taken)

        counted = await self._db.transaction(work)
        procedure = _existing(
            await self._db.read(
                lambda snapshot: store.get(snapshot, counted.place, key, counted.version)
            ),
            key,
        )
        return replace(procedure, counts=counted.counts), counted.revision

    async def _hits(
        self, readers: Sequence[Reader], ranked: Sequence[RankedMemory]
    ) -> Sequence[ProcedureHit | None]:
        async def work(snapshot: Snapshot) -> dict[tuple[str, str], Procedure]:
            found: dict[tuple[str, str], Procedure] = {}
            for reader in readers:
                ids = [each.memory_id for each in ranked if each.user_id == reader.user_id]
                valid = await store.in_force(snapshot, readers, reader, ids)
                for memory_id, procedure in (
                    await store.by_memory_ids(snapshot, reader, valid)
                ).items():
                    found[reader.user_id, memory_id] = procedure
            return found

        procedures = await self._db.read(work)
        return [
            ProcedureHit(procedure, each.score, each.score_parts)
            if (procedure := procedures.get((each.user_id, each.memory_id)))
            else None
            for each in ranked
        ]


def _check(place: Place) -> None:
    if place.user_id != SHARED_OWNER and place.persona_id == NOBODY:
        raise InvalidArgument.of("persona_id", "is required with user_id", reason="FIELD_REQUIRED")


def _well_formed(draft: ProcedureDraft) -> Template:
    try:
        return parse(draft.template)
    except MalformedTemplate as error:
        raise InvalidArgument.of("template", str(error)) from None


def _readers(place: Place) -> tuple[Reader, ...]:
    """Who reads the place's procedures, the nearest owner first."""
    reader = Reader(place.workspace_id, place.user_id, place.persona_id)
    return (reader,) if place.user_id == SHARED_OWNER else (reader, reader.shared_part())


async def _require_user(snapshot: Snapshot, place: Place) -> None:
    if place.user_id != SHARED_OWNER:
        await revision.current(snapshot, place.workspace_id, place.user_id)


def _existing(procedure: Procedure | None, key: str) -> Procedure:
    if procedure is None:
        raise NotFound.of("procedure", key)
    return procedure


async def _in_order(
    snapshot: Snapshot, readers: Sequence[Reader], cursor: Cursor | None, prefix: str, limit: int
) -> list[Procedure]:
    """All readers' behind a cursor by key, the nearer scope first: complete for the first
    ``limit`` keys, of which the workspace's part has each up to twice."""
    key, scope = (str(cursor[0]), Scope(int(cursor[1]))) if cursor else ("", Scope.WORKSPACE)
    found: list[Procedure] = []
    for reader in readers:
        found += await store.list_after(snapshot, reader, key, scope, prefix, 2 * limit)
    found.sort(key=lambda each: (each.key, -each.place.scope))
    return found


async def _record(
    tx: Transaction, place: Place, memory_id: str, operation: Operation, taken: int, now: int
) -> None:
    change = Change(Kind.PROCEDURE, memory_id, "", operation)
    await outbox.record(tx, place.workspace_id, place.user_id, taken, [change], now)


def _hash(procedure: Procedure) -> str:
    """Over what the index has of a procedure."""
    return content_hash(
        procedure.key,
        procedure.draft.description,
        procedure.draft.template,
        procedure.place.persona_id,
        procedure.stamp.update_time,
    )
