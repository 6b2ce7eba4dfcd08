"""The multipliers on top of relevance."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.standing import recency, standing
from reverie_server.tiers.recall.weights import HALF_LIFE_DAYS, RECENCY_FLOOR

DAY = 86_400_000_000


@given(
    kind=st.sampled_from(Kind),
    last=st.integers(0, 10**16),
    now=st.integers(0, 10**16),
    importance=st.none() | st.floats(allow_nan=False),
    closeness=st.none() | st.floats(allow_nan=False),
    pinned=st.booleans(),
)
def test_multipliers_are_bounded(
    kind: Kind,
    last: int,
    now: int,
    importance: float | None,
    closeness: float | None,
    pinned: bool,
) -> None:
    parts = standing(kind, last, now, pinned=pinned, importance=importance, closeness=closeness)
    assert all(0 < value <= 1 for value in parts.values())
    assert math.prod(parts.values()) >= 0.2
    assert not pinned or parts["recency"] == 1


@pytest.mark.parametrize("kind", list(Kind))
def test_recency_halves_towards_its_floor(kind: Kind) -> None:
    half_life = int(HALF_LIFE_DAYS[kind] * DAY)
    assert recency(kind, 0, 0) == 1
    assert recency(kind, half_life, 0) == 1
    assert recency(kind, 0, half_life) == pytest.approx((1 + RECENCY_FLOOR) / 2)
    assert recency(kind, 0, 100 * half_life) == pytest.approx(RECENCY_FLOOR)
