"""Storylines: listing them, and changing them by hand."""

from __future__ import annotations

from collections.abc import Collection

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.identity.relationships import access
from reverie_server.identity.relationships.storylines import store
from reverie_server.identity.relationships.storylines.model import (
    OPEN,
    Storyline,
    StorylineChange,
    StorylineEdit,
    edited,
)
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.tiers.working.model import StorylineStatus
from reverie_server.versions import require_current


class StorylineService:
    """The storylines of every relationship. What belongs to somebody else is NotFound."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def list(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        statuses: Collection[StorylineStatus],
        page: PageRequest,
    ) -> Page[Storyline]:
        """The latest mention first.

        Args:
            statuses: empty: all.

        Raises:
            NotFound: the pair has no relationship in this workspace.
        """
        pair = (workspace_id, user_id, persona_id)

        async def work(snapshot: Snapshot) -> Page[Storyline]:
            await access.require(snapshot, *pair)
            return await collect(
                lambda cursor, limit: store.list_before(
                    snapshot,
                    pair,
                    statuses or tuple(StorylineStatus),
                    (int(cursor[0]), str(cursor[1])) if cursor else None,
                    limit,
                ),
                page,
                position=lambda each: (each.last_mentioned_time, each.storyline_id),
                weight=weight,
            )

        return await self._db.read(work)

    async def open_ones(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, limit: int
    ) -> tuple[Storyline, ...]:
        """Those that are not over, the latest mention first."""
        pair = (workspace_id, user_id, persona_id)
        return tuple(await store.list_before(snapshot, pair, OPEN, None, limit))

    async def update(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        storyline_id: str,
        edit: StorylineEdit,
        fields: Collection[str],
        expected_version: int | None,
        request: Request | None,
    ) -> StorylineChange:
        """Takes the named fields from ``edit``.

        Raises:
            InvalidArgument: no storyline is named, or no status although it is to change.
            NotFound: the pair has no such storyline.
            Aborted: it is not at ``expected_version`` any more.
        """
        if not storyline_id:
            raise InvalidArgument.of(
                "storyline.storyline_id", "is required", reason="FIELD_REQUIRED"
            )
        if "status" in fields and edit.status is None:
            raise InvalidArgument.of("storyline.status", "must be said")
        pair = (workspace_id, user_id, persona_id)

        async def work(tx: Transaction) -> StorylineChange:
            async def change() -> StorylineChange:
                taken = await revision.bump(tx, workspace_id, user_id)
                before = await store.get(tx, pair, storyline_id)
                if before is None:
                    raise NotFound.of("storyline", storyline_id)
                require_current("storyline", before.version, expected_version)
                storyline = edited(before, edit, fields, taken, self._clock.now())
                await store.put(tx, pair, storyline)
                return StorylineChange(storyline, taken)

            return await once(tx, request, StorylineChange, change)

        return await self._db.transaction(work)
