"""Finds one reader's memories: candidates from the index, then the exact scoring of them.

What the index may not have yet is always among the candidates, so an answer is as fresh as SQL.
When the index cannot be used, everything is a candidate: the answer is complete, only slower.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from reverie_server.clock import Clock
from reverie_server.embedding.embedder import Embedder, TokenTable
from reverie_server.index import bm25
from reverie_server.index.memory_index import (
    DenseQuery,
    IndexAway,
    IndexState,
    Kind,
    MemoryIndex,
    SearchPlan,
    SparseQuery,
)
from reverie_server.index.schema import TERMS, TURN
from reverie_server.scope import Reader
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.query import analyze_query
from reverie_server.tiers.recall.rerank import Scored, rank
from reverie_server.tiers.recall.standing import standing
from reverie_server.tiers.recall.view_store import Note
from reverie_server.tiers.recall.views import View, Views

CANDIDATES: Final = 300
"""From each of the index's two queries."""
SCORED_WHOLE: Final = 512
"""So few memories are all scored: asking the index first would take longer."""
LENS: Final = 0.7
"""With a persona lens, what another persona has learnt counts so much."""

Counts = Callable[[View, Key, Note], bool]
"""Whether a memory counts for a question."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for among one reader's memories."""

    text: str
    counts: Counts
    """Every condition; the other fields only spare the index what cannot count."""
    depth: int
    """How many of the best are wanted."""
    kinds: frozenset[Kind] = frozenset()
    """Empty: all."""
    session_id: str = ""
    """Only this session's memories, which are all scored; empty: all sessions'."""
    event_after: int | None = None
    event_before: int | None = None
    min_trust: float = 0.0
    min_score: float = 0.0
    min_revision: int = 0
    whole: bool = False
    """Score everything that counts: for conditions that the index does not know."""
    ranked: bool = True
    """Let age, use and the lens count, not only how well the text fits."""
    persona_lens: bool = False
    explain: bool = False


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


class Finder:
    def __init__(
        self,
        views: Views,
        index: MemoryIndex,
        embedder: Embedder,
        table: TokenTable,
        clock: Clock,
    ) -> None:
        self._views = views
        self._index = index
        self._embedder = embedder
        self._table = table
        self._clock = clock

    async def find(self, reader: Reader, question: Question) -> Findings:
        """
        Raises:
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
            Unavailable: the embedder or the database cannot be reached.
        """
        async with self._views.current(reader, min_revision=question.min_revision) as view:
            keys, degraded = await self._candidates(view, question)
            counted = [
                key
                for key in keys
                if (note := view.notes.get(key)) is not None and question.counts(view, key, note)
            ]
            found = self._score(view, question, counted)
            revision = view.state.revision if view.state else 0
        return Findings(found, degraded, revision)

    async def _candidates(self, view: View, question: Question) -> tuple[Collection[Key], bool]:
        """What to score, and whether that is everything for want of the index."""
        if question.session_id:
            return tuple(view.of_session(question.session_id)), False
        if self._index.health().state is not IndexState.READY:
            return view.notes.keys(), True
        if question.whole or len(view.notes) <= SCORED_WHOLE:
            return view.notes.keys(), False
        (vector,) = await self._embedder.embed([question.text])
        plan = SearchPlan(
            reader=view.reader,
            queries=(
                DenseQuery(TURN, vector, CANDIDATES),
                SparseQuery(TERMS, bm25.query_vector(question.text), CANDIDATES),
            ),
            kinds=question.kinds,
            event_after=question.event_after,
            event_before=question.event_before,
            min_trust=question.min_trust,
        )
        try:
            candidates = await self._index.search(plan)
        except IndexAway:
            return view.notes.keys(), True
        keys = {(each.kind, each.memory_id) for each in candidates}
        keys.update(view.newer_than_index())
        return keys, False

    def _score(self, view: View, question: Question, keys: list[Key]) -> tuple[Finding, ...]:
        now = self._clock.now()
        names = view.state.user_names if view.state else ()
        query = analyze_query(question.text, view.corpus, now=now, user_names=names)
        # Deeper than asked, because standing may still change the order.
        depth = question.depth * 2 + 50 if question.ranked else question.depth
        scored = rank(view.corpus, query, keys, depth, explain=question.explain)
        found = [self._finding(view, question, each, now) for each in scored]
        if question.ranked:
            found.sort(key=lambda finding: -finding.score)
        return tuple(
            finding for finding in found[: question.depth] if finding.score >= question.min_score
        )

    def _finding(self, view: View, question: Question, scored: Scored, now: int) -> Finding:
        note = view.notes[scored.key]
        if not question.ranked:
            return Finding(scored.key, note.session_id, scored.relevance, scored.parts)
        usage = view.usage.get(scored.key)
        last_time = max(note.event_time, usage.last_used_time if usage else 0)
        factors = standing(scored.key[0], last_time, now)
        if question.persona_lens and note.persona_id != view.reader.persona_id:
            factors["persona_lens"] = LENS
        score = scored.relevance * math.prod(factors.values())
        parts = {"relevance": scored.relevance, **scored.parts, **factors}
        return Finding(scored.key, note.session_id, score, parts if question.explain else {})
