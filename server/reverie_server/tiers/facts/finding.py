"""Facts by what they say: recall ranks them, and here it is said which of them count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument
from reverie_server.paging import PageRequest
from reverie_server.paging import weight as json_bytes
from reverie_server.scope import Reader
from reverie_server.storage.database import Database
from reverie_server.tiers.facts import store
from reverie_server.tiers.facts.model import Fact, FactFilter, FactHit, FactHits, FactQuery
from reverie_server.tiers.facts.ports import FactSearch, SharingRules
from reverie_server.tiers.facts.predicates import comparable
from reverie_server.tiers.facts.wording import predicate_name, subject_key
from reverie_server.tiers.provenance import QUARANTINE_BELOW, is_quarantined
from reverie_server.tiers.ranking import RankedMemory, RankedQuery, depth, ranked_page


class FactFinder:
    def __init__(
        self, db: Database, clock: Clock, sharing: SharingRules, search: FactSearch
    ) -> None:
        self._db = db
        self._clock = clock
        self._sharing = sharing
        self._search = search

    async def search(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        query: FactQuery,
        page: PageRequest,
    ) -> FactHits:
        """Best first, ``ranking.DEEPEST`` at most. Each page searches anew, so what changes
        meanwhile may move a fact from one page to another.

        Raises:
            InvalidArgument: there is neither text nor vector, or the vector does not go with the
                embedder.
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
        """
        if not query.text.strip() and not query.vector:
            raise InvalidArgument.of("query", "is required", reason="FIELD_REQUIRED")
        where = query.where
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        as_of = self._clock.now() if where.as_of is None else where.as_of

        async def keep(reader: Reader, fact_ids: Sequence[str]) -> Collection[str]:
            return await self._counting(reader, fact_ids, where, as_of)

        ranking = await self._search.search(
            RankedQuery(
                readers=(reader,),
                text=query.text,
                vector=query.vector,
                limit=depth(page),
                min_score=query.min_score,
                min_revision=query.min_revision,
                explain=query.explain,
                # Without conditions, recall itself leaves out what is not true now.
                keep=None if where == _UNFILTERED else keep,
                min_trust=0.0 if where.include_quarantined else QUARANTINE_BELOW,
                at_any_time=where.include_past or bool(where.as_of or where.known_at),
            )
        )

        async def load(ranked: Sequence[RankedMemory]) -> Sequence[FactHit | None]:
            ids = [each.memory_id for each in ranked]
            facts = await self._counting(reader, ids, where, as_of)
            return [
                FactHit(facts[each.memory_id], each.score, each.score_parts)
                if each.memory_id in facts
                else None
                for each in ranked
            ]

        hits = await ranked_page(
            ranking.memories, page, load, weight=lambda hit: json_bytes(hit.fact)
        )
        return FactHits(hits.items, hits.next, ranking.degraded, ranking.revision)

    async def _counting(
        self, reader: Reader, fact_ids: Sequence[str], where: FactFilter, as_of: int
    ) -> dict[str, Fact]:
        """Those that the reader may read and that are meant, by id."""
        facts = await self._db.read(
            partial(store.by_ids, reader=reader, fact_ids=fact_ids, known_at=where.known_at)
        )
        return {fact_id: fact for fact_id, fact in facts.items() if is_meant(fact, where, as_of)}


_UNFILTERED = FactFilter()


def is_meant(fact: Fact, where: FactFilter, as_of: int) -> bool:
    """Whether a fact meets a filter; the same as ``store.list_before`` says in SQL."""
    return (
        (not where.category or fact.category == where.category)
        and (
            not where.predicate or fact.predicate_key == comparable(predicate_name(where.predicate))
        )
        and (not where.subject or fact.subject_key == subject_key(where.subject))
        and (where.scope is None or fact.scope is where.scope)
        and (where.include_past or fact.is_true_at(as_of))
        and (where.include_quarantined or not is_quarantined(fact.trust))
    )
