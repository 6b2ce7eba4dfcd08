"""What goes on in the user's life, from the facts of a session: plans, searches, work under way,
and what has come to its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reverie_server.language.fact_extractor import (
    USER,
    ExtractedFact,
    ExtractedStoryline,
    StorylineStatus,
)

MOST = 20
BELIEVED = 0.5
"""Facts below this confidence open nothing."""

_BEGUN: frozenset[str] = frozenset({"plans", "expecting", "starting"})
_UNDER_WAY = frozenset(
    {
        "looking_for", "working_on", "training_for", "studying_for", "saving_for", "preparing",
        "organizing", "writing", "building", "renovating", "applying", "learning",
    }
)  # fmt: skip
_DONE = frozenset({"finished", "completed", "passed", "graduated", "graduated_from", "launched"})


def storylines(facts: Sequence[ExtractedFact]) -> tuple[ExtractedStoryline, ...]:
    """At most MOST, in the order said, one a topic: its last status counts."""
    found: dict[str, ExtractedStoryline] = {}
    for fact in facts:
        status = _status(fact)
        if status is None or fact.subject != USER or fact.confidence < BELIEVED or fact.negated:
            continue
        topic = re.sub(r"^(?:to|on|for|up|an?|the|their) ", "", fact.object)
        if topic.lower() in found or len(found) < MOST:
            found[topic.lower()] = ExtractedStoryline(topic, status, fact.statement, fact.entry_ids)
    return tuple(found.values())


def _status(fact: ExtractedFact) -> StorylineStatus | None:
    if fact.predicate in _BEGUN:
        return "new"
    if fact.predicate in _UNDER_WAY:
        return "ongoing"
    return "resolved" if fact.predicate in _DONE else None
