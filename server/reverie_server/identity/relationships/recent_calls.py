"""What a persona remembers by itself of its last calls with a user: a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reverie_server.identity.ports import CallSummary, EpisodeRecords
from reverie_server.identity.relationships import access
from reverie_server.identity.relationships.storylines.model import Storyline
from reverie_server.identity.relationships.storylines.service import StorylineService
from reverie_server.paging import MAX_PAGE_BYTES, fitting, weight
from reverie_server.storage.database import Database, Snapshot

MOST_STORYLINES: Final = 100
"""Shown at most."""


@dataclass(frozen=True, slots=True)
class RecentCalls:
    """The last calls, the newest first, and the storylines that are open."""

    calls: tuple[CallSummary, ...]
    storylines: tuple[Storyline, ...]


class RecentCallsView:
    """Of every relationship. What belongs to somebody else is NotFound."""

    def __init__(
        self, db: Database, episodes: EpisodeRecords, storylines: StorylineService
    ) -> None:
        self._db = db
        self._episodes = episodes
        self._storylines = storylines

    async def get(
        self, workspace_id: str, user_id: str, persona_id: str, limit: int
    ) -> RecentCalls:
        """
        Args:
            limit: calls at most; 0: as many as the relationship's settings say.

        Raises:
            NotFound: the pair has no relationship in this workspace.
        """
        pair = (workspace_id, user_id, persona_id)

        async def work(snapshot: Snapshot) -> RecentCalls:
            config = (await access.existing(snapshot, *pair)).terms.memory_config
            wanted = (limit or config.recalled_calls) if config.archives_calls else 0
            calls = await self._episodes.recent(snapshot, *pair, wanted) if wanted else []
            storylines = (
                await self._storylines.open_ones(snapshot, *pair, MOST_STORYLINES)
                if config.keeps_storylines
                else ()
            )
            return RecentCalls(
                tuple(fitting(calls, weight)),
                tuple(fitting(storylines, weight, MAX_PAGE_BYTES // 2)),
            )

        return await self._db.read(work)
