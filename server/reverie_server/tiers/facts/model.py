"""Facts: statements about a user that were true for a while and were known for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from reverie_server.paging import Cursor
from reverie_server.scope import Visibility
from reverie_server.tiers.provenance import Source


class Scope(IntEnum):
    """What a fact is about. Stored as a number; the same as ``reverie.v1.FactScope``."""

    USER = 1
    RELATIONSHIP = 2
    """About what the user and this persona are to each other: always private to the pair."""


class Sensitivity(IntEnum):
    """How carefully it is to be handled. As ``reverie.v1.FactSensitivity``."""

    NORMAL = 1
    SENSITIVE = 2


class ChangeKind(IntEnum):
    """What made a version of a fact. As ``reverie.v1.FactChangeKind``."""

    ADDED = 1
    CONFIRMED = 2
    SUPERSEDED = 3
    ENDED = 4
    RETRACTED = 5
    RESTORED = 6
    UPDATED = 7


class Outcome(IntEnum):
    """What became of a fact that was told. As ``reverie.v1.FactOutcome``."""

    STORED = 1
    CONFIRMED = 2
    KEPT_OUT = 3
    ENDED = 4
    NOTHING = 5
    TOLD_BEFORE = 6
    UNIMPORTANT = 7
    SWITCHED_OFF = 8
    FORGOTTEN = 9
    """The user had it forgotten."""


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact as somebody tells it. Times are microseconds, UTC; scores are 0..1."""

    statement: str
    category: str = ""
    subject: str = ""
    """Whom it is about; empty: the user."""
    predicate: str = ""
    object: str = ""
    negated: bool = False
    """It is not, or no longer, so: ends what it names and stores nothing."""
    confidence: float = 0.8
    importance: float = 0.5
    sensitivity: Sensitivity = Sensitivity.NORMAL
    scope: Scope = Scope.USER
    visibility: Visibility | None = None
    """None: as the workspace's sharing mode has it, and PRIVATE if anything is that it rests on; a
    relationship's facts are always PRIVATE."""
    valid_from: int | None = None
    """None: from when it is told."""
    valid_to: int | None = None
    session_id: str = ""
    entry_ids: tuple[str, ...] = ()
    """The entries that it rests on; its trust is never above theirs."""
    pinned: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source.APPLICATION
    trust_limit: float = 1.0
    """The trust is never above this: below ``provenance.QUARANTINE_BELOW`` for what there is
    little evidence of."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One state of a fact."""

    fact_id: str
    persona_id: str
    """The persona that learnt it."""
    visibility: Visibility
    scope: Scope
    statement: str
    category: str
    subject: str
    predicate: str
    object: str
    subject_key: str
    predicate_key: str
    object_key: str
    slot: str
    """What facts of one subject compete for: the group of a single-valued predicate, or a thing
    that there are relations to, or a statement's wording."""
    confidence: float
    """0..1, as it was last told."""
    staleness: float
    """0..1, what age leaves of the confidence."""
    importance: float
    sensitivity: Sensitivity
    pinned: bool
    valid_from: int
    valid_to: int | None
    """Exclusive; None: it goes on. Equal to ``valid_from``: it never counted."""
    stated_to: int | None
    """The end that was told, or that a negation set; ``valid_to`` may come earlier."""
    retracted_time: int | None
    superseded_by: str
    confirm_count: int
    last_confirmed_time: int
    """The last time at which it was said to be true, in the world's time."""
    session_id: str
    entry_ids: tuple[str, ...]
    source: Source
    trust: float
    metadata: Mapping[str, str]
    change: ChangeKind
    """What made this state, and the fact and the entries that were the reason."""
    change_fact_id: str
    change_entry_ids: tuple[str, ...]
    version: int
    """From 1, without gaps."""
    revision: int
    create_time: int
    update_time: int

    @property
    def certainty(self) -> float:
        """0..1, the confidence after age."""
        return self.confidence * self.staleness

    @property
    def never_counted(self) -> bool:
        """Whether the interval of its truth is empty."""
        return self.valid_to is not None and self.valid_to <= self.valid_from

    def is_true_at(self, time: int) -> bool:
        """Whether its interval holds the moment and it was not retracted."""
        if self.retracted_time is not None or self.valid_from > time:
            return False
        return self.valid_to is None or time < self.valid_to


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to one fact that was told."""

    outcome: Outcome
    fact_id: str
    """The fact that was stored or confirmed or kept out; empty for what stored nothing."""
    changed_ids: tuple[str, ...] = ()
    """The facts that were superseded or ended by it, or for one kept out, what keeps it out."""


@dataclass(frozen=True, slots=True)
class AllTold:
    """The answer to a batch, in its order."""

    told: tuple[Told, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class ChangedFact:
    """A fact after a change of it."""

    fact: Fact
    revision: int


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Which facts are meant. Empty text: any. Times are microseconds, UTC."""

    category: str = ""
    predicate: str = ""
    subject: str = ""
    scope: Scope | None = None
    include_past: bool = False
    """Also what is not true at ``as_of``: superseded, ended, retracted or not begun."""
    include_quarantined: bool = False
    as_of: int | None = None
    """None: now."""
    known_at: int | None = None
    """As it was known then; None: now."""


@dataclass(frozen=True, slots=True)
class FactHit:
    """A fact that a search found."""

    fact: Fact
    score: float
    """Absolute, 0..1."""
    score_parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FactQuery:
    """What to look for in facts."""

    text: str
    vector: tuple[float, ...]
    where: FactFilter
    min_score: float
    min_revision: int
    explain: bool


@dataclass(frozen=True, slots=True)
class FactHits:
    """A page of a search's answer."""

    hits: tuple[FactHit, ...]
    next: Cursor | None
    degraded: bool
    revision: int
