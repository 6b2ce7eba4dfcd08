"""Searching memories of one kind for the room that has them: documents, procedures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader
from reverie_server.tiers.ranking import RankedMemory, RankedQuery, Ranking
from reverie_server.tiers.recall.columns import Condition
from reverie_server.tiers.recall.finder import Finder, Question
from reverie_server.tiers.recall.query_vector import query_vector

FILTERED_DEPTH: Final = 1_000
"""How many ranks are first looked through for what ``keep`` keeps."""
DEEPER: Final = 8
"""How much deeper it is looked when that keeps too few."""
_CHUNK: Final = 200


class KindSearcher:
    """Finds memories of one kind; fits the search ports of the rooms that have them."""

    def __init__(self, finder: Finder, kind: Kind, *, vector_dimension: int | None) -> None:
        """
        Args:
            vector_dimension: of the callers' vectors; None: the server embeds by itself.
        """
        self._finder = finder
        self._kind = kind
        self._vector_dimension = vector_dimension

    async def search(self, query: RankedQuery) -> Ranking:
        """The best memories of all the readers, on their common scale.

        Raises:
            InvalidArgument: the query's vector does not go with the embedder.
        """
        depth = query.limit if query.keep is None else FILTERED_DEPTH
        while True:
            answers = await asyncio.gather(
                *(
                    self._finder.find(reader, self._question(query, depth, is_first=index == 0))
                    for index, reader in enumerate(query.readers)
                )
            )
            found = [
                (reader, RankedMemory(reader.user_id, each.key[1], each.score, each.parts))
                for reader, answer in zip(query.readers, answers, strict=True)
                for each in answer.found
            ]
            found.sort(key=lambda each: -each[1].score)
            kept = await _kept(found, query)
            if len(kept) >= query.limit or all(len(each.found) < depth for each in answers):
                break
            depth *= DEEPER
        return Ranking(tuple(kept), any(answer.degraded for answer in answers), answers[0].revision)

    def _question(self, query: RankedQuery, depth: int, *, is_first: bool) -> Question:
        return Question(
            text=query.text,
            vector=query_vector(query.vector, self._vector_dimension),
            depth=depth,
            condition=Condition(
                kinds=frozenset({self._kind}),
                min_trust=query.min_trust,
                at_any_time=query.at_any_time,
            ),
            min_score=query.min_score,
            # The others count their revisions by themselves.
            min_revision=query.min_revision if is_first else 0,
            whole=query.keep is not None or query.at_any_time,
            explain=query.explain,
        )


async def _kept(
    found: Sequence[tuple[Reader, RankedMemory]], query: RankedQuery
) -> list[RankedMemory]:
    """Those that count, at most as many as wanted; asked for in chunks, best first."""
    if query.keep is None:
        return [memory for _, memory in found[: query.limit]]
    kept: list[RankedMemory] = []
    for start in range(0, len(found), _CHUNK):
        chunk = found[start : start + _CHUNK]
        there: set[tuple[str, str]] = set()
        for reader in query.readers:
            ids = [memory.memory_id for owner, memory in chunk if owner == reader]
            if ids:
                there.update((reader.user_id, each) for each in await query.keep(reader, ids))
        kept.extend(memory for _, memory in chunk if (memory.user_id, memory.memory_id) in there)
        if len(kept) >= query.limit:
            break
    return kept[: query.limit]
