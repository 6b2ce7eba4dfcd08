"""The FactExtractor port: from what was said in a session to statements about its user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from reverie_server.errors import Unavailable


class MalformedExtraction(Unavailable):
    """A provider's answer is not of the form asked for. It is an Unavailable because asking again
    may help; the message says what is wrong with it and holds none of its words."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="PROVIDER_UNAVAILABLE", retry_after_seconds=5.0)


USER = "user"
"""The subject of facts about the user; other subjects are relation words ("brother") or names."""

StorylineStatus = Literal["new", "ongoing", "resolved"]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One entry of the session, in order."""

    entry_id: str
    role: str
    """ "user", "assistant", "system", "tool" or "note"."""
    speaker: str
    """Who said it, as they are called; empty for notes."""
    content: str
    event_time: int
    """Microseconds since the epoch, UTC: what "yesterday" counts from. 0 when it is not known."""
    by_user: bool
    """Whether the user said it. What others said is context and no source of facts."""


@dataclass(frozen=True, slots=True)
class ExtractedFact:
    """One statement about the user or somebody in their life."""

    statement: str
    """In the third person, without the user's name ("Lives in Boston.")."""
    category: str
    subject: str
    """`USER`, a relation word in small letters, or a name."""
    predicate: str
    """In snake case ("lives_in"); empty where nothing fits."""
    object: str
    negated: bool
    """The relation does not hold, or no longer: it ends what it names."""
    confidence: float
    """0..1."""
    importance: float
    """0..1; high from 0.7, medium from 0.4."""
    valid_from: int | None
    """Microseconds since the epoch; None where nothing was said of it."""
    entry_ids: tuple[str, ...]
    """The entries it was taken from; at least one."""


@dataclass(frozen=True, slots=True)
class ExtractedStoryline:
    """Something that goes on in the user's life and that one would ask about next time."""

    topic: str
    status: StorylineStatus
    summary: str
    entry_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extraction:
    facts: tuple[ExtractedFact, ...]
    storylines: tuple[ExtractedStoryline, ...]


class FactExtractor(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def is_outside(self) -> bool:
        """Whether what it reads leaves the server, and somebody else has to answer."""
        ...

    async def extract(self, utterances: Sequence[Utterance]) -> Extraction:
        """What the user said about themselves and the people in their life, in the order said.
        Without utterances of the user it is empty. Nothing is stored.

        Raises:
            Unavailable: PROVIDER_UNAVAILABLE, the provider cannot be reached in time.
            MalformedExtraction: the provider's answer is not of the form asked for; nothing of it
                is taken. Asking again may help.
        """
        ...
