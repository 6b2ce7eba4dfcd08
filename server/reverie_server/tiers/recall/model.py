"""What recall is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.filters import Filter, Lookup, Scalar
from reverie_server.tiers.provenance import Source


class Tier(IntEnum):
    """Where a memory stands; numbers as in the contract."""

    WORKING = 1
    EPISODIC = 2
    SEMANTIC = 3
    PROCEDURAL = 4
    FACT = 5
    STORYLINE = 6
    """Listed and forgotten, never recalled."""


ALL_TIERS = frozenset(Tier)


@dataclass(frozen=True, slots=True)
class RecallQuery:
    """One question over tiers. See ``RecallRequest`` for what absence means."""

    text: str
    vector: NDArray[np.float32] | None = None
    tiers: frozenset[Tier] = ALL_TIERS
    limit: int = 10
    event_after: int | None = None
    """Inclusive, microseconds UTC."""
    event_before: int | None = None
    """Exclusive, microseconds UTC."""
    as_of: int | None = None
    """Facts that were true then; None: now."""
    known_at: int | None = None
    """What was stored by then, and facts as they were known then; None: now."""
    filter: Filter | None = None
    min_trust: float = 0.0
    include_quarantined: bool = False
    min_score: float = 0.0
    ageless: bool = False
    """Only how well the text fits, whatever its age: the same from day to day."""
    persona_lens: bool = False
    complete: bool = False
    """Also what the relationship's settings keep from being recalled."""
    min_revision: int = 0
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One memory with its score, before it is read from SQL."""

    user_id: str
    """Whose: the user, or ``SHARED_OWNER``."""
    kind: Kind
    memory_id: str
    score: float
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Moment:
    """Which facts count: those that are true at a time, as they are or were known."""

    as_of: int
    """Microseconds, UTC."""
    known_at: int | None = None
    """None: as they are known now."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory as a reader may see it."""

    kind: Kind | None
    """None: a storyline, which recall knows no kind of."""
    memory_id: str
    tier: Tier
    text: str
    user_id: str
    persona_id: str
    session_id: str
    entry_ids: tuple[str, ...]
    agent: str
    speaker: str
    role: str
    timeline: str
    key: str
    event_time: int
    create_time: int
    visibility: int
    trust: float
    source: Source
    metadata: Mapping[str, str]
    valid_from: int | None = None
    """From when it is true; only of facts."""
    valid_to: int | None = None
    """Until when; None: it goes on, or is no fact."""
    retracted_time: int | None = None
    """When it was said to have never been so."""

    def lookup(self) -> Lookup:
        """How a typed filter reads it. An empty value is none."""

        def value(key: str) -> Scalar | None:
            if key.startswith("metadata."):
                return self.metadata.get(key.removeprefix("metadata."))
            if key == "source":
                return self.source.name.lower()
            return str(getattr(self, key)) or None

        return value


@dataclass(frozen=True, slots=True)
class Hit:
    memory: Memory
    score: float
    """Absolute, 0..1."""
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recalled:
    hits: tuple[Hit, ...]
    degraded: bool
    revision: int
