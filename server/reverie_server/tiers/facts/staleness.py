"""How sure a statement still is that nobody has confirmed for long.

WhisperEngine's rule: after its predicate's time, a confidence is multiplied by
``max(0.2, 1 - overdue / (1.5 * time))``; what falls below 0.3 becomes 0.1. What is at most 0.2 is
left alone. The factor is kept beside the confidence as it was told, so that working it out again
changes nothing, and a confirmation gives back what age has taken.
"""

from __future__ import annotations

from typing import Final

from reverie_server.clock import MICROSECONDS
from reverie_server.tiers.facts.predicates import stale_after_days

_DAY: Final = 86_400 * MICROSECONDS
_LOWEST_FACTOR: Final = 0.2
_SPAN: Final = 1.5
OUTDATED_BELOW: Final = 0.3
OUTDATED: Final = 0.1
_LEFT_ALONE: Final = 0.2


def staleness(predicate: str, confidence: float, age: int) -> float:
    """What age leaves of a confidence, as a factor 0..1.

    Args:
        confidence: 0..1, as it was told.
        age: microseconds since the statement was last told to be true.
    """
    days = stale_after_days(predicate)
    if days is None or confidence <= _LEFT_ALONE:
        return 1.0
    overdue = age / _DAY - days
    if overdue <= 0:
        return 1.0
    factor = max(_LOWEST_FACTOR, 1 - overdue / (_SPAN * days))
    return factor if confidence * factor >= OUTDATED_BELOW else OUTDATED / confidence
