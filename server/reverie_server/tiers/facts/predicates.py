"""The predicates that the rules know, in one place; docs/facts.md shows them, and a test compares.

Others have any number of values at once, and age by no rule. The groups of relations and the times
of staleness are those of WhisperEngine, with what is obviously like them. Names are as
``wording.predicate_name`` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SINGLE_VALUED: Final[Mapping[str, str]] = {
    "name": "name",
    "nickname": "nickname",
    "age": "age",
    "birthday": "birthday",
    "born_on": "birthday",
    "born_in": "birthplace",
    "birthplace": "birthplace",
    "gender": "gender",
    "pronouns": "pronouns",
    "native_language": "native_language",
    "lives_in": "home",
    "lives_at": "address",
    "address": "address",
    "home_town": "home_town",
    "hometown": "home_town",
    "works_at": "employer",
    "works_for": "employer",
    "employed_by": "employer",
    "employer": "employer",
    "job_title": "job",
    "job": "job",
    "occupation": "job",
    "profession": "job",
    "works_as": "job",
    "studies_at": "school",
    "partner": "partner",
    "dating": "partner",
    "engaged_to": "partner",
    "married_to": "partner",
    "relationship_status": "relationship_status",
    "time_zone": "time_zone",
    "phone_number": "phone_number",
    "email_address": "email_address",
    "mood": "mood",
    "currently_feeling": "mood",
    "greeting_style": "greeting_style",
    "advice_style": "advice_style",
}
"""Predicates of which one value is true at a time, by the group whose values exclude each other.
All that start with ``favorite_`` are single-valued, too, each for itself, except those of
``SEVERAL_FAVORITES``."""

SEVERAL_FAVORITES: Final = frozenset({"favorite_topic", "favorite_topics"})
"""Of which a user has several."""

SYNONYMS: Final[Mapping[str, str]] = {
    "works_for": "works_at",
    "employed_by": "works_at",
    "employer": "works_at",
    "job": "job_title",
    "occupation": "job_title",
    "profession": "job_title",
    "works_as": "job_title",
    "hometown": "home_town",
    "born_on": "birthday",
    "birthplace": "born_in",
    "is_allergic_to": "allergic_to",
    "favorite_topics": "favorite_topic",
    "topics_to_avoid": "topic_to_avoid",
    "avoid_topic": "topic_to_avoid",
    "spouse": "married_to",
    "like": "likes",
    "love": "loves",
    "enjoy": "enjoys",
    "prefer": "prefers",
    "hate": "hates",
    "dislike": "dislikes",
    "avoid": "avoids",
}
"""Predicates that say the same as another one, by which they are compared."""

SIMILAR: Final = (
    frozenset({"likes", "loves", "enjoys", "prefers"}),
    frozenset({"dislikes", "hates", "avoids"}),
    frozenset({"does", "plays", "practices"}),
    frozenset({"owns", "has"}),
)
"""Relations to the same thing that stand for each other: one of them is current."""

OPPOSING: Final[Mapping[str, frozenset[str]]] = {
    "likes": frozenset({"dislikes", "hates", "avoids"}),
    "loves": frozenset({"dislikes", "hates", "avoids"}),
    "enjoys": frozenset({"dislikes", "hates", "avoids"}),
    "prefers": frozenset({"dislikes", "avoids", "rejects"}),
    "wants": frozenset({"rejects", "avoids"}),
    "needs": frozenset({"rejects", "avoids"}),
    "supports": frozenset({"opposes"}),
    "trusts": frozenset({"distrusts", "suspects"}),
    "believes": frozenset({"doubts", "rejects"}),
}
"""Relations to the same thing that cannot both be true; they hold both ways."""
_OPPOSABLE: Final = frozenset(OPPOSING).union(*OPPOSING.values())

STALE_AFTER_DAYS: Final[Mapping[str, int]] = {
    "works_at": 365,
    "employed_by": 365,
    "job_title": 365,
    "lives_in": 730,
    "studies_at": 1460,
    "wants": 90,
    "plans": 30,
    "intends": 60,
    "thinking_about": 14,
    "considering": 30,
    "dating": 180,
    "married_to": 1095,
    "feels": 7,
    "currently_feeling": 3,
    "mood": 1,
    "owns": 1095,
    "has": 365,
    "visited": 1095,
}
"""Days after which a statement that nobody has confirmed is less sure. What is not named does not
age."""

PLACES: Final = frozenset({"lives_in", "lives_at", "home_town", "born_in", "visited", "address"})
PEOPLE: Final = frozenset(
    {"partner", "dating", "engaged_to", "married_to", "trusts", "distrusts", "suspects", "knows"}
)
"""What an object of these predicates is, for the graph of entities."""

LITERAL: Final = frozenset(
    {
        "name",
        "nickname",
        "age",
        "birthday",
        "gender",
        "pronouns",
        "relationship_status",
        "time_zone",
        "phone_number",
        "email_address",
        "mood",
        "currently_feeling",
        "feels",
        "greeting_style",
        "advice_style",
    }
)
"""Predicates whose object is a value and no entity."""


def comparable(name: str) -> str:
    """What a predicate is compared by: itself, or the one that it says the same as."""
    return SYNONYMS.get(name, name)


def single_valued_group(name: str) -> str:
    """The group whose values exclude each other; empty when several may be true at once."""
    name = comparable(name)
    if name.startswith("favorite_") and name not in SEVERAL_FAVORITES:
        return name
    return SINGLE_VALUED.get(name, "")


def are_similar(first: str, second: str) -> bool:
    """Whether two predicates stand for each other, or are one."""
    return first == second or any(first in group and second in group for group in SIMILAR)


def standing_for(name: str) -> str:
    """One name for a predicate, as it is compared, and for all that stand for it."""
    return min((min(group) for group in SIMILAR if name in group), default=name)


def are_opposed(first: str, second: str) -> bool:
    """Whether two predicates cannot both be true of the same thing."""
    return second in OPPOSING.get(first, ()) or first in OPPOSING.get(second, ())


def excluding(name: str) -> frozenset[str]:
    """The predicates that this one, as it is compared, cannot count beside: those of its group when
    it is single-valued, else those that are opposed to it."""
    group = single_valued_group(name)
    if not group:
        return _OPPOSED.get(name, frozenset())
    return _GROUPS.get(group, frozenset({name}))


def competing(name: str) -> frozenset[str]:
    """The predicates whose facts matter to one of this, as it is compared: itself, those that
    stand for it, and ``excluding``."""
    return excluding(name).union({name}, *(group for group in SIMILAR if name in group))


def stale_after_days(name: str) -> int | None:
    """See ``STALE_AFTER_DAYS``."""
    return STALE_AFTER_DAYS.get(name, STALE_AFTER_DAYS.get(comparable(name)))


_GROUPS: Final[Mapping[str, frozenset[str]]] = {
    group: frozenset(comparable(name) for name, its in SINGLE_VALUED.items() if its == group)
    for group in SINGLE_VALUED.values()
}
_OPPOSED: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(other for other in _OPPOSABLE if are_opposed(name, other))
    for name in _OPPOSABLE
}
