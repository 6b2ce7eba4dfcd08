"""Whether trust declines, and how far it has recovered: the formulas."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.identity.relationships.dynamics.trust import (
    GAINS,
    Decline,
    Recovery,
    Stage,
    advanced,
    begun,
    decline_of,
    slope_of,
    stage_of,
    status_of,
)

unit = st.floats(0, 1)


@pytest.mark.parametrize(
    ("trust", "slope", "decline"),
    [
        (0.35, -0.12, Decline.MODERATE),
        (0.35, -0.25, Decline.SEVERE),
        (0.38, -0.15, Decline.MODERATE),
        (0.8, -0.20, Decline.SEVERE),
        (0.8, -0.19, Decline.MODERATE),
        (0.8, -0.10, Decline.MODERATE),
        (0.8, -0.09, Decline.MINOR),
        (0.8, -0.05, Decline.MINOR),
        (0.8, -0.04, Decline.NONE),
        (0.8, 0.02, Decline.NONE),
        (0.29, 0.02, Decline.SEVERE),
        (0.30, 0.0, Decline.NONE),
    ],
)
def test_declines(trust: float, slope: float, decline: Decline) -> None:
    assert decline_of(trust, slope) is decline


def test_the_vector_of_a_recovery() -> None:
    recovery = begun(Decline.MODERATE, 0.38, 1)
    assert recovery.target_trust == pytest.approx(0.53)
    assert recovery.progress(0.38) == 0
    assert stage_of(0) is Stage.ACTIVE
    assert recovery.progress(0.45) == pytest.approx(0.467, abs=5e-4)
    assert stage_of(recovery.progress(0.45)) is Stage.RECOVERING
    assert recovery.progress(0.53) == 1
    assert stage_of(1) is Stage.RECOVERED
    assert recovery.progress(0.2) == 0


@pytest.mark.parametrize(
    ("progress", "stage"),
    [(0.29, Stage.ACTIVE), (0.3, Stage.RECOVERING), (0.99, Stage.RECOVERING)],
)
def test_stages(progress: float, stage: Stage) -> None:
    assert stage_of(progress) is stage


@pytest.mark.parametrize(
    ("decline", "gain", "actions"),
    [
        (Decline.MINOR, 0.1, ()),
        (Decline.MODERATE, 0.15, ("improve_understanding", "validate_emotions")),
        (
            Decline.SEVERE,
            0.2,
            ("acknowledge_past_issues", "proactive_check_in", "extra_validation"),
        ),
    ],
)
def test_what_is_to_be_done(decline: Decline, gain: float, actions: tuple[str, ...]) -> None:
    recovery = begun(decline, 0.25, 1)
    assert recovery.target_trust == pytest.approx(0.25 + gain)
    first, second, *middle, last = recovery.actions
    assert (first, second) == ("increase_response_quality", "show_empathy")
    assert tuple(middle) == actions
    assert last == "enhance_conversation_engagement"


@given(st.sampled_from(list(GAINS)), unit, unit)
def test_a_recovery_stays_within_bounds(decline: Decline, initial: float, trust: float) -> None:
    recovery = begun(decline, initial, 1)
    assert initial <= recovery.target_trust <= 1
    assert 0 <= recovery.progress(trust) <= 1
    assert recovery.progress(recovery.target_trust) == 1


def test_the_slope_is_the_rise_of_the_line() -> None:
    assert slope_of([]) == slope_of([0.5]) == 0
    assert slope_of([0.5, 0.4]) == pytest.approx(-0.1)
    assert slope_of([0.5, 0.45, 0.4, 0.35]) == pytest.approx(-0.15)
    assert slope_of([0.4, 0.5, 0.4]) == pytest.approx(0)


@given(unit, st.floats(-0.1, 0.1), st.integers(1, 50))
def test_a_straight_line_has_its_own_slope(start: float, step: float, steps: int) -> None:
    levels = [start + place * step for place in range(steps + 1)]
    assert slope_of(levels) == pytest.approx(steps * step, abs=1e-9)


def test_how_a_recovery_goes_on() -> None:
    assert advanced(None, 0.5, Decline.NONE, 1) is None
    first = advanced(None, 0.4, Decline.MINOR, 1)
    assert first == Recovery(Decline.MINOR, 0.4, 0.5, 1)
    assert advanced(first, 0.42, Decline.MINOR, 2) == first
    assert advanced(first, 0.42, Decline.NONE, 2) == first
    worse = advanced(first, 0.25, Decline.SEVERE, 3)
    assert worse == Recovery(Decline.SEVERE, 0.25, 0.45, 3)
    assert advanced(worse, 0.24, Decline.MINOR, 4) == worse
    done = advanced(worse, 0.46, Decline.NONE, 5)
    assert done is not None
    assert done == replace(worse, complete_time=5)
    assert done.progress(0.3) == 1, "what is done stays done"
    assert advanced(done, 0.4, Decline.NONE, 6) == done
    assert advanced(done, 0.4, Decline.MINOR, 7) == Recovery(Decline.MINOR, 0.4, 0.5, 7)


def test_a_decline_shows_before_a_recovery_has_begun() -> None:
    status = status_of(0.35, [0.6, 0.35], None)
    assert status.decline is Decline.SEVERE
    assert status.interaction_count == 1
    assert status.recovery == Recovery(Decline.SEVERE, 0.35, 0.55, None)
    assert status_of(0.5, [], None).recovery is None
