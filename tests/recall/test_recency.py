"""What age takes from a memory, and what it never takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.recency import recency, strength
from reverie_server.tiers.recall.weights import HALF_LIFE_DAYS, RECENCY_FLOOR, RECENCY_SPAN

DAY = 86_400_000_000


def one(kind: Kind, last: int, now: int) -> float:
    return float(strength(np.array([kind], np.int8), np.array([last], np.int64), now)[0])


@given(kind=st.sampled_from(Kind), last=st.integers(0, 10**16), now=st.integers(0, 10**16))
def test_recency_is_bounded(kind: Kind, last: int, now: int) -> None:
    (factor,) = recency(np.array([kind], np.int8), np.array([last], np.int64), now)
    assert 1 - RECENCY_SPAN * (1 - RECENCY_FLOOR) - 1e-9 <= factor <= 1


@pytest.mark.parametrize("kind", list(Kind))
def test_strength_halves_towards_its_floor(kind: Kind) -> None:
    half_life = int(HALF_LIFE_DAYS[kind] * DAY)
    assert one(kind, 0, 0) == 1
    assert one(kind, half_life, 0) == 1
    assert one(kind, 0, half_life) == pytest.approx((1 + RECENCY_FLOOR) / 2)
    assert one(kind, 0, 100 * half_life) == pytest.approx(RECENCY_FLOOR)
