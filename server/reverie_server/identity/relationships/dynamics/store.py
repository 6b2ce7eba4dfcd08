"""Scores, what changed them, and recoveries of trust in SQL."""

from __future__ import annotations

from typing import Final

from reverie_server.identity.relationships.dynamics.model import Interaction, Scores, ScoreState
from reverie_server.identity.relationships.dynamics.trajectory import Filled, Span
from reverie_server.identity.relationships.dynamics.trust import Decline, Recovery
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_PUT_SCORES: Final = _QUERIES["put_scores"]
_ADD_EVENT: Final = _QUERIES["add_event"]
_TRUST_SINCE: Final = _QUERIES["trust_since"]
_GET_RECOVERY: Final = _QUERIES["get_recovery"]
_PUT_RECOVERY: Final = _QUERIES["put_recovery"]
_FILLED_BUCKETS: Final = _QUERIES["filled_buckets"]
_EVENT_BEFORE: Final = _QUERIES["event_before"]
_EVENT_SINCE: Final = _QUERIES["event_since"]

Pair = tuple[str, str, str]
"""Workspace, user and persona."""


async def put_scores(tx: Transaction, pair: Pair, state: ScoreState) -> None:
    await tx.execute(
        _PUT_SCORES, *pair, *_columns(state.scores), state.interaction_count, state.update_time
    )


async def add_event(
    tx: Transaction,
    pair: Pair,
    interaction: Interaction,
    before: Scores,
    after: Scores,
    event_time: int,
    revision: int,
    now: int,
) -> None:
    """What an interaction changed."""
    await tx.execute(
        _ADD_EVENT,
        *pair,
        revision,
        interaction.quality,
        interaction.emotion_variance,
        *_columns(before),
        *_columns(after),
        event_time,
        now,
    )


async def trust_levels(snapshot: Snapshot, pair: Pair, since: int, limit: int) -> list[float]:
    """Trust before the first of the last ``limit`` interactions since then, and after each of
    them, in the order of time; empty without any."""
    rows = (await snapshot.fetch(_TRUST_SINCE, *pair, since, limit))[::-1]
    return [*(row["trust_before"] for row in rows[:1]), *(row["trust"] for row in rows)]


async def get_recovery(snapshot: Snapshot, pair: Pair) -> Recovery | None:
    """The last one."""
    row = await snapshot.fetchrow(_GET_RECOVERY, *pair)
    if row is None:
        return None
    return Recovery(
        decline=Decline(row["severity"]),
        initial_trust=row["initial_trust"],
        target_trust=row["target_trust"],
        start_time=row["start_time"],
        complete_time=row["complete_time"],
    )


async def put_recovery(tx: Transaction, pair: Pair, recovery: Recovery) -> None:
    """Takes the place of the last one."""
    await tx.execute(
        _PUT_RECOVERY,
        *pair,
        recovery.decline,
        recovery.initial_trust,
        recovery.target_trust,
        recovery.start_time,
        recovery.complete_time,
    )


async def filled_buckets(snapshot: Snapshot, pair: Pair, span: Span) -> dict[int, Filled]:
    """The buckets in which something happened, by their place."""
    rows = await snapshot.fetch(_FILLED_BUCKETS, *pair, span.start, span.end, span.bucket)
    return {
        row["place"]: Filled(
            row["interaction_count"],
            Scores(row["mean_trust"], row["mean_affection"], row["mean_attunement"]),
            Scores(row["last_trust"], row["last_affection"], row["last_attunement"]),
        )
        for row in rows
    }


async def scores_at(snapshot: Snapshot, pair: Pair, time: int) -> Scores | None:
    """As interactions had left them by then; None when there was no interaction ever."""
    row = await snapshot.fetchrow(_EVENT_BEFORE, *pair, time)
    if row is not None:
        return Scores(row["trust"], row["affection"], row["attunement"])
    row = await snapshot.fetchrow(_EVENT_SINCE, *pair, time)
    if row is not None:
        return Scores(row["trust_before"], row["affection_before"], row["attunement_before"])
    return None


def _columns(scores: Scores) -> tuple[float, float, float]:
    return scores.trust, scores.affection, scores.attunement
