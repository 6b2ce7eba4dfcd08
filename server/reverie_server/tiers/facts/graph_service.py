"""Reading the graph of a user's facts, and what in it contradicts itself."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from reverie_server.clock import Clock
from reverie_server.errors import NotFound
from reverie_server.paging import Cursor, Page, PageRequest, collect
from reverie_server.scope import Reader
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot
from reverie_server.tiers.facts import store
from reverie_server.tiers.facts.graph import Entity, Graph, Relation, Triple, contradictions
from reverie_server.tiers.facts.model import Fact
from reverie_server.tiers.facts.ports import SharingRules

T = TypeVar("T")

_ROW: Final = 256
"""About the bytes of an entity or a relation on the wire, beside its names."""


class ConflictKind(IntEnum):
    """How two facts contradict each other. As ``reverie.v1.FactConflictKind``."""

    BOTH_TRUE = 1
    KEPT_OUT = 2


@dataclass(frozen=True, slots=True)
class Conflict:
    kind: ConflictKind
    fact: Fact
    against: Fact
    """For one that was kept out, what keeps it out."""


class FactGraphs:
    def __init__(self, db: Database, clock: Clock, sharing: SharingRules) -> None:
        self._db = db
        self._clock = clock
        self._sharing = sharing

    async def entities(
        self, workspace_id: str, user_id: str, persona_id: str, page: PageRequest
    ) -> Page[Entity]:
        """By name.

        Raises:
            NotFound: there is no such user.
        """
        found = await self._asked(workspace_id, user_id, persona_id, Graph.entities)

        async def fetch(cursor: Cursor | None, limit: int) -> Sequence[Entity]:
            first = bisect_right(found, str(cursor[0]), key=_key) if cursor else 0
            return found[first : first + limit]

        return await collect(
            fetch,
            page,
            position=lambda entity: (entity.key,),
            weight=lambda entity: len(entity.name) + _ROW,
        )

    async def entity(
        self, workspace_id: str, user_id: str, persona_id: str, entity_id: str
    ) -> Entity:
        """
        Raises:
            NotFound: the persona knows of no such entity.
        """
        return await self._asked(
            workspace_id, user_id, persona_id, lambda graph: _existing(graph, entity_id)
        )

    async def related(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        entity_id: str,
        page: PageRequest,
    ) -> Page[Relation]:
        """What an entity (none named: the user) is related to, the latest stored first.

        Raises:
            NotFound: the persona knows of no such entity.
        """

        def question(graph: Graph) -> list[Relation]:
            return graph.relations(_existing(graph, entity_id) if entity_id else graph.user())

        found = await self._asked(workspace_id, user_id, persona_id, question)
        # They are in falling order, and a search wants a rising one.
        found.reverse()

        async def fetch(cursor: Cursor | None, limit: int) -> Sequence[Relation]:
            end = bisect_left(found, str(cursor[0]), key=_fact_id) if cursor else len(found)
            return found[max(0, end - limit) : end][::-1]

        return await collect(
            fetch,
            page,
            position=lambda relation: (relation.fact_id,),
            weight=lambda relation: len(relation.other.name) + _ROW,
        )

    async def conflicts(
        self, workspace_id: str, user_id: str, persona_id: str, limit: int
    ) -> list[Conflict]:
        """Facts that are both true and cannot be, as some are private and others shared, and
        those that were kept out by a surer one that is true. Resolves nothing.

        Raises:
            NotFound: there is no such user.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        return await self._db.read(partial(_conflicts, reader, self._clock.now(), limit))

    async def _asked(
        self, workspace_id: str, user_id: str, persona_id: str, question: Callable[[Graph], T]
    ) -> T:
        """What the graph answers. It is made and asked where its facts are read: of very many, that
        takes longer than the other calls should wait."""
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        now = self._clock.now()

        async def work(snapshot: Snapshot) -> T:
            triples = await _triples(reader, now, snapshot)
            return question(Graph(f"{workspace_id}\x00{user_id}", triples))

        return await self._db.read(work)


def _key(entity: Entity) -> str:
    return entity.key


def _fact_id(relation: Relation) -> str:
    return relation.fact_id


def _existing(graph: Graph, entity_id: str) -> Entity:
    entity = graph.get(entity_id)
    if entity is None:
        raise NotFound.of("entity", entity_id)
    return entity


async def _triples(reader: Reader, as_of: int, snapshot: Snapshot) -> list[Triple]:
    await revision.current(snapshot, reader.workspace_id, reader.user_id)
    return await store.triples(snapshot, reader, as_of)


async def _conflicts(reader: Reader, as_of: int, limit: int, snapshot: Snapshot) -> list[Conflict]:
    triples = await _triples(reader, as_of, snapshot)
    pairs = [
        (ConflictKind.BOTH_TRUE, later.fact_id, earlier.fact_id)
        for later, earlier in islice(contradictions(triples), limit)
    ]
    kept_out = await store.kept_out(snapshot, reader, limit)
    pairs += [(ConflictKind.KEPT_OUT, each.fact_id, each.superseded_by) for each in kept_out]
    pairs = sorted(pairs, key=lambda pair: pair[1], reverse=True)
    ids = list(dict.fromkeys(each for _, *both in pairs[: 2 * limit] for each in both))
    facts = await store.by_ids(snapshot, reader, ids)
    return [
        Conflict(kind, facts[one], facts[other])
        for kind, one, other in pairs
        if one in facts and other in facts and facts[other].is_true_at(as_of)
    ][:limit]
