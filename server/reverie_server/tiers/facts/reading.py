"""What an extractor has read, judged: which of it is told as facts, and why the rest is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reverie_server.identity.relationships.memory_config import INSIDE_JOKE
from reverie_server.language.fact_extractor import ExtractedFact
from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Transaction
from reverie_server.tiers.facts.model import AllTold, NewFact, Outcome, Scope, Told
from reverie_server.tiers.facts.ports import MemorySwitch
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.provenance import Source

LEAST_IMPORTANCE: Final = 0.4
"""What matters less is found in the episode, and is no fact."""
LEAST_CONFIDENCE: Final = 0.5
"""What is said with less certainty ("maybe", "I think") is kept in quarantine."""
UNCERTAIN_TRUST: Final = 0.25
"""The trust that quarantines it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Something that was read."""

    fact: NewFact
    left_out: Outcome | None = None
    """Why it is not told; None: it is."""


def read_in_session(session_id: str, facts: Iterable[ExtractedFact]) -> list[Judged]:
    """Facts that rest on a session's entries."""
    return [_judged(fact, session_id, fact.entry_ids) for fact in facts]


def read_in_lines(
    facts: Iterable[ExtractedFact], said_at: Callable[[Sequence[str]], int]
) -> list[Judged]:
    """Facts that rest on no entry.

    Args:
        said_at: when the last of the cited lines was said, microseconds UTC.
    """
    return [
        _judged(replace(fact, valid_from=said_at(fact.entry_ids)), "", ())
        if fact.valid_from is None
        else _judged(fact, "", ())
        for fact in facts
    ]


def kept_in(relationship: MemorySwitch | None, judged: Iterable[Judged]) -> list[Judged]:
    """The same, without what the relationship does not keep; None: it does not say."""
    if relationship is None or relationship.keeps_relationship_facts:
        return list(judged)
    return [
        replace(each, left_out=Outcome.SWITCHED_OFF) if _is_of_relationship(each.fact) else each
        for each in judged
    ]


async def take_in(
    facts: Facts,
    tx: Transaction,
    reader: Reader,
    judged: Sequence[Judged],
    now: int,
    *,
    origin: Visibility,
    said_time: int | None,
    once_an_entry: bool,
) -> AllTold:
    """Tells those that are not left out; the answer has all, in their order. See
    ``Facts.take_in``."""
    taken = await facts.take_in(
        tx,
        reader,
        [each.fact for each in judged if each.left_out is None],
        now,
        origin=origin,
        said_time=said_time,
        once_an_entry=once_an_entry,
    )
    told = iter(taken.told)
    return AllTold(
        tuple(next(told) if each.left_out is None else Told(each.left_out, "") for each in judged),
        taken.revision,
    )


def _judged(fact: ExtractedFact, session_id: str, entry_ids: tuple[str, ...]) -> Judged:
    told = NewFact(
        statement=fact.statement,
        category=fact.category,
        subject=fact.subject,
        predicate=fact.predicate,
        object=fact.object,
        negated=fact.negated,
        confidence=fact.confidence,
        importance=fact.importance,
        valid_from=fact.valid_from,
        session_id=session_id,
        entry_ids=entry_ids,
        source=Source.DERIVED,
        trust_limit=1.0 if fact.confidence >= LEAST_CONFIDENCE else UNCERTAIN_TRUST,
    )
    return Judged(told, Outcome.UNIMPORTANT if fact.importance < LEAST_IMPORTANCE else None)


def _is_of_relationship(fact: NewFact) -> bool:
    return fact.scope is Scope.RELATIONSHIP or fact.category == INSIDE_JOKE
