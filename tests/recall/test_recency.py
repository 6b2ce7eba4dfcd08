"""What age takes from a memory, and what it never takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.recency import age_days, half_life, recency, strength
from reverie_server.tiers.recall.view_store import EVER
from reverie_server.tiers.recall.weights import (
    HALF_LIFE_DAYS,
    IMPORTANCE_STRETCH,
    RECENCY_FLOOR,
    RECENCY_SPAN,
)

DAY = 86_400_000_000

times = st.integers(0, 10**16)
kinds = st.sampled_from(Kind)
importances = st.floats(0, 1)


def one(days: float, last: int, now: int) -> float:
    return float(strength(np.array([days], np.float32), np.array([last], np.int64), now)[0])


def factor(days: float, last: int, now: int) -> float:
    return float(recency(np.array([days], np.float32), np.array([last], np.int64), now)[0])


@given(kind=kinds, importance=importances, last=times, now=times)
def test_recency_is_bounded(kind: Kind, importance: float, last: int, now: int) -> None:
    least = 1 - RECENCY_SPAN * (1 - RECENCY_FLOOR)
    assert least - 1e-9 <= factor(half_life(kind, importance), last, now) <= 1


@given(kind=kinds, importance=importances, last=times, now=times, later=times)
def test_age_only_takes_and_what_reinforces_only_gives(
    kind: Kind, importance: float, last: int, now: int, later: int
) -> None:
    days = half_life(kind, importance)
    assert factor(days, last, now + later) <= factor(days, last, now)
    assert factor(days, last + later, now) >= factor(days, last, now)


@given(kind=kinds, less=importances, more=importances, last=times, now=times)
def test_the_more_important_decays_no_faster(
    kind: Kind, less: float, more: float, last: int, now: int
) -> None:
    less, more = sorted((less, more))
    assert half_life(kind, less) <= half_life(kind, more)
    assert factor(half_life(kind, less), last, now) <= factor(half_life(kind, more), last, now)


@given(kind=kinds, importance=importances, now=times)
def test_what_is_pinned_does_not_age(kind: Kind, importance: float, now: int) -> None:
    assert factor(half_life(kind, importance), EVER, now) == 1
    assert age_days(np.array([EVER], np.int64), now) == 0


@pytest.mark.parametrize("kind", list(Kind))
def test_strength_halves_towards_its_floor(kind: Kind) -> None:
    days = HALF_LIFE_DAYS[kind]
    after = int(days * DAY)
    assert one(days, 0, 0) == 1
    assert one(days, after, 0) == 1
    assert one(days, 0, after) == pytest.approx((1 + RECENCY_FLOOR) / 2)
    assert one(days, 0, 100 * after) == pytest.approx(RECENCY_FLOOR)


def test_half_lives_differ_by_tier_and_importance() -> None:
    assert half_life(Kind.ENTRY) < half_life(Kind.EPISODE) < half_life(Kind.FACT)
    for kind in Kind:
        usual = HALF_LIFE_DAYS[kind]
        assert half_life(kind) == half_life(kind, 0.5) == usual
        assert half_life(kind, 1) == pytest.approx(usual * IMPORTANCE_STRETCH)
        assert half_life(kind, 0) == pytest.approx(usual / IMPORTANCE_STRETCH)
