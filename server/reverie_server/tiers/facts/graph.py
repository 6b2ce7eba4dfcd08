"""Whom and what a user speaks of, and how they are related: a graph out of one user's facts.

It is made anew of what the reader may read at each call, so nothing of another user's and nothing
that is not true any more is ever in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from reverie_server.tiers.facts.predicates import LITERAL, PEOPLE, PLACES, excluding
from reverie_server.tiers.facts.wording import USER


class EntityKind(IntEnum):
    """What an entity is, as far as its relations tell. As ``reverie.v1.EntityKind``."""

    UNKNOWN = 0
    USER = 1
    PERSON = 2
    PLACE = 3
    THING = 4


@dataclass(frozen=True, slots=True)
class Triple:
    """A fact with a predicate, as far as the graph needs it."""

    fact_id: str
    subject: str
    subject_key: str
    predicate: str
    predicate_key: str
    object: str
    object_key: str
    slot: str
    certainty: float
    """0..1."""


@dataclass(frozen=True, slots=True)
class Entity:
    entity_id: str
    key: str
    """By which spellings are one."""
    name: str
    """As it was spelled last."""
    kind: EntityKind
    fact_count: int


@dataclass(frozen=True, slots=True)
class Relation:
    """An edge, seen from one of its ends."""

    other: Entity
    predicate: str
    is_outgoing: bool
    """Whether the end that it is seen from is its subject."""
    fact_id: str
    certainty: float


class Graph:
    def __init__(self, owner: str, triples: Iterable[Triple]) -> None:
        """
        Args:
            owner: names the user whose facts they are; ids are made of it.
            triples: in the order in which they were stored.
        """
        self._triples = [each for each in triples if each.predicate_key not in LITERAL]
        self._by_key: dict[str, Entity] = {}
        self._edges: dict[str, list[Triple]] = {}
        self._owner = owner
        self._note(USER, USER, EntityKind.USER, counts=False)
        for triple in self._triples:
            self._note(triple.subject_key, triple.subject, EntityKind.UNKNOWN)
            self._note(triple.object_key, triple.object, _kind(triple.predicate_key))
            for key in {triple.subject_key, triple.object_key}:
                self._edges.setdefault(key, []).append(triple)
        self._by_id = {entity.entity_id: entity for entity in self._by_key.values()}

    def entities(self) -> list[Entity]:
        """All but the user, by key."""
        return [self._by_key[key] for key in sorted(self._by_key) if key != USER]

    def get(self, entity_id: str) -> Entity | None:
        return self._by_id.get(entity_id)

    def user(self) -> Entity:
        return self._by_key[USER]

    def relations(self, entity: Entity) -> list[Relation]:
        """The latest stored first."""
        return [
            self._relation(entity.key, triple)
            for triple in reversed(self._edges.get(entity.key, []))
        ]

    def _relation(self, key: str, triple: Triple) -> Relation:
        is_outgoing = triple.subject_key == key
        other = triple.object_key if is_outgoing else triple.subject_key
        return Relation(
            self._by_key[other], triple.predicate, is_outgoing, triple.fact_id, triple.certainty
        )

    def _note(self, key: str, name: str, kind: EntityKind, *, counts: bool = True) -> None:
        known = self._by_key.get(key)
        if known is None:
            known = Entity(entity_id(self._owner, key), key, name, kind, 0)
        if known.kind in (EntityKind.UNKNOWN, EntityKind.THING) and kind:
            known = replace(known, kind=kind)
        shown = USER if key == USER else name.strip() or known.name
        self._by_key[key] = replace(known, name=shown, fact_count=known.fact_count + counts)


def entity_id(owner: str, key: str) -> str:
    """Opaque, and the same for one name of one user."""
    joined = f"{owner}\x00{key}"
    return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()


def _kind(predicate_key: str) -> EntityKind:
    if predicate_key in PLACES:
        return EntityKind.PLACE
    return EntityKind.PERSON if predicate_key in PEOPLE else EntityKind.THING


def contradictions(triples: Sequence[Triple]) -> Iterator[tuple[Triple, Triple]]:
    """Pairs of a subject's slot that cannot both be true, (later, earlier): the latest first, and
    what one contradicts the earliest first. Only what can contradict is compared.

    Args:
        triples: in the order in which they were stored, which is that of their ids.
    """
    before: dict[tuple[str, str, str], list[Triple]] = {}
    for triple in triples:
        place = (triple.subject_key, triple.slot, triple.predicate_key)
        before.setdefault(place, []).append(triple)
    for later in reversed(triples):
        before[later.subject_key, later.slot, later.predicate_key].pop()
        found = [
            earlier
            for predicate in excluding(later.predicate_key)
            for earlier in before.get((later.subject_key, later.slot, predicate), ())
            if (earlier.predicate_key, earlier.object_key)
            != (later.predicate_key, later.object_key)
        ]
        for earlier in sorted(found, key=lambda each: each.fact_id):
            yield later, earlier
