"""How trust, affection and attunement move: the formulas."""

from __future__ import annotations

import math
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.identity.relationships.dynamics.model import (
    BASELINE,
    Interaction,
    Quality,
    Scores,
    drifted,
    moved,
    quality_of,
)

unit = st.floats(0, 1)
scores = st.builds(Scores, unit, unit, unit)
interactions = st.builds(Interaction, st.sampled_from(Quality), st.none() | unit)


def change(quality: Quality, variance: float | None, before: Scores = BASELINE) -> Scores:
    after = moved(before, Interaction(quality, variance))
    pairs = zip(astuple(after), astuple(before), strict=True)
    return Scores(*(round(a - b, 12) for a, b in pairs))


@pytest.mark.parametrize(
    ("quality", "variance", "expected"),
    [
        (Quality.EXCELLENT, 0.3, (0.045, 0.052, 0.03)),
        (Quality.POOR, 0.6, (-0.0147, -0.0288, -0.008)),
        (Quality.FAILED, 0.3, (-0.045, -0.052, -0.02)),
        (Quality.AVERAGE, 0.3, (0.009, 0.008, 0.01)),
        (Quality.GOOD, 0.3, (0.03, 0.04, 0.02)),
        (Quality.EXCELLENT, 0.7, (0.0315, 0.0468, 0.036)),
        (Quality.EXCELLENT, 0.1, (0.054, 0.052, 0.03)),
        (Quality.AVERAGE, 0.7, (0.0063, 0.0072, 0.008)),
    ],
)
def test_the_vectors(
    quality: Quality, variance: float, expected: tuple[float, float, float]
) -> None:
    assert astuple(change(quality, variance)) == pytest.approx(expected, abs=1e-12)


def test_two_in_a_row() -> None:
    first = moved(BASELINE, Interaction(Quality.EXCELLENT, 0.3))
    assert astuple(first) == pytest.approx((0.545, 0.452, 0.33))
    second = moved(first, Interaction(Quality.POOR, 0.6))
    assert astuple(second) == pytest.approx((0.5303, 0.4232, 0.322))


@pytest.mark.parametrize("quality", Quality)
def test_what_was_not_measured_changes_nothing(quality: Quality) -> None:
    assert change(quality, None) == change(quality, 0.3)


@pytest.mark.parametrize("variance", [0.2, 0.5])
def test_the_bounds_of_complexity_are_not_in_it(variance: float) -> None:
    assert change(Quality.GOOD, variance) == change(Quality.GOOD, None)


@given(scores, interactions)
def test_scores_stay_within_their_bounds(before: Scores, interaction: Interaction) -> None:
    after = moved(before, interaction)
    assert all(0 <= score <= 1 for score in astuple(after))
    went_well = interaction.quality <= Quality.AVERAGE
    for old, new in zip(astuple(before), astuple(after), strict=True):
        assert new >= old if went_well else new <= old


@pytest.mark.parametrize(
    ("metrics", "quality"),
    [
        ([0.85] * 5, Quality.EXCELLENT),
        ([0.84] * 5, Quality.GOOD),
        ([0.9, 0.8, 0.7, 0.6, 0.5], Quality.GOOD),
        ([0.7, 0.7, 0.7, 0.7, 0.69], Quality.AVERAGE),
        ([0.5] * 5, Quality.AVERAGE),
        ([0.49] * 5, Quality.POOR),
        ([0.3] * 5, Quality.POOR),
        ([0.1, 0.7, 0.1], Quality.POOR),
        ([0.29] * 5, Quality.FAILED),
        ([0.0], Quality.FAILED),
        ([1.0], Quality.EXCELLENT),
    ],
)
def test_metrics_stand_for_a_quality(metrics: list[float], quality: Quality) -> None:
    assert quality_of(metrics) is quality


@given(scores, st.integers(0, 10**17), st.integers(0, 10**17), st.integers(1, 10**16))
def test_drift_goes_to_the_baseline_and_does_not_mind_being_looked_at(
    before: Scores, first: int, second: int, half_life: int
) -> None:
    after = drifted(before, first + second, half_life)
    in_two = drifted(drifted(before, first, half_life), second, half_life)
    for old, new, other, base in zip(
        astuple(before), astuple(after), astuple(in_two), astuple(BASELINE), strict=True
    ):
        assert min(old, base) <= new <= max(old, base)
        assert abs(new - base) <= abs(old - base)
        assert math.isclose(new, other, abs_tol=1e-9)


def test_a_half_life_is_half_of_the_way() -> None:
    assert astuple(drifted(Scores(0.9, 0.0, 0.3), 60, 60)) == pytest.approx((0.7, 0.2, 0.3))


@given(scores, st.integers(-(10**17), 10**17))
def test_without_a_half_life_nothing_drifts(before: Scores, idle: int) -> None:
    assert drifted(before, idle, 0) == before
    assert drifted(before, min(idle, 0), 60) == before
