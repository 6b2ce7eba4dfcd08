"""What rooms tell each other of memories that are forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from reverie_server.storage.outbox import Change
from reverie_server.storage.tombstones import Mark
from reverie_server.tiers.quotes import NOTHING, Quotes


@dataclass(frozen=True, slots=True)
class ForgottenFacts:
    """Facts that are to go, and what they rest on."""

    fact_ids: tuple[str, ...] = ()
    shared: bool = False
    """Whether any of them is read by other personas."""
    entry_ids: tuple[str, ...] = ()
    """The entries that they rest on or that confirmed or changed them."""
    session_ids: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    quotes: Quotes = NOTHING
    marks: tuple[Mark, ...] = ()
    statements: tuple[str, ...] = ()
    """How they were ever worded."""

    def joined(self, other: ForgottenFacts) -> ForgottenFacts:
        """Both."""
        return ForgottenFacts(
            (*self.fact_ids, *other.fact_ids),
            self.shared or other.shared,
            tuple(dict.fromkeys((*self.entry_ids, *other.entry_ids))),
            self.session_ids | other.session_ids,
            self.subjects | other.subjects,
            self.quotes.joined(other.quotes),
            (*self.marks, *other.marks),
            (*self.statements, *other.statements),
        )


@dataclass(frozen=True, slots=True)
class RedoneSummary:
    """An episode whose summary is worked out anew without what is forgotten."""

    episode_id: str
    session_id: str
    persona_id: str
    """The persona that lived it, whose job it is."""
    job_id: str


@dataclass(frozen=True, slots=True)
class RedactedEpisodes:
    """Episodes that told of what is forgotten."""

    episode_ids: tuple[str, ...] = ()
    redone: tuple[RedoneSummary, ...] = ()
    session_ids: frozenset[str] = frozenset()
    sentences: tuple[str, ...] = ()
    """What a caller had supplied and that told of it, verbatim; for tombstones."""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgottenItem:
    """A memory that went, from which nothing was derived."""

    shared: bool
    """Whether other personas could read it."""
    marks: tuple[Mark, ...]
    changes: tuple[Change, ...] = ()
    session_ids: frozenset[str] = frozenset()
    """The sessions that told of it."""
    quotes: Quotes = NOTHING


@dataclass(frozen=True, slots=True)
class RedactedStorylines:
    """What became of the storylines of a pair that told of what is forgotten."""

    removed_ids: tuple[str, ...] = ()
    redacted_ids: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    """Of the topics and sentences that went."""
