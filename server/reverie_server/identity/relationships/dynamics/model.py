"""How trust, affection and attunement move with every interaction. Pure formulas.

A score is 0..1. An interaction moves it by ``rate * multiplier of the quality * complexity``,
within 0..1. The complexity is 1 unless the variance of the emotions was measured: what was not
measured changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

COMPLEX_ABOVE: Final = 0.5
"""An emotion variance above this makes an interaction a complex one."""
SIMPLE_BELOW: Final = 0.2
"""One below this makes it a simple one."""


class Quality(IntEnum):
    """How well an interaction went. Stored as a number; as ``reverie.v1.InteractionQuality``."""

    EXCELLENT = 1
    GOOD = 2
    AVERAGE = 3
    POOR = 4
    FAILED = 5


@dataclass(frozen=True, slots=True)
class Scores:
    """What a persona and a user have come to be to each other; each 0..1."""

    trust: float
    affection: float
    attunement: float


BASELINE: Final = Scores(trust=0.5, affection=0.4, attunement=0.3)
"""Where every relationship begins."""

RATES: Final = Scores(trust=0.03, affection=0.04, attunement=0.02)
"""What a good interaction adds."""

MULTIPLIERS: Final[Mapping[Quality, Scores]] = {
    Quality.EXCELLENT: Scores(1.5, 1.3, 1.5),
    Quality.GOOD: Scores(1.0, 1.0, 1.0),
    Quality.AVERAGE: Scores(0.3, 0.2, 0.5),
    Quality.POOR: Scores(-0.7, -0.8, -0.5),
    Quality.FAILED: Scores(-1.5, -1.3, -1.0),
}

LOWEST_MEAN: Final = (
    (0.85, Quality.EXCELLENT),
    (0.70, Quality.GOOD),
    (0.50, Quality.AVERAGE),
    (0.30, Quality.POOR),
)
"""The mean of the metrics that a quality takes at least; below all it is FAILED."""
_NOISE: Final = 1e-9
"""What a mean of decimal fractions may be off by."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One interaction, as the caller judges it."""

    quality: Quality
    emotion_variance: float | None
    """How much the emotions varied, 0..1; None: not measured."""


@dataclass(frozen=True, slots=True)
class ScoreState:
    """The scores as the last interaction left them."""

    scores: Scores = BASELINE
    interaction_count: int = 0
    update_time: int = 0
    """When the last interaction was recorded, microseconds, UTC; 0 before the first."""


def quality_of(metrics: Sequence[float]) -> Quality:
    """The quality that metrics stand for, each 0..1; at least one."""
    mean = sum(metrics) / len(metrics)
    for lowest, quality in LOWEST_MEAN:
        if mean >= lowest - _NOISE:
            return quality
    return Quality.FAILED


def complexity(interaction: Interaction) -> Scores:
    """What the variance of the emotions multiplies each change by."""
    variance = interaction.emotion_variance
    if variance is None:
        return Scores(1.0, 1.0, 1.0)
    if variance > COMPLEX_ABOVE:
        went_well = interaction.quality in (Quality.EXCELLENT, Quality.GOOD)
        return Scores(0.7, 0.9, 1.2 if went_well else 0.8)
    return Scores(1.2 if variance < SIMPLE_BELOW else 1.0, 1.0, 1.0)


def moved(scores: Scores, interaction: Interaction) -> Scores:
    """The scores after an interaction."""
    multiplier, factor = MULTIPLIERS[interaction.quality], complexity(interaction)
    return Scores(
        _clamped(scores.trust + RATES.trust * multiplier.trust * factor.trust),
        _clamped(scores.affection + RATES.affection * multiplier.affection * factor.affection),
        _clamped(scores.attunement + RATES.attunement * multiplier.attunement * factor.attunement),
    )


def drifted(scores: Scores, idle: int, half_life: int) -> Scores:
    """The scores after nobody has moved them for a while: every half-life takes away half of what
    lies between them and the baseline. They never overshoot it.

    Args:
        idle: for how long, microseconds; a negative one counts as none.
        half_life: microseconds; 0: they stay for ever.
    """
    if half_life <= 0 or idle <= 0:
        return scores
    left = math.pow(0.5, idle / half_life)

    def back(score: float, baseline: float) -> float:
        return baseline + (score - baseline) * left

    return Scores(
        back(scores.trust, BASELINE.trust),
        back(scores.affection, BASELINE.affection),
        back(scores.attunement, BASELINE.attunement),
    )


def _clamped(score: float) -> float:
    return min(1.0, max(0.0, score))
