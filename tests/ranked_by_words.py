"""A ranking of documents, procedures and facts for tests of the rooms that they belong to.

It keeps to the seam in ``tiers/ranking.py`` and knows one rule: the score is the share of the
query's words that a memory has. How well memories are really found is the recall room's matter.
"""

from __future__ import annotations

from typing import Final

from reverie_server.index.memory_text import document_text, fact_text, procedure_text
from reverie_server.scope import SHARED_OWNER, Reader
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Row, Snapshot
from reverie_server.storage.statements import parse
from reverie_server.tiers.ranking import RankedMemory, RankedQuery, Ranking

_QUERIES: Final = parse(
    """
    -- name: documents
    SELECT d.document_id AS memory_id, d.content FROM documents d WHERE {readable:d};
    -- name: procedures
    SELECT p.memory_id, p.key, v.description, v.template
    FROM procedures p
    JOIN procedure_versions v ON v.workspace_id = p.workspace_id AND v.user_id = p.user_id
        AND v.persona_id = p.persona_id AND v.key = p.key AND v.version = p.version
    WHERE {owned:p};
    -- name: facts
    SELECT f.fact_id AS memory_id, f.statement FROM facts f WHERE {readable:f};
    """,
    source="tests",
)


class RankedByWords:
    """The search of one kind, ``documents``, ``procedures`` or ``facts``."""

    def __init__(self, db: Database, kind: str) -> None:
        self._db = db
        self._kind = kind
        self.asked: list[RankedQuery] = []

    async def search(self, query: RankedQuery) -> Ranking:
        """As the ports of these rooms say."""
        self.asked.append(query)
        words = query.text.lower().split()
        found: list[RankedMemory] = []
        for reader in query.readers:
            scores = {
                row["memory_id"]: sum(word in _text(row).lower().split() for word in words)
                / len(words)
                for row in await self._db.fetch(_QUERIES[self._kind], *reader.sql)
            }
            ids = [each for each, score in scores.items() if score >= query.min_score and score]
            kept = await query.keep(reader, ids) if query.keep else ids
            found += [
                RankedMemory(
                    reader.user_id,
                    each,
                    scores[each],
                    {"words": scores[each]} if query.explain else {},
                )
                for each in kept
            ]
        found.sort(key=lambda each: (-each.score, each.memory_id))
        return Ranking(
            tuple(found[: query.limit]),
            degraded=False,
            revision=await self._db.read(lambda snapshot: _revision(snapshot, query.readers[0])),
        )


async def _revision(snapshot: Snapshot, reader: Reader) -> int:
    if reader.user_id == SHARED_OWNER:
        return 0
    return (await revision.current(snapshot, reader.workspace_id, reader.user_id)).revision


def _text(row: Row) -> str:
    if "content" in row:
        return document_text(row["content"])
    if "statement" in row:
        return fact_text(row["statement"])
    return procedure_text(row["key"], row["description"], row["template"])
