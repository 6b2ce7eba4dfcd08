"""Searching episodes by their summaries and by the entries behind them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader
from reverie_server.storage.database import Database
from reverie_server.tiers.episodic.model import EpisodeQuery, SearchIn
from reverie_server.tiers.episodic.ports import EntryMatch, EpisodeMatch, EpisodeMatches
from reverie_server.tiers.recall import hit_store
from reverie_server.tiers.recall.columns import Condition
from reverie_server.tiers.recall.finder import Finder, Finding, Question
from reverie_server.tiers.recall.query_vector import query_vector

ENTRIES_SHOWN: Final = 5
"""Of an episode, those that fit best."""
MATCHES_AN_EPISODE: Final = 20
"""So many matches are looked at for each episode wanted: most are of the same few."""
DEEPER: Final = 8
"""... and so many times as many, when they were all of too few episodes."""
_KINDS: Final = {
    SearchIn.BOTH: frozenset({Kind.ENTRY, Kind.EPISODE}),
    SearchIn.SUMMARY: frozenset({Kind.EPISODE}),
    SearchIn.ENTRIES: frozenset({Kind.ENTRY}),
}


class EpisodeSearcher:
    """An ``EpisodeSearch``."""

    def __init__(self, database: Database, finder: Finder, *, vector_dimension: int | None) -> None:
        """
        Args:
            vector_dimension: of the callers' vectors; None: the server embeds by itself.
        """
        self._database = database
        self._finder = finder
        self._vector_dimension = vector_dimension

    async def search(self, reader: Reader, query: EpisodeQuery, limit: int) -> EpisodeMatches:
        """See ``EpisodeSearch.search``."""
        vector = query_vector(query.vector, self._vector_dimension)
        # Entries know their session, not when it started: that is asked of SQL.
        started = await self._database.read(
            partial(
                hit_store.episodes_started,
                reader=reader,
                after=query.start_after,
                before=query.start_before,
            )
        )

        question = _question(query, vector, limit * MATCHES_AN_EPISODE)
        while True:
            findings = await self._finder.find(reader, question)
            by_session: dict[str, list[Finding]] = {}
            for finding in findings.found:
                if finding.session_id in started:
                    by_session.setdefault(finding.session_id, []).append(finding)
            seen_all = findings.exhaustive and len(findings.found) < question.depth
            if len(by_session) >= limit or seen_all:
                break
            # The best are all of a few long sessions, which fill the index's candidates too: look
            # deeper for others, among all there is.
            question = replace(question, depth=question.depth * DEEPER, whole=True)
        matches = [_match(started[session_id], found) for session_id, found in by_session.items()]
        return EpisodeMatches(tuple(matches[:limit]), findings.degraded, findings.revision)


def _question(query: EpisodeQuery, vector: NDArray[np.float32] | None, depth: int) -> Question:
    return Question(
        text=query.text,
        vector=vector,
        depth=depth,
        condition=Condition(kinds=_KINDS[query.search_in], active_entries=False),
        min_score=query.min_score,
        min_revision=query.min_revision,
        whole=query.start_after is not None or query.start_before is not None,
        explain=query.explain,
    )


def _match(episode_id: str, found: list[Finding]) -> EpisodeMatch:
    best = found[0]
    entries = [finding for finding in found if finding.key[0] is Kind.ENTRY]
    return EpisodeMatch(
        episode_id,
        best.score,
        best.parts,
        tuple(
            EntryMatch(finding.key[1], finding.score, finding.parts)
            for finding in entries[:ENTRIES_SHOWN]
        ),
    )
