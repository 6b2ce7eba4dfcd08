"""Personas: who speaks and remembers."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import AlreadyExists, FailedPrecondition, NotFound
from reverie_server.identity.personas import store
from reverie_server.identity.personas.model import Character, Persona, PersonaChange
from reverie_server.identity.ports import WorkspaceRecords
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import ownership, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.versions import require_current

CHARACTER_FIELDS: Final = frozenset(
    {
        "display_name",
        "description",
        "voice",
        "created_by",
        "is_public",
        "core_prompt",
        "personality_traits",
        "behavioral_rules",
        "metadata",
    }
)
"""What an update can name."""


class PersonaService:
    """The personas of every workspace. What belongs to another workspace is NotFound.

    A persona without a display name goes by its id.
    """

    def __init__(self, db: Database, clock: Clock, workspaces: WorkspaceRecords) -> None:
        self._db = db
        self._clock = clock
        self._workspaces = workspaces

    async def create(
        self, workspace_id: str, persona_id: str, character: Character, request: Request | None
    ) -> PersonaChange:
        """
        Raises:
            AlreadyExists: the id is taken.
        """

        async def work(tx: Transaction) -> PersonaChange:
            async def add() -> PersonaChange:
                now = self._clock.now()
                persona = await self._add(tx, workspace_id, persona_id, character, now)
                if persona is None:
                    raise AlreadyExists(
                        f"there is a persona {persona_id!r} already",
                        metadata={"resource": "persona"},
                    )
                return PersonaChange(persona, persona.version)

            return await once(tx, request, PersonaChange, add)

        return await self._db.transaction(work)

    async def ensure(self, tx: Transaction, workspace_id: str, persona_id: str, now: int) -> None:
        """Creates the persona (and the workspace) when missing."""
        # Asked first, because adding takes a revision that all writers of a workspace share.
        if not await store.exists(tx, workspace_id, persona_id):
            await self._add(tx, workspace_id, persona_id, Character(), now)

    async def get(self, workspace_id: str, persona_id: str) -> Persona:
        """
        Raises:
            NotFound: there is no such persona in this workspace.
        """
        return await self._db.read(lambda snapshot: _existing(snapshot, workspace_id, persona_id))

    async def list(self, workspace_id: str, page: PageRequest) -> Page[Persona]:
        """By id."""

        async def work(snapshot: Snapshot) -> Page[Persona]:
            return await collect(
                lambda cursor, limit: store.list_after(
                    snapshot, workspace_id, str(cursor[0]) if cursor else "", limit
                ),
                page,
                position=lambda persona: (persona.persona_id,),
                weight=weight,
            )

        return await self._db.read(work)

    async def update(
        self,
        workspace_id: str,
        persona_id: str,
        character: Character,
        fields: Collection[str],
        expected_version: int | None,
        request: Request | None,
    ) -> PersonaChange:
        """Takes the named fields from ``character`` and leaves the others as they are.

        Raises:
            NotFound: there is no such persona in this workspace.
            Aborted: the persona is not at ``expected_version`` any more.
        """

        async def work(tx: Transaction) -> PersonaChange:
            async def change() -> PersonaChange:
                persona = await _existing(tx, workspace_id, persona_id)
                require_current("persona", persona.version, expected_version)
                changes = {name: getattr(character, name) for name in fields}
                persona = _named(
                    replace(
                        persona,
                        character=replace(persona.character, **changes),
                        version=await revision.bump(tx, workspace_id, SHARED_OWNER),
                        update_time=self._clock.now(),
                    )
                )
                await store.update(tx, workspace_id, persona)
                return PersonaChange(persona, persona.version)

            return await once(tx, request, PersonaChange, change)

        return await self._db.transaction(work)

    async def delete(
        self,
        workspace_id: str,
        persona_id: str,
        expected_version: int | None,
        request: Request | None,
        *,
        force: bool,
    ) -> int:
        """Deletes the persona with what only it has; gives the revision of the shared part.

        With ``force`` its relationships and all that it remembers of users go, too. All of it is
        one transaction.

        Raises:
            NotFound: there is no such persona in this workspace.
            Aborted: the persona is not at ``expected_version`` any more.
            FailedPrecondition: it has, or had, relationships and ``force`` is not set.
        """

        async def work(tx: Transaction) -> int:
            async def remove() -> int:
                persona = await _existing(tx, workspace_id, persona_id)
                # One that was made after the first look is not locked by that.
                await store.lock(tx, workspace_id, persona_id)
                require_current("persona", persona.version, expected_version)
                now = self._clock.now()
                user_ids = await ownership.users_of(tx, workspace_id, persona_id)
                if user_ids and not force:
                    raise FailedPrecondition(
                        "the persona has, or had, relationships; set force to delete them with"
                        " all that it remembers of its users",
                        metadata={"resource": "persona"},
                    )
                for user_id in user_ids:
                    # A user that has just been deleted has nothing left.
                    with contextlib.suppress(NotFound):
                        await ownership.delete_pair(tx, workspace_id, user_id, persona_id, now)
                await store.delete(tx, workspace_id, persona_id)
                return await ownership.delete_own_part(tx, workspace_id, persona_id, now)

            # Else a relationship that begins in this moment would outlive its persona.
            await tx.take_turn(workspace_id, SHARED_OWNER)
            await store.await_others(tx, workspace_id, persona_id)
            return await once(tx, request, int, remove)

        return await self._db.transaction(work)

    async def _add(
        self, tx: Transaction, workspace_id: str, persona_id: str, character: Character, now: int
    ) -> Persona | None:
        """None when the id is taken."""
        await self._workspaces.ensure(tx, workspace_id, now)
        version = await revision.bump(tx, workspace_id, SHARED_OWNER)
        persona = _named(Persona(persona_id, character, version, create_time=now, update_time=now))
        return persona if await store.add(tx, workspace_id, persona) else None


async def _existing(snapshot: Snapshot, workspace_id: str, persona_id: str) -> Persona:
    persona = await store.get(snapshot, workspace_id, persona_id)
    if persona is None:
        raise NotFound.of("persona", persona_id)
    return persona


def _named(persona: Persona) -> Persona:
    if persona.character.display_name:
        return persona
    return replace(persona, character=replace(persona.character, display_name=persona.persona_id))
