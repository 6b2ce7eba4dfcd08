"""The last episodes of a pair, for rooms that show what is remembered by itself."""

from __future__ import annotations

from reverie_server.identity.ports import CallSummary
from reverie_server.storage.database import Snapshot
from reverie_server.tiers.episodic import store


class RecentEpisodes:
    """The relationships' room knows it as its ``EpisodeRecords``."""

    async def recent(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, limit: int
    ) -> list[CallSummary]:
        """The pair's own, the latest start first."""
        episodes = await store.recent_of_pair(snapshot, workspace_id, user_id, persona_id, limit)
        return [
            CallSummary(
                session_id=episode.session_id,
                episode_id=episode.episode_id,
                start_time=episode.start_time,
                end_time=episode.end_time,
                summary=episode.summary,
                key_topics=episode.key_topics,
                outcome=episode.outcome,
            )
            for episode in episodes
        ]
