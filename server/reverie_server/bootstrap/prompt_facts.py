"""Facts for prompts, read in the composer's own snapshot."""

from __future__ import annotations

from typing import Final

from reverie_server.identity.prompt.lines import LONGEST_ITEM, cut
from reverie_server.identity.prompt.model import Origin, Remembered
from reverie_server.identity.prompt.ports import Known
from reverie_server.identity.relationships.memory_config import INSIDE_JOKE
from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot
from reverie_server.tiers.facts.brief_store import (
    BriefFact,
    of_predicates_at,
    pinned_at,
    true_at,
)
from reverie_server.tiers.facts.model import Scope
from reverie_server.tiers.provenance import Source
from reverie_server.tiers.recall.model import Tier

FACTS: Final = 1_000
"""Of each kind that are looked at, the latest first: of all, of the pinned ones, and of those that
say how the user likes to be treated."""
_AVOID: Final = "topic_to_avoid"
_STYLES: Final = ("greeting_style", "advice_style", "favorite_topic")


class PromptFacts:
    async def known(
        self, snapshot: Snapshot, reader: Reader, *, personal: bool, as_of: int
    ) -> Known:
        found = await true_at(snapshot, reader, as_of, FACTS)
        if len(found) == FACTS:
            # There may be more, and among them what must not be missed.
            found += await pinned_at(snapshot, reader, as_of, FACTS)
            found += await of_predicates_at(snapshot, reader, as_of, (_AVOID, *_STYLES), FACTS)
        by_id = {fact.fact_id: fact for fact in found}
        facts = [by_id[fact_id] for fact_id in sorted(by_id, reverse=True)]
        told: dict[str, list[str]] = {name: [] for name in (_AVOID, *_STYLES)}
        derived_topics = []
        memories = []
        for fact in facts:
            # What was only derived from what somebody said is no instruction.
            if fact.predicate_key in told and fact.source is Source.APPLICATION:
                told[fact.predicate_key].append(fact.object or fact.statement)
            elif fact.predicate_key == _AVOID:
                derived_topics.append(fact.object or fact.statement)
            else:
                memories.append(_remembered(fact))
        greeting, advice, favorites = (
            "; ".join(cut(each, LONGEST_ITEM) for each in told[name]) for name in _STYLES
        )
        return Known(
            memories=tuple(memories),
            topics_to_avoid=tuple(told[_AVOID]),
            derived_topics=tuple(derived_topics),
            greeting_style=greeting if personal else "",
            advice_style=advice if personal else "",
            favorite_topics=favorites if personal else "",
        )


def _remembered(fact: BriefFact) -> Remembered:
    origin = Origin.RELATIONSHIP_FACT if fact.scope is Scope.RELATIONSHIP else Origin.FACT
    if fact.category == INSIDE_JOKE:
        origin = Origin.JOKE
    says_so = fact.subject.casefold() in fact.statement.casefold()
    return Remembered(
        fact.fact_id,
        Tier.FACT,
        origin,
        fact.statement,
        about="" if says_so else fact.subject,
        importance=fact.importance,
        pinned=fact.pinned,
    )
