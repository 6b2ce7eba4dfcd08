"""What a prompt is composed of, and what composing it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Section(StrEnum):
    """The parts of a prompt. The values are their names in the contract."""

    CORE = "core_identity"
    RELATIONSHIP = "relationship"
    JOKES = "inside_jokes"
    KNOWN = "known"
    RECENT = "recent_context"
    RELEVANT = "relevant_past"
    STYLE = "style"
    CONVERSATION = "conversation"
    SCENARIO = "scenario"
    TASK = "task"


class Layout(IntEnum):
    """In which order sections stand; the same as ``reverie.v1.PromptLayout``."""

    STANDARD = 1
    CACHE_STABLE = 2
    """What changes seldom comes first: the style before what is known."""


class Content(IntEnum):
    """What a section's text is; the same as ``reverie.v1.PromptSectionKind``."""

    INSTRUCTIONS = 1
    DATA = 2


class Reason(IntEnum):
    """Why something is not in the prompt; the same as ``reverie.v1.DropReason``."""

    AVOIDED_TOPIC = 1
    OVER_BUDGET = 2
    SECTION_CAP = 3
    MEMORY_CONFIG = 4
    DUPLICATE = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the persona is: the same for every user."""

    persona: str
    """Its display name."""
    core_prompt: str = ""
    description: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bond:
    """What the persona is to the user, and what may be remembered of it."""

    relationship_type: str = "friend"
    custom_prompt: str = ""
    details: bool = True
    """Whether relationship details are remembered: inside jokes, facts of the relationship."""
    conversations: bool = True
    """Whether past conversations are: calls, storylines, what was said."""
    personal_facts: bool = True
    recall_depth: int = 10
    """How many past calls are shown by themselves."""


@dataclass(frozen=True, slots=True)
class Person:
    """The user."""

    name: str
    address_as: str = ""
    greeting_style: str = ""
    advice_style: str = ""
    favorite_topics: str = ""
    topics_to_avoid: tuple[str, ...] = ()
    """Told by the user's preferences or by the application: an instruction, and memories about
    them are left out. Those that matter most come first."""
    derived_topics: tuple[str, ...] = ()
    """Topics to avoid that were only derived from what was said: memories about them are left
    out, but the prompt does not speak of them."""

    @property
    def filtering_topics(self) -> tuple[str, ...]:
        """All that memories are left out for."""
        return (*self.topics_to_avoid, *self.derived_topics)


class Origin(IntEnum):
    """What kind of memory it is, which decides its section and the switch that it is under."""

    FACT = 1
    """Of the user."""
    RELATIONSHIP_FACT = 2
    JOKE = 3
    CALL = 4
    STORYLINE = 5
    KNOWLEDGE = 6
    """Found by the topic: a document."""
    CONVERSATION = 7
    """Found by the topic: an episode, or something that was said."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """One memory that may stand in the prompt."""

    memory_id: str
    tier: int
    """As ``reverie.v1.Tier``."""
    origin: Origin
    text: str
    about: str = ""
    """Whom or what the text says it of ("dad"); empty: it says so itself."""
    importance: float = 0.5
    """0..1."""
    score: float | None = None
    """How well it fits the topic, 0..1; None: not known, it is worked out."""
    pinned: bool = False
    time: int | None = None
    """When it happened or was first mentioned, microseconds UTC; shown as a date."""
    follow_up: str = ""
    """What to ask about next, of a storyline."""


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the session that is under way."""

    memory_id: str
    role: str
    """user, assistant, system, tool or note."""
    speaker: str
    """Who said it; empty: the role says so."""
    text: str


@dataclass(frozen=True, slots=True)
class Habit:
    """A procedure of the persona with the user, filled."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Material:
    """All that a prompt can be composed of, of one reader."""

    identity: Identity
    bond: Bond | None = None
    """None: the persona's own prompt, without a user."""
    person: Person | None = None
    memories: tuple[Remembered, ...] = ()
    habits: tuple[Habit, ...] = ()
    recent_entries: tuple[Said, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """Templates that replace ``templates.DEFAULTS``, by key."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asks for."""

    token_budget: int
    topic: str = ""
    scenario: str = ""
    task: str = ""
    layout: Layout = Layout.STANDARD
    section_caps: Mapping[Section, int] = field(default_factory=dict)
    """At most so many tokens; 0 leaves a section out."""


@dataclass(frozen=True, slots=True)
class ComposedSection:
    """Joined by blank lines, the sections' texts are the prompt."""

    section: Section
    content: Content
    text: str
    token_count: int
    """Of the text by itself."""


@dataclass(frozen=True, slots=True)
class Included:
    memory_id: str
    tier: int
    section: Section
    score: float
    parts: Mapping[str, float]
    """What the score is made of."""


@dataclass(frozen=True, slots=True)
class Dropped:
    memory_id: str
    """Empty for an instruction."""
    tier: int
    section: Section
    reason: Reason


@dataclass(frozen=True, slots=True)
class Composed:
    prompt: str
    token_count: int
    sections: tuple[ComposedSection, ...]
    included: tuple[Included, ...]
    dropped: tuple[Dropped, ...]


class BudgetTooSmall(Exception):
    """The core identity does not fit."""

    def __init__(self, needed: int, budget: int) -> None:
        super().__init__(f"the core identity needs {needed} tokens, the budget is {budget}")
        self.needed = needed
