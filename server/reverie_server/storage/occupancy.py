"""How busy a database adapter is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Occupancy:
    """As of now, without asking the engine."""

    waiting: Mapping[str, int]
    """Units of work, by the queue that they are in."""
    connections: Mapping[str, int] = field(default_factory=dict)
    """``in_use``, ``idle`` and ``limit``; empty where there is no pool."""
