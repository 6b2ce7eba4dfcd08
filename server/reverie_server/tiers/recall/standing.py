"""What multiplies relevance: how old a memory is, how important, how close to whom it was told."""

from __future__ import annotations

import math
from typing import Final

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.weights import (
    HALF_LIFE_DAYS,
    IMPORTANCE_SPAN,
    RECENCY_FLOOR,
    RELATIONSHIP_SPAN,
)

_DAY: Final = 86_400_000_000


def recency(kind: Kind, last_time: int, now: int) -> float:
    """floor + (1 - floor) * 2^(-age / half-life), RECENCY_FLOOR..1.

    Args:
        last_time: when it happened or was last reinforced, microseconds UTC. The future is now.
        now: microseconds UTC.
    """
    age_days = max(0, now - last_time) / _DAY
    left = math.pow(0.5, age_days / HALF_LIFE_DAYS[kind])
    return RECENCY_FLOOR + (1 - RECENCY_FLOOR) * left


def standing(
    kind: Kind,
    last_time: int,
    now: int,
    *,
    pinned: bool = False,
    importance: float | None = None,
    closeness: float | None = None,
) -> dict[str, float]:
    """The multipliers by name, each above 0 and at most 1; their product with the relevance is
    the score.

    Args:
        pinned: no recency then.
        importance: 0..1, None where the memory has none.
        closeness: 0..1, how close the persona that learnt it stands to the user, None where that
            does not apply.
    """
    return {
        "recency": 1.0 if pinned else recency(kind, last_time, now),
        "importance": _within(IMPORTANCE_SPAN, importance),
        "relationship": _within(RELATIONSHIP_SPAN, closeness),
    }


def _within(span: float, value: float | None) -> float:
    if value is None:
        return 1.0
    return 1 - span + span * min(1.0, max(0.0, value))
