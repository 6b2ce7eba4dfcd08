"""Relationships: what a persona is to a user. Always private to the pair."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument
from reverie_server.identity.ports import PersonaRecords, UserRecords
from reverie_server.identity.relationships import store
from reverie_server.identity.relationships.access import existing
from reverie_server.identity.relationships.dynamics.model import ScoreState, drifted
from reverie_server.identity.relationships.model import (
    Relationship,
    RelationshipChange,
    RelationshipOverview,
    RelationshipState,
    Terms,
    edited,
)
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.storage import ownership, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.versions import require_current


class RelationshipService:
    """The relationships of every workspace. What belongs to another workspace is NotFound."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        users: UserRecords,
        personas: PersonaRecords,
        *,
        drift_half_life: int = 0,
    ) -> None:
        """
        Args:
            drift_half_life: of ``drifted``, microseconds; 0: scores stay where they are.
        """
        self._db = db
        self._clock = clock
        self._users = users
        self._personas = personas
        self._drift_half_life = drift_half_life

    async def get_or_create(
        self, workspace_id: str, user_id: str, persona_id: str, terms: Terms
    ) -> RelationshipState:
        """The pair's relationship; a new one has these terms, one that is there keeps its own.

        Raises:
            InvalidArgument: ``relationship_type`` is no word.
        """
        _require_word(terms.relationship_type, "relationship_type")

        async def find(snapshot: Snapshot) -> RelationshipState | None:
            found = await store.get(snapshot, workspace_id, user_id, persona_id)
            if found is None:
                return None
            reached = await revision.current(snapshot, workspace_id, user_id)
            return RelationshipState(self._today(found), created=False, revision=reached.revision)

        async def find_or_create(tx: Transaction) -> RelationshipState:
            found = await find(tx)
            if found is not None:
                return found
            return await self._add(tx, workspace_id, user_id, persona_id, terms, self._clock.now())

        # Mostly it is there, and then nobody has to wait for the writers.
        found = await self._db.read(find)
        return found if found is not None else await self._db.transaction(find_or_create)

    async def ensure(
        self, tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
    ) -> None:
        """Creates the relationship (and the user, the persona, the workspace) when missing."""
        if not await store.exists(tx, workspace_id, user_id, persona_id):
            await self._add(tx, workspace_id, user_id, persona_id, Terms(), now)

    async def get(self, workspace_id: str, user_id: str, persona_id: str) -> Relationship:
        """
        Raises:
            NotFound: the pair has none in this workspace.
        """
        pair = (workspace_id, user_id, persona_id)
        return self._today(await self._db.read(lambda snapshot: existing(snapshot, *pair)))

    async def list(
        self, workspace_id: str, user_id: str, page: PageRequest
    ) -> Page[RelationshipOverview]:
        """Of a user, the latest call first.

        Raises:
            NotFound: there is no such user in this workspace.
        """

        async def work(snapshot: Snapshot) -> Page[RelationshipOverview]:
            await revision.current(snapshot, workspace_id, user_id)
            return await collect(
                lambda cursor, limit: store.list_before(
                    snapshot,
                    workspace_id,
                    user_id,
                    (int(cursor[0]), str(cursor[1])) if cursor else None,
                    limit,
                ),
                page,
                position=lambda each: (each.active_time, each.persona_id),
                weight=weight,
            )

        return await self._db.read(work)

    async def update(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        terms: Terms,
        start_time: int | None,
        fields: Collection[str],
        expected_version: int | None,
        request: Request | None,
    ) -> RelationshipChange:
        """Takes the named fields from ``terms`` and ``start_time``, and leaves the others.

        Raises:
            InvalidArgument: ``relationship_type`` is no word.
            NotFound: the pair has no relationship in this workspace.
            Aborted: it is not at ``expected_version`` any more.
        """
        if "relationship_type" in fields:
            _require_word(terms.relationship_type, "relationship.relationship_type")

        async def work(tx: Transaction) -> RelationshipChange:
            async def change() -> RelationshipChange:
                taken = await revision.bump(tx, workspace_id, user_id)
                before = await existing(tx, workspace_id, user_id, persona_id)
                require_current("relationship", before.version, expected_version)
                relationship = replace(
                    edited(before, terms, start_time, fields),
                    version=taken,
                    update_time=self._clock.now(),
                )
                await store.update(tx, workspace_id, relationship)
                return RelationshipChange(self._today(relationship), taken)

            return await once(tx, request, RelationshipChange, change)

        return await self._db.transaction(work)

    async def delete(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        expected_version: int | None,
        request: Request | None,
    ) -> int:
        """Deletes the relationship with all that nobody but the persona may read of the user;
        gives the user's revision.

        Raises:
            NotFound: the pair has no relationship in this workspace.
            Aborted: it is not at ``expected_version`` any more.
        """

        async def work(tx: Transaction) -> int:
            async def remove() -> int:
                relationship = await existing(tx, workspace_id, user_id, persona_id)
                require_current("relationship", relationship.version, expected_version)
                return await ownership.delete_relationship(
                    tx, workspace_id, user_id, persona_id, self._clock.now()
                )

            return await once(tx, request, int, remove)

        return await self._db.transaction(work)

    def _today(self, relationship: Relationship) -> Relationship:
        """With its scores as they are now, after their drift."""
        state = relationship.score_state
        idle = self._clock.now() - state.update_time
        scores = drifted(state.scores, idle, self._drift_half_life)
        return replace(relationship, score_state=replace(state, scores=scores))

    async def _add(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        terms: Terms,
        now: int,
    ) -> RelationshipState:
        await self._users.ensure(tx, workspace_id, user_id, now)
        await self._personas.ensure(tx, workspace_id, persona_id, now)
        taken = await revision.bump(tx, workspace_id, user_id)
        relationship = Relationship(
            user_id=user_id,
            persona_id=persona_id,
            terms=terms,
            total_calls=0,
            total_seconds=0.0,
            last_call_time=None,
            score_state=ScoreState(),
            version=taken,
            start_time=now,
            create_time=now,
            update_time=now,
        )
        await store.add(tx, workspace_id, relationship)
        return RelationshipState(relationship, created=True, revision=taken)


def _require_word(relationship_type: str, field: str) -> None:
    if not relationship_type.strip() or not relationship_type.isprintable():
        raise InvalidArgument.of(field, "must be a word, on one line")
