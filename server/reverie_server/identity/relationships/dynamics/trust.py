"""Whether trust declines, and how far it has recovered. Pure formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

LOW_TRUST: Final = 0.3
"""Below this trust is a severe decline, however it moves."""
_NOISE: Final = 1e-9
"""What sums of decimal fractions may be off by."""


class Decline(IntEnum):
    """How far trust has declined. Stored as a number; as ``reverie.v1.TrustDecline``."""

    NONE = 1
    MINOR = 2
    MODERATE = 3
    SEVERE = 4


class Stage(IntEnum):
    """How far a recovery has come; as ``reverie.v1.RecoveryStage``."""

    ACTIVE = 1
    RECOVERING = 2
    RECOVERED = 3


STEEPEST: Final = ((-0.20, Decline.SEVERE), (-0.10, Decline.MODERATE), (-0.05, Decline.MINOR))
"""The slope that a decline has at most."""
GAINS: Final[Mapping[Decline, float]] = {
    Decline.MINOR: 0.10,
    Decline.MODERATE: 0.15,
    Decline.SEVERE: 0.20,
}
"""How far above its beginning a recovery is to come."""
RECOVERING_FROM: Final = 0.3
"""Of the way."""
ACTIONS: Final[Mapping[Decline, tuple[str, ...]]] = {
    Decline.MINOR: (),
    Decline.MODERATE: ("improve_understanding", "validate_emotions"),
    Decline.SEVERE: ("acknowledge_past_issues", "proactive_check_in", "extra_validation"),
}
"""What a persona can do besides what helps always."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The way back after a decline. Times are microseconds since the epoch, UTC."""

    decline: Decline
    """That it began with."""
    initial_trust: float
    target_trust: float
    start_time: int | None
    """None: it has not begun, only the decline shows."""
    complete_time: int | None = None

    def progress(self, trust: float) -> float:
        """How much of the way is done, 0..1."""
        if self.complete_time is not None:
            return 1.0
        way = self.target_trust - self.initial_trust
        done = (trust - self.initial_trust) / way if way > 0 else 1.0
        return 1.0 if done >= 1 - _NOISE else max(0.0, done)

    @property
    def actions(self) -> tuple[str, ...]:
        """What the persona can do."""
        return (
            "increase_response_quality",
            "show_empathy",
            *ACTIONS[self.decline],
            "enhance_conversation_engagement",
        )


@dataclass(frozen=True, slots=True)
class TrustStatus:
    """How it stands with trust."""

    trust: float
    decline: Decline
    slope: float
    interaction_count: int
    """In the window."""
    recovery: Recovery | None


def slope_of(levels: Sequence[float]) -> float:
    """By how much a straight line through the levels (least squares, at equal distances) rises
    from the first to the last of them. So neither the time between interactions nor their number
    makes a decline look steeper than it is.
    """
    steps = len(levels) - 1
    if steps < 1:
        return 0.0
    middle, mean = steps / 2, sum(levels) / len(levels)
    covariance = sum((place - middle) * (level - mean) for place, level in enumerate(levels))
    variance = sum((place - middle) ** 2 for place in range(len(levels)))
    return steps * covariance / variance


def decline_of(trust: float, slope: float) -> Decline:
    """How far trust has declined that is at ``trust`` and moves by ``slope``."""
    if trust < LOW_TRUST - _NOISE:
        return Decline.SEVERE
    for steepest, decline in STEEPEST:
        if slope <= steepest + _NOISE:
            return decline
    return Decline.NONE


def stage_of(progress: float) -> Stage:
    """The stage of a recovery that has come so far, 0..1."""
    if progress >= 1 - _NOISE:
        return Stage.RECOVERED
    return Stage.RECOVERING if progress >= RECOVERING_FROM - _NOISE else Stage.ACTIVE


def begun(decline: Decline, trust: float, now: int | None) -> Recovery:
    """The recovery from a decline (not from NONE) at this trust."""
    return Recovery(decline, trust, min(1.0, trust + GAINS[decline]), now)


def advanced(
    recovery: Recovery | None, trust: float, decline: Decline, now: int
) -> Recovery | None:
    """The recovery after an interaction that left this trust and this decline: begun, completed,
    begun anew because the decline is worse, or as it was.
    """
    if recovery is not None and recovery.complete_time is None:
        if decline > recovery.decline:
            return begun(decline, trust, now)
        if recovery.progress(trust) >= 1:
            return replace(recovery, complete_time=now)
        return recovery
    return recovery if decline is Decline.NONE else begun(decline, trust, now)


def status_of(trust: float, levels: Sequence[float], recovery: Recovery | None) -> TrustStatus:
    """How it stands with trust.

    Args:
        levels: of trust in the window: before the first interaction, and after each.
        recovery: the last one.
    """
    slope = slope_of(levels)
    decline = decline_of(trust, slope)
    is_open = recovery is not None and recovery.complete_time is None
    if not is_open and decline is not Decline.NONE:
        recovery = begun(decline, trust, None)
    return TrustStatus(trust, decline, slope, max(0, len(levels) - 1), recovery)
