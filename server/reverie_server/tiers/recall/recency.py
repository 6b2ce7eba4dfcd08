"""How strong a memory still is, by its age: decay by half-life, with a floor."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.weights import (
    HALF_LIFE_DAYS,
    IMPORTANCE_STRETCH,
    RECENCY_FLOOR,
    RECENCY_SPAN,
    USUAL_IMPORTANCE,
)

_DAY: Final = 86_400_000_000


def half_life(kind: Kind, importance: float = USUAL_IMPORTANCE) -> float:
    """Days after which half of what decays is left: its kind's, times ``IMPORTANCE_STRETCH`` for
    the most important, as much shorter for the least.

    Args:
        importance: 0..1.
    """
    stretched = (importance - USUAL_IMPORTANCE) / (1 - USUAL_IMPORTANCE)
    return float(HALF_LIFE_DAYS[kind] * IMPORTANCE_STRETCH**stretched)


def age_days(last_times: NDArray[np.int64], now: int) -> NDArray[np.float64]:
    """Days since each happened, was confirmed or was used (microseconds UTC); the future is now,
    and what does not age is always of now."""
    ages: NDArray[np.float64] = np.maximum(0, now - last_times) / _DAY
    return ages


def strength(
    half_lives: NDArray[np.float32], last_times: NDArray[np.int64], now: int
) -> NDArray[np.float64]:
    """floor + (1 - floor) * 2^(-age / half-life), RECENCY_FLOOR..1.

    Args:
        half_lives: days.
        last_times: as for ``age_days``.
        now: microseconds UTC.
    """
    left: NDArray[np.float64] = np.exp2(-age_days(last_times, now) / half_lives)
    return RECENCY_FLOOR + (1 - RECENCY_FLOOR) * left


def recency(
    half_lives: NDArray[np.float32], last_times: NDArray[np.int64], now: int
) -> NDArray[np.float64]:
    """What multiplies relevance, 1 - span * (1 - strength)."""
    return 1 - RECENCY_SPAN * (1 - strength(half_lives, last_times, now))
