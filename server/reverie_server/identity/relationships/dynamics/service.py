"""How trust, affection and attunement move, and what they have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reverie_server.clock import MICROSECONDS, Clock
from reverie_server.identity.relationships import access
from reverie_server.identity.relationships.dynamics import store
from reverie_server.identity.relationships.dynamics.model import (
    Interaction,
    Quality,
    Scores,
    ScoreState,
    drifted,
    moved,
)
from reverie_server.identity.relationships.dynamics.store import Pair
from reverie_server.identity.relationships.dynamics.trajectory import (
    DAY_SECONDS,
    Bucket,
    buckets,
    span,
)
from reverie_server.identity.relationships.dynamics.trust import (
    TrustStatus,
    advanced,
    decline_of,
    slope_of,
    status_of,
)
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once

WINDOW_DAYS: Final = 7
"""How far a decline of trust is looked for."""
MOST_LEVELS: Final = 1_000
"""Interactions of a window that count, the latest."""


@dataclass(frozen=True, slots=True)
class InteractionRecorded:
    """What an interaction has changed, and the user's revision with it."""

    before: Scores
    after: Scores
    quality: Quality
    interaction_count: int
    revision: int


class DynamicsService:
    """The scores of every relationship. What belongs to another workspace is NotFound."""

    def __init__(self, db: Database, clock: Clock, *, drift_half_life: int = 0) -> None:
        """
        Args:
            drift_half_life: of ``drifted``, microseconds; 0: scores stay where they are.
        """
        self._db = db
        self._clock = clock
        self._drift_half_life = drift_half_life

    async def record(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        interaction: Interaction,
        event_time: int | None,
        request: Request | None,
    ) -> InteractionRecorded:
        """Moves the scores by an interaction.

        Raises:
            NotFound: the pair has no relationship in this workspace.
        """
        pair = (workspace_id, user_id, persona_id)

        async def work(tx: Transaction) -> InteractionRecorded:
            async def move() -> InteractionRecorded:
                # Taking the revision lets no other change of this user in between.
                taken = await revision.bump(tx, workspace_id, user_id)
                now = self._clock.now()
                happened = now if event_time is None else event_time
                state = (await access.existing(tx, *pair)).score_state
                before = self._drifted(state, happened)
                after = moved(before, interaction)
                count = state.interaction_count + 1
                latest = max(state.update_time, happened) if state.interaction_count else happened
                await store.put_scores(tx, pair, ScoreState(after, count, latest))
                await store.add_event(tx, pair, interaction, before, after, happened, taken, now)
                await self._look_after_trust(tx, pair, after.trust, now)
                await access.touch(tx, *pair, taken, now)
                return InteractionRecorded(before, after, interaction.quality, count, taken)

            return await once(tx, request, InteractionRecorded, move)

        return await self._db.transaction(work)

    async def trust_status(
        self, workspace_id: str, user_id: str, persona_id: str, window_days: int
    ) -> TrustStatus:
        """How it stands with trust.

        Args:
            window_days: 0: ``WINDOW_DAYS``.

        Raises:
            NotFound: the pair has no relationship in this workspace.
        """
        pair = (workspace_id, user_id, persona_id)
        now = self._clock.now()

        async def work(snapshot: Snapshot) -> TrustStatus:
            state = (await access.existing(snapshot, *pair)).score_state
            return status_of(
                self._drifted(state, now).trust,
                await _levels(snapshot, pair, window_days or WINDOW_DAYS, now),
                await store.get_recovery(snapshot, pair),
            )

        return await self._db.read(work)

    async def trajectory(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        start: int | None,
        end: int | None,
        bucket_seconds: int,
    ) -> tuple[Bucket, ...]:
        """The scores over time, as ``span`` cuts it.

        Raises:
            InvalidArgument: the start is not before the end, or there are too many buckets.
            NotFound: the pair has no relationship in this workspace.
        """
        pair = (workspace_id, user_id, persona_id)
        asked = span(start, end, bucket_seconds, self._clock.now())

        async def work(snapshot: Snapshot) -> tuple[Bucket, ...]:
            state = (await access.existing(snapshot, *pair)).score_state
            before = await store.scores_at(snapshot, pair, asked.start)
            filled = await store.filled_buckets(snapshot, pair, asked)
            return buckets(asked, filled, before or state.scores)

        return await self._db.read(work)

    async def _look_after_trust(self, tx: Transaction, pair: Pair, trust: float, now: int) -> None:
        slope = slope_of(await _levels(tx, pair, WINDOW_DAYS, now))
        recovery = await store.get_recovery(tx, pair)
        next_recovery = advanced(recovery, trust, decline_of(trust, slope), now)
        if next_recovery is not None and next_recovery != recovery:
            await store.put_recovery(tx, pair, next_recovery)

    def _drifted(self, state: ScoreState, time: int) -> Scores:
        return drifted(state.scores, time - state.update_time, self._drift_half_life)


async def _levels(snapshot: Snapshot, pair: Pair, days: int, now: int) -> list[float]:
    since = now - days * DAY_SECONDS * MICROSECONDS
    return await store.trust_levels(snapshot, pair, since, MOST_LEVELS)
