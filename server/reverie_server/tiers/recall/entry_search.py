"""Searching the entries of one session: what working memory asks of recall."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from reverie_server.index.memory_index import Kind
from reverie_server.paging import fitting, weight
from reverie_server.scope import Reader
from reverie_server.storage.database import Database, Snapshot
from reverie_server.tiers.recall.columns import Condition
from reverie_server.tiers.recall.finder import Finder, Question
from reverie_server.tiers.recall.ports import SessionRecords
from reverie_server.tiers.working.model import Entry
from reverie_server.tiers.working.ports import EntryHit, EntrySearchResult


class EntrySearcher:
    """An ``EntrySearch``. Age does not count here: all of a session is now."""

    def __init__(self, database: Database, finder: Finder, sessions: SessionRecords) -> None:
        self._database = database
        self._finder = finder
        self._sessions = sessions

    async def search(
        self,
        reader: Reader,
        session_id: str,
        query: str,
        timeline: str,
        event_after: int | None,
        event_before: int | None,
        limit: int,
        min_score: float,
        min_revision: int,
        explain: bool,
        vector: Sequence[float],
    ) -> EntrySearchResult:
        """See ``EntrySearch.search``."""

        findings = await self._finder.find(
            reader,
            Question(
                text=query,
                vector=np.asarray(vector, dtype=np.float32) if vector else None,
                depth=limit,
                condition=Condition(
                    kinds=frozenset({Kind.ENTRY}),
                    session_ids=frozenset({session_id}),
                    timeline=timeline,
                    event_after=event_after,
                    event_before=event_before,
                ),
                session_id=session_id,
                min_score=min_score,
                min_revision=min_revision,
                ageless=True,
                complete=True,
                explain=explain,
            ),
        )
        entries = await self._database.read(
            partial(self._read, reader=reader, ids=[finding.key[1] for finding in findings.found])
        )
        hits = fitting(
            (
                EntryHit(entries[finding.key[1]], finding.score, finding.parts)
                for finding in findings.found
                if finding.key[1] in entries
            ),
            weight,
        )
        return EntrySearchResult(tuple(hits), findings.degraded, findings.revision)

    async def _read(
        self, snapshot: Snapshot, reader: Reader, ids: Sequence[str]
    ) -> dict[str, Entry]:
        entries = await self._sessions.entries(snapshot, reader, ids)
        return {entry.entry_id: entry for entry in entries}
