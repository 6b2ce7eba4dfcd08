"""How strong a memory still is, by its age: decay by half-life, with a floor."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.weights import HALF_LIFE_DAYS, RECENCY_FLOOR, RECENCY_SPAN

_DAY: Final = 86_400_000_000
_HALF_LIFE: Final = np.array(
    [HALF_LIFE_DAYS.get(Kind(number), 1.0) if number else 1.0 for number in range(max(Kind) + 1)]
)


def strength(
    kinds: NDArray[np.int8], last_times: NDArray[np.int64], now: int
) -> NDArray[np.float64]:
    """floor + (1 - floor) * 2^(-age / half-life), RECENCY_FLOOR..1.

    Args:
        kinds: numbers of ``Kind``.
        last_times: when each happened or was last used, microseconds UTC. The future is now.
        now: microseconds UTC.
    """
    ages = np.maximum(0, now - last_times) / _DAY
    left: NDArray[np.float64] = np.exp2(-ages / _HALF_LIFE[kinds])
    return RECENCY_FLOOR + (1 - RECENCY_FLOOR) * left


def recency(
    kinds: NDArray[np.int8], last_times: NDArray[np.int64], now: int
) -> NDArray[np.float64]:
    """What multiplies relevance, 1 - span * (1 - strength)."""
    return 1 - RECENCY_SPAN * (1 - strength(kinds, last_times, now))
