"""Facts: who may read one may confirm, correct, retract and restore it; none of that deletes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from reverie_server.clock import Clock
from reverie_server.errors import NotFound
from reverie_server.paging import Cursor, Page, PageRequest, collect, weight
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.tiers.facts import store
from reverie_server.tiers.facts.correcting import changed, corrected, wrong_state
from reverie_server.tiers.facts.model import (
    AllTold,
    ChangedFact,
    ChangeKind,
    Fact,
    FactFilter,
    NewFact,
    Outcome,
)
from reverie_server.tiers.facts.ports import Evidence, Presence, SharingRules
from reverie_server.tiers.facts.taking_in import Facts, competes, keep
from reverie_server.tiers.facts.timeline import Settlement, confirm, restore
from reverie_server.versions import require_current

_FIRST: Final = 2**62
"""Above every version."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a request record keeps of a change: not the fact, which may be deleted by then, or not
    be the persona's to read any more."""

    version: int
    revision: int


class FactService:
    """The facts of users. One that the persona may not read does not exist for it."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        presence: Presence,
        sharing: SharingRules,
        evidence: Evidence,
        facts: Facts,
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._sharing = sharing
        self._evidence = evidence
        self._facts = facts

    async def add(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        facts: Sequence[NewFact],
        request: Request | None,
        *,
        remember_again: bool = False,
    ) -> AllTold:
        """All of them or none; see ``Facts.take_in``.

        Args:
            session_id: the session they come from, if any.
            remember_again: also what the user had forgotten.

        Raises:
            NotFound: there is no such session of the pair, or no such entry.
            InvalidArgument: naming the field of a fact.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)

        async def work(tx: Transaction) -> AllTold:
            return await once(tx, request, AllTold, lambda: take_in(tx))

        async def take_in(tx: Transaction) -> AllTold:
            now = self._clock.now()
            await self._presence.ensure(tx, workspace_id, user_id, persona_id, now)
            origin = Visibility.SHARED
            said_time = None
            if session_id:
                key = (workspace_id, user_id, persona_id, session_id)
                session = await self._evidence.get(tx, *key)
                if session is None:
                    raise NotFound.of("session", session_id)
                origin = session.visibility
                said_time = session.said_since
            return await self._facts.take_in(
                tx,
                reader,
                facts,
                now,
                origin=origin,
                said_time=said_time,
                strict=True,
                remember_again=remember_again,
            )

        return await self._db.transaction(work)

    async def get(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        fact_id: str,
        known_at: int | None = None,
    ) -> tuple[Fact, Sequence[str]]:
        """A fact, true or not, and the ids of those that gave way to it.

        Args:
            known_at: as it was known then; None: as it is.

        Raises:
            NotFound: the persona knows, or knew, no such fact.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)

        async def work(snapshot: Snapshot) -> tuple[Fact, Sequence[str]]:
            found = await store.by_ids(snapshot, reader, [fact_id], known_at)
            if fact_id not in found:
                raise NotFound.of("fact", fact_id)
            given_way = await store.superseded_by(snapshot, reader, [fact_id])
            return found[fact_id], given_way.get(fact_id, [])

        return await self._db.read(work)

    async def list(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        where: FactFilter,
        page: PageRequest,
    ) -> Page[Fact]:
        """The latest stored first.

        Raises:
            NotFound: there is no such user.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        as_of = self._clock.now() if where.as_of is None else where.as_of

        async def work(snapshot: Snapshot) -> Page[Fact]:
            await revision.current(snapshot, workspace_id, user_id)

            async def fetch(cursor: Cursor | None, limit: int) -> Sequence[Fact]:
                before = str(cursor[0]) if cursor else ""
                return await store.list_before(snapshot, reader, before, where, as_of, limit)

            return await collect(fetch, page, position=lambda fact: (fact.fact_id,), weight=weight)

        return await self._db.read(work)

    async def history(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        fact_id: str,
        page: PageRequest,
    ) -> Page[Fact]:
        """Every state that a fact was in, the present one first.

        Raises:
            NotFound: the persona has no such fact.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)

        async def work(snapshot: Snapshot) -> Page[Fact]:
            await _existing(snapshot, reader, fact_id)

            async def fetch(cursor: Cursor | None, limit: int) -> Sequence[Fact]:
                before = int(cursor[0]) if cursor else _FIRST
                return await store.history(snapshot, reader, fact_id, before, limit)

            return await collect(fetch, page, position=lambda fact: (fact.version,), weight=weight)

        return await self._db.read(work)

    async def retract(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        fact_id: str,
        expected_version: int | None,
        request: Request | None,
    ) -> ChangedFact:
        """The fact was never so: it counts at no time any more. A second time changes nothing.

        Raises:
            NotFound: the persona has no such fact.
            Aborted: the fact is not at ``expected_version`` (STALE_ETAG).
        """

        def change(fact: Fact, _: Sequence[Fact], now: int) -> Settlement:
            if fact.retracted_time is not None:
                return Settlement(Outcome.NOTHING, fact)
            gone = changed(fact, ChangeKind.RETRACTED, retracted_time=now)
            return Settlement(Outcome.STORED, gone, changed=(gone,))

        return await self._change(
            (workspace_id, user_id, persona_id), fact_id, expected_version, request, change
        )

    async def restore(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        fact_id: str,
        expected_version: int | None,
        request: Request | None,
    ) -> ChangedFact:
        """Undoes a retraction or a supersession; see ``timeline.restore``.

        Raises:
            NotFound: the persona has no such fact.
            Aborted: the fact is not at ``expected_version`` (STALE_ETAG).
            FailedPrecondition: it is neither retracted nor superseded.
        """

        def change(fact: Fact, held: Sequence[Fact], _: int) -> Settlement:
            if fact.retracted_time is None and not fact.superseded_by:
                raise wrong_state("is neither retracted nor superseded")
            return restore(fact, held)

        return await self._change(
            (workspace_id, user_id, persona_id), fact_id, expected_version, request, change
        )

    async def confirm(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        fact_id: str,
        confidence: float | None,
        expected_version: int | None,
        request: Request | None,
    ) -> ChangedFact:
        """The fact is still so: its age starts anew, and its confidence is at least this.

        Raises:
            NotFound: the persona has no such fact.
            Aborted: the fact is not at ``expected_version`` (STALE_ETAG).
            FailedPrecondition: it is not true now.
        """

        def change(fact: Fact, _: Sequence[Fact], now: int) -> Settlement:
            if not fact.is_true_at(now):
                raise wrong_state("is not true now; restore it, or add it again")
            again = replace(
                fact,
                confidence=fact.confidence if confidence is None else confidence,
                valid_from=now,
                stated_to=None,
                entry_ids=(),
            )
            sure = confirm(fact, again)
            return Settlement(Outcome.CONFIRMED, sure, changed=(sure,))

        return await self._change(
            (workspace_id, user_id, persona_id), fact_id, expected_version, request, change
        )

    async def update(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        fact_id: str,
        values: Mapping[str, Any],
        expected_version: int | None,
        request: Request | None,
    ) -> ChangedFact:
        """Corrects a fact; what it says of whom stays. The versions before are kept.

        Args:
            values: by the names of ``FACT_FIELDS``, as ``Fact`` has them.

        Raises:
            NotFound: the persona has no such fact.
            Aborted: the fact is not at ``expected_version`` (STALE_ETAG).
            InvalidArgument: a value does not go with the fact.
            FailedPrecondition: its visibility is another persona's to change.
        """

        def change(fact: Fact, held: Sequence[Fact], _: int) -> Settlement:
            return corrected(fact, values, held, persona_id)

        return await self._change(
            (workspace_id, user_id, persona_id),
            fact_id,
            expected_version,
            request,
            change,
            visibility=values.get("visibility"),
        )

    async def _change(
        self,
        pair: tuple[str, str, str],
        fact_id: str,
        expected_version: int | None,
        request: Request | None,
        change: Callable[[Fact, Sequence[Fact], int], Settlement],
        visibility: Visibility | None = None,
    ) -> ChangedFact:
        """Changes one fact, and others of its timeline with it.

        Args:
            change: gives what is to be stored of the fact and those that it may change, now.
            visibility: the one that it is to have; None: as it is.
        """
        reader = await self._sharing.reader(*pair)

        async def work(tx: Transaction) -> ChangedFact:
            stamp = await once(tx, request, _Stamp, lambda: apply(tx))
            states = await store.history(tx, reader, fact_id, stamp.version + 1, 1)
            if not states:
                raise NotFound.of("fact", fact_id)
            return ChangedFact(states[0], stamp.revision)

        async def apply(tx: Transaction) -> _Stamp:
            now = self._clock.now()
            taken = await revision.bump(tx, reader.workspace_id, reader.user_id)
            fact = await _existing(tx, reader, fact_id)
            require_current("fact", fact.version, expected_version)
            seen_as = replace(fact, visibility=visibility or fact.visibility)
            held = [
                each
                for each in await store.timeline(tx, reader, fact)
                if competes(seen_as, each, reader)
            ]
            done = change(fact, held, now)
            stored = await keep(tx, reader, done, taken, now)
            if visibility is not None and visibility > fact.visibility:
                await revision.mark_removal(tx, reader.workspace_id, reader.user_id, taken)
            for each in stored:
                if each.fact_id == fact_id:
                    return _Stamp(each.version, taken)
            return _Stamp(fact.version, taken)

        return await self._db.transaction(work)


async def _existing(snapshot: Snapshot, reader: Reader, fact_id: str) -> Fact:
    fact = await store.get(snapshot, reader, fact_id)
    if fact is None:
        raise NotFound.of("fact", fact_id)
    return fact
