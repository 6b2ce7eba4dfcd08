"""Finds one reader's memories: candidates from the index, then the exact scoring of them.

What the index may not have yet is always among the candidates, so an answer is as fresh as SQL.
When the index cannot be used, everything is a candidate: the answer is complete, only slower.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from reverie_server.clock import Clock
from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import ReverieError
from reverie_server.identity.relationships.memory_config import REMEMBERS_ALL
from reverie_server.index import bm25
from reverie_server.index.memory_index import (
    DenseQuery,
    IndexAway,
    IndexState,
    MemoryIndex,
    SearchPlan,
    SparseQuery,
)
from reverie_server.index.schema import TERMS, TURN
from reverie_server.scope import Reader
from reverie_server.tiers.recall.columns import ALL_KINDS, Condition, Slots
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.permitted import permitted
from reverie_server.tiers.recall.query import Query, analyze_query
from reverie_server.tiers.recall.recency import age_days, recency
from reverie_server.tiers.recall.rerank import Scored, rank_slots
from reverie_server.tiers.recall.to_the_end import on_thread
from reverie_server.tiers.recall.views import View, Views
from reverie_server.tiers.recall.weights import PERSONA_LENS

log = structlog.get_logger(__name__)

CANDIDATES: Final = 200
"""From each of the index's two queries."""
CANDIDATE_REACH: Final = 2
"""Each with so many neighbours on both sides: what answers often stands beside what was asked."""
SCORED_WHOLE: Final = 2_000
"""So few memories are all scored: choosing candidates first would take longer."""
INLINE_SCORES: Final = 10_000
"""So many memories are scored at once, in some milliseconds; more on a thread, so that the loop is
free."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for among one reader's memories."""

    text: str
    depth: int
    """How many of the best are wanted."""
    vector: NDArray[np.float32] | None = None
    """The text's, from the caller; None: the embedder's."""
    condition: Condition = field(default_factory=Condition)
    session_id: str = ""
    """Only this session's memories, which are all scored; empty: all sessions'."""
    min_score: float = 0.0
    min_revision: int = 0
    whole: bool = False
    """Score everything that counts: for conditions that the index does not know."""
    ageless: bool = False
    """Only how well the text fits, whatever its age."""
    persona_lens: bool = False
    explain: bool = False
    complete: bool = False
    """Also what the settings of the reader's relationship keep from being recalled."""


@dataclass(frozen=True, slots=True)
class Finding:
    key: Key
    session_id: str
    """Of the session it comes from; empty for none."""
    score: float
    """Absolute, 0..1."""
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer, best first."""

    found: tuple[Finding, ...]
    degraded: bool
    revision: int
    exhaustive: bool
    """Whether all that counts was scored, not only what the index offered."""


class Finder:
    def __init__(
        self,
        views: Views,
        index: MemoryIndex,
        embedder: Embedder,
        clock: Clock,
        *,
        scored_whole: int = SCORED_WHOLE,
    ) -> None:
        """
        Args:
            scored_whole: so many memories of a reader are all scored.
        """
        self._scored_whole = scored_whole
        self._views = views
        self._index = index
        self._embedder = embedder
        self._clock = clock

    async def find(self, reader: Reader, question: Question) -> Findings:
        """
        Raises:
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
            Unavailable: the database cannot be reached.
        """
        async with self._views.current(reader, min_revision=question.min_revision) as view:
            revision = view.state.revision if view.state else 0
            if not len(view):
                degraded = self._index.health().state is not IndexState.READY
                return Findings((), degraded, revision, True)
            names = view.state.user_names if view.state else ()
            if view.state and view.state.config != REMEMBERS_ALL and not question.complete:
                condition = permitted(question.condition, view.state.config)
                if condition != question.condition:
                    # The index does not know the settings.
                    question = replace(question, condition=condition, whole=True)
            now = self._clock.now()
            query = analyze_query(question.text, view.corpus, now=now, user_names=names)
            slots, degraded, exhaustive = await self._candidates(view, question, query)
            slots = view.columns.that_count(slots, question.condition, now)
            score = partial(_score, view, question, query, slots, now)
            found = score() if len(slots) <= INLINE_SCORES else await on_thread(score)
        return Findings(found, degraded, revision, exhaustive)

    async def _candidates(
        self, view: View, question: Question, query: Query
    ) -> tuple[Slots, bool, bool]:
        """What to score, whether it is everything for want of index or embedder, and whether it
        is everything."""
        if question.session_id:
            return view.of_session(question.session_id), False, True
        if self._index.health().state is not IndexState.READY:
            return view.slots(), True, True
        if question.whole or len(view) <= self._scored_whole or not query.words:
            return view.slots(), False, True
        vector = question.vector
        if vector is None:
            try:
                (vector,) = await self._embedder.embed([query.subject])
            except ReverieError as error:
                log.warning("recall without the embedder", reason=error.reason)
                return view.slots(), True, True
        words = SparseQuery(TERMS, bm25.query_vector(query.subject), CANDIDATES)
        condition = question.condition
        plan = SearchPlan(
            reader=view.reader,
            # A text without anything to embed has no direction.
            queries=(DenseQuery(TURN, vector, CANDIDATES), words) if np.any(vector) else (words,),
            kinds=frozenset() if condition.kinds == ALL_KINDS else condition.kinds,
            event_after=condition.event_after,
            event_before=condition.event_before,
            min_trust=condition.min_trust,
        )
        try:
            candidates = await self._index.search(plan)
        except IndexAway:
            return view.slots(), True, True
        found = view.corpus.slots((each.kind, each.memory_id) for each in candidates)
        found = np.concatenate((found, view.newer_than_index()))
        return view.corpus.with_neighbours(found, CANDIDATE_REACH), False, False


def _score(
    view: View, question: Question, query: Query, slots: Slots, now: int
) -> tuple[Finding, ...]:
    factors: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    columns = view.columns
    if not question.ageless:
        factors["recency"] = recency(columns.half_life[slots], columns.last_time[slots], now)
    if question.persona_lens:
        factors["persona_lens"] = np.where(columns.own[slots], 1.0, PERSONA_LENS)
    product = np.ones(len(slots))
    for each in factors.values():
        product *= each
    scored = rank_slots(
        view.corpus, query, slots, question.depth, factors=product, explain=question.explain
    )
    places = {int(slot): place for place, slot in enumerate(slots)} if question.explain else {}

    def parts(each: Scored) -> dict[str, float]:
        multiplied = {name: float(row[places[each.slot]]) for name, row in factors.items()}
        if not question.ageless:
            multiplied["age_days"] = float(
                age_days(columns.last_time[each.slot : each.slot + 1], now)[0]
            )
            multiplied["half_life_days"] = float(columns.half_life[each.slot])
        return {"relevance": each.relevance, **each.parts, **multiplied}

    return tuple(
        Finding(
            each.key,
            columns.session_id(each.slot),
            each.score,
            parts(each) if question.explain else {},
        )
        for each in scored
        if each.score >= question.min_score
    )
