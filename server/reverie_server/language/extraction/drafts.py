"""A fact on its way: what a topic makes of a clause, before it is worded and dated."""

from __future__ import annotations

from dataclasses import dataclass

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.wording import denied

SURE = 0.85
LIKELY = 0.7
UNSURE = 0.35
"""Hedged by the speaker; below what is trusted without more evidence."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a topic makes of a clause."""

    predicate: str
    object: str
    text: str
    """The rest of the statement, as it follows "they" in the singular: "lives in Boston"."""
    category: str
    importance: float = 0.5
    confidence: float = SURE
    negated: bool = False
    subject: str | None = None
    """None for the clause's own."""
    dated: bool = False
    """Its statement ends with the time that was named."""


def relation_of(
    clause: Clause,
    predicate: str,
    thing: str,
    text: str,
    category: str,
    importance: float = 0.5,
) -> Draft:
    """The usual relation of the present: it holds, or it does not any more. ``text`` is its
    affirmative form."""
    if clause.ends:
        text = denied(text, over=clause.ended)
    return Draft(predicate, thing, text, category, importance, negated=clause.ends)
