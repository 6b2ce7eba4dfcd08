"""Relationships: what a persona is to a user. Always private to the pair."""

from __future__ import annotations

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.identity.ports import PersonaRecords, UserRecords
from reverie_server.identity.relationships import store
from reverie_server.identity.relationships.model import Relationship, RelationshipState, Terms
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction


class RelationshipService:
    """The relationships of every workspace. What belongs to another workspace is NotFound."""

    def __init__(
        self, db: Database, clock: Clock, users: UserRecords, personas: PersonaRecords
    ) -> None:
        self._db = db
        self._clock = clock
        self._users = users
        self._personas = personas

    async def get_or_create(
        self, workspace_id: str, user_id: str, persona_id: str, terms: Terms
    ) -> RelationshipState:
        """The pair's relationship; a new one has these terms, one that is there keeps its own.

        Raises:
            InvalidArgument: ``relationship_type`` is no word.
        """
        if not terms.relationship_type.strip() or not terms.relationship_type.isprintable():
            raise InvalidArgument.of("relationship_type", "must be a word, on one line")

        async def find(snapshot: Snapshot) -> RelationshipState | None:
            return await _state(snapshot, workspace_id, user_id, persona_id)

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

        async def work(snapshot: Snapshot) -> Relationship:
            found = await store.get(snapshot, workspace_id, user_id, persona_id)
            if found is None:
                raise NotFound.of("relationship", f"{user_id}/{persona_id}")
            return found

        return await self._db.read(work)

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
            version=taken,
            start_time=now,
            create_time=now,
            update_time=now,
        )
        await store.add(tx, workspace_id, relationship)
        return RelationshipState(relationship, created=True, revision=taken)


async def _state(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
) -> RelationshipState | None:
    found = await store.get(snapshot, workspace_id, user_id, persona_id)
    if found is None:
        return None
    reached = await revision.current(snapshot, workspace_id, user_id)
    return RelationshipState(found, created=False, revision=reached.revision)
