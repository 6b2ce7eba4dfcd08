"""Sessions, their entries, timelines and bookmarks. Times are microseconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

from reverie_server.clock import MICROSECONDS
from reverie_server.scope import Visibility
from reverie_server.tiers.provenance import Role, Source

MAIN_TIMELINE: Final = "main"
"""Where entries go that name no timeline."""
TIMELINES_PER_SESSION: Final = 1_000
BOOKMARKS_PER_SESSION: Final = 1_000
CONTEXT_VALUES: Final = 64
"""The caller's own keys in a session's context."""
BACKFILL_AFTER: Final = 300 * MICROSECONDS
"""What happened longer before it was stored than clocks differ was brought in afterwards."""


TURN_ROLES: Final = frozenset({Role.USER, Role.ASSISTANT})
"""What the user and the persona say."""


class SessionState(IntEnum):
    """Where a session stands in its life. Stored as a number; as ``reverie.v1.SessionState``."""

    ACTIVE = 1
    ENDED = 2
    EXPIRED = 3


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Names a session as a call does: it has to be this user's with this persona."""

    workspace_id: str
    user_id: str
    persona_id: str
    session_id: str

    @property
    def sql(self) -> tuple[str, str, str]:
        """The arguments $1..$3 of the queries on what a session holds."""
        return (self.workspace_id, self.user_id, self.session_id)


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What a session is about right now."""

    topic: str = ""
    mood: str = ""
    urgency: str = ""
    needs_decision: bool | None = None
    """None: not known."""
    values: dict[str, str] = field(default_factory=dict)
    """The caller's own keys."""


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation or call of a user with a persona."""

    workspace_id: str
    user_id: str
    persona_id: str
    session_id: str
    state: SessionState
    archived: bool
    """Whether it ended with flush; what is not archived goes when the session expires."""
    visibility: Visibility
    context: SessionContext
    metadata: dict[str, str]
    start_time: int
    end_time: int | None
    expire_time: int | None
    """None while it is active."""
    last_active_time: int
    """When it was last written to, by the server's clock."""
    next_position: int
    """That of the entry appended next."""
    entry_count: int
    turn_count: int
    """Entries by the user or the persona."""
    timeline_count: int
    question_time: int | None
    """The event time of the user's last entry, while the persona has not answered it."""
    response_count: int
    response_seconds: float
    """The sum over ``response_count`` answers."""
    memory_extracted: bool
    """Also where facts never will be: its relationship was deleted."""
    episode_id: str
    """Empty before it ends, or when it ended without flush."""
    rehydrated_from_session_id: str
    rehydrated_summary: str
    version: int
    """The user's revision at which the session or its context last changed. What happens to its
    entries, timelines and bookmarks leaves it."""
    create_time: int

    @property
    def key(self) -> SessionKey:
        return SessionKey(self.workspace_id, self.user_id, self.persona_id, self.session_id)

    @property
    def average_response_seconds(self) -> float | None:
        """None before the first answer."""
        return self.response_seconds / self.response_count if self.response_count else None

    @property
    def said_since(self) -> int:
        """Everything in it was said then or later, and stored later; copies in a rehydrated one
        are older."""
        return min(self.start_time, self.create_time)

    def at(self, now: int) -> Session:
        """The session as it stands at ``now``: its time may be over though nobody has swept."""
        over = self.expire_time is not None and self.expire_time <= now
        return replace(self, state=SessionState.EXPIRED) if over else self


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as the caller gives it."""

    content: str
    role: Role = Role.NOTE
    timeline: str = MAIN_TIMELINE
    speaker: str = ""
    key: str = ""
    agent: str = ""
    event_time: int | None = None
    """None: now."""
    metadata: dict[str, str] = field(default_factory=dict)
    embedding: tuple[float, ...] = ()
    """Only with the `client` embedder."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said or noted in a session."""

    entry_id: str
    session_id: str
    persona_id: str
    position: int
    """Its place in the session: entries have growing positions, with gaps where some were
    deleted."""
    timeline: str
    role: Role
    speaker: str
    content: str
    key: str
    agent: str
    metadata: dict[str, str]
    visibility: Visibility
    source: Source
    trust: float
    """0..1."""
    copied_from_entry_id: str
    """The entry of an ended session that this one repeats in a rehydrated one; else empty.
    Searches over many sessions leave copies out."""
    event_time: int
    create_time: int

    @property
    def is_turn(self) -> bool:
        """Whether the user or the persona said it."""
        return self.role in TURN_ROLES


@dataclass(frozen=True, slots=True)
class Timeline:
    """One strand of a session."""

    timeline: str
    closed: bool
    entry_count: int
    create_time: int
    close_time: int | None
    """None while it is open."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A named point of a session: the entries before ``next_position``, and the context then."""

    bookmark_id: str
    next_position: int
    entry_count: int
    context: SessionContext
    create_time: int


@dataclass(frozen=True, slots=True)
class EntryCondition:
    """Which of a session's entries are meant. Empty text: any."""

    timeline: str = ""
    key: str = ""
    event_after: int | None = None
    """Inclusive."""
    event_before: int | None = None
    """Exclusive."""


# What the caller supplies when a session ends.


@dataclass(frozen=True, slots=True)
class SuppliedFact:
    """A fact that the caller has extracted itself."""

    statement: str
    category: str = ""
    confidence: float | None = None
    """0..1."""
    importance: float | None = None
    """0..1."""
    entry_ids: tuple[str, ...] = ()


class StorylineStatus(IntEnum):
    """How far a storyline has got. Stored as a number; as ``reverie.v1.StorylineStatus``."""

    NEW = 1
    ONGOING = 2
    RESOLVED = 3


@dataclass(frozen=True, slots=True)
class SuppliedStoryline:
    """A storyline that the caller has found itself."""

    topic: str
    status: StorylineStatus = StorylineStatus.NEW
    summary: str = ""
    follow_up: str = ""
    """What to ask about next."""
    follow_up_time: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a session cost."""

    currency_code: str
    """ISO 4217."""
    amount: float


@dataclass(frozen=True, slots=True)
class SuppliedEpisode:
    """What the caller says about an ended session; kept as given. None and empty: not supplied."""

    summary: str | None = None
    key_topics: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    action_items: tuple[str, ...] = ()
    emotional_tone: str | None = None
    outcome: str | None = None
    participants: tuple[str, ...] = ()
    cost: Cost | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    facts: tuple[SuppliedFact, ...] = ()
    storylines: tuple[SuppliedStoryline, ...] = ()


# Results, as request records store them.


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A session after a change, and the user's revision with it."""

    session: Session
    revision: int


@dataclass(frozen=True, slots=True)
class EntriesAppended:
    """The ids in the order of the request, and the user's revision with them."""

    entry_ids: tuple[str, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class TimelineChange:
    """A timeline after a change, and the user's revision with it."""

    timeline: Timeline
    revision: int


@dataclass(frozen=True, slots=True)
class BookmarkSet:
    """A bookmark, and the user's revision with it."""

    bookmark: Bookmark
    revision: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """An ended session, its episode and the job that completes it (both empty without flush)."""

    session: Session
    episode_id: str
    job_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session summarised as it stands."""

    summary: str
    entry_ids: tuple[str, ...]
    """The entries that the summary's sentences were taken from."""
    key_topics: tuple[str, ...]
    decisions: tuple[str, ...]
    action_items: tuple[str, ...]
    emotional_tone: str
    entry_count: int
    timeline_count: int
    duration_seconds: float
    """From the first to the last of the entries."""
    summarizer: str
