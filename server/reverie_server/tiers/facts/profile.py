"""What is known of a user at one glance: a view of facts, sorted by what they are good for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from reverie_server.clock import Clock
from reverie_server.identity.relationships.memory_config import INSIDE_JOKE
from reverie_server.paging import MAX_PAGE_BYTES, weight
from reverie_server.scope import Reader
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot
from reverie_server.tiers.facts import store
from reverie_server.tiers.facts.model import Fact, FactFilter, Scope
from reverie_server.tiers.facts.ports import SharingRules

IMPORTANT_MEMORY: Final = "important_memory"
PREFERENCE: Final = "preference"
_STYLES: Final = frozenset({"greeting_style", "advice_style", "topic_to_avoid", "favorite_topic"})
_CHUNK: Final = 64


@dataclass(frozen=True, slots=True)
class UserProfile:
    """The facts of a moment, each list with the most important first."""

    relationship_facts: tuple[Fact, ...]
    user_facts: tuple[Fact, ...]
    inside_jokes: tuple[Fact, ...]
    important_memories: tuple[Fact, ...]
    preferences: tuple[Fact, ...]
    is_complete: bool
    """False: there was more than fits into an answer; the facts stored first are left out."""
    revision: int


class UserProfiles:
    def __init__(self, db: Database, clock: Clock, sharing: SharingRules) -> None:
        self._db = db
        self._clock = clock
        self._sharing = sharing

    async def get(
        self, workspace_id: str, user_id: str, persona_id: str, where: FactFilter
    ) -> UserProfile:
        """Of the facts that the persona may read and that count.

        Raises:
            NotFound: there is no such user.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        as_of = self._clock.now() if where.as_of is None else where.as_of
        return await self._db.read(partial(_read, reader, where, as_of))


async def _read(reader: Reader, where: FactFilter, as_of: int, snapshot: Snapshot) -> UserProfile:
    now = await revision.current(snapshot, reader.workspace_id, reader.user_id)
    facts: list[Fact] = []
    size, before = 0, ""
    while True:
        chunk = await store.list_before(snapshot, reader, before, where, as_of, _CHUNK)
        for fact in chunk:
            size += weight(fact)
            if facts and size > MAX_PAGE_BYTES:
                return profile_of(facts, now.revision, is_complete=False)
            facts.append(fact)
        if len(chunk) < _CHUNK:
            return profile_of(facts, now.revision, is_complete=True)
        before = chunk[-1].fact_id


def profile_of(facts: Iterable[Fact], revision: int, *, is_complete: bool) -> UserProfile:
    """Sorts facts by category, scope and predicate. Each is in one list."""
    lists: dict[str, list[Fact]] = {
        name: []
        for name in (
            "relationship_facts",
            "user_facts",
            "inside_jokes",
            "important_memories",
            "preferences",
        )
    }
    for fact in sorted(facts, key=_most_important_first):
        lists[_place(fact)].append(fact)
    return UserProfile(
        **{name: tuple(each) for name, each in lists.items()},
        is_complete=is_complete,
        revision=revision,
    )


def _place(fact: Fact) -> str:
    if fact.category == INSIDE_JOKE:
        return "inside_jokes"
    if fact.category == IMPORTANT_MEMORY:
        return "important_memories"
    if fact.category == PREFERENCE or fact.predicate_key in _STYLES:
        return "preferences"
    return "relationship_facts" if fact.scope is Scope.RELATIONSHIP else "user_facts"


def _most_important_first(fact: Fact) -> tuple[bool, float, float, str]:
    return (not fact.pinned, -fact.importance, -fact.certainty, fact.fact_id)
