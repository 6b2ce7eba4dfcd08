"""Fills an index that was lost, from SQL.

A filling that is broken off goes on where it was, if it is still the same index: from the last
flush, since what came later the index may not have kept. Where that is is known to the server alone
that fills; another one that takes over begins at its own last flush, or at the beginning. (It is
not in SQL, because it names users, who may be forgotten.)
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from reverie_server.clock import SystemClock
from reverie_server.embedding.embedder import Embedder
from reverie_server.index.changes import Batch
from reverie_server.index.intake import Intake
from reverie_server.index.memories import KINDS, IndexedMemory, ids_after, memories
from reverie_server.index.memory_index import IndexAway, Kind, MemoryIndex, Owner
from reverie_server.index.partitions import REFILL
from reverie_server.storage.database import Database, Snapshot, Transaction

log = structlog.get_logger(__name__)

FILL_BATCH: Final = 512
BATCHES_IN_A_FLUSH: Final = 8
_START: Final = ("", "", "")


@dataclass(frozen=True, slots=True)
class _Place:
    """Everything before it is in the index, and durable there."""

    kind: int = 0
    """Which of ``KINDS``."""
    after: tuple[str, str, str] = _START
    filled: int = 0
    """How many memories come before it."""


class Refill:
    """Belongs to one indexer."""

    def __init__(
        self,
        database: Database,
        index: MemoryIndex,
        embedder: Embedder,
        intake: Intake,
        tell: Callable[[], None],
    ) -> None:
        """
        Args:
            tell: is called whenever there are more.
        """
        self._database = database
        self._index = index
        self._embedder = embedder
        self._intake = intake
        self._tell = tell
        self._clock = SystemClock()
        self._generation = ""
        self._place = _Place()
        self._filled = 0

    def filled(self, generation: str) -> int:
        """How many memories this filling of the index has been given so far."""
        return self._filled if self._generation == generation else 0

    async def run(self, generation: str, claim: int) -> None:
        """Brings in every memory, but for those that it has brought into this index before.

        What is committed while it runs stands in the outbox and is applied after it.

        Args:
            claim: to the right to do so.

        Raises:
            IndexAway: the index is away, or another one by now.
            PartitionLost: another server has the right, or may have it.
        """
        if generation != self._generation:
            self._generation, self._place = generation, _Place()
        begin = self._place
        self._filled = begin.filled
        log.info("index refill starts", generation=generation, memories=begin.filled)
        batches = 0
        for number in range(begin.kind, len(KINDS)):
            after = begin.after if number == begin.kind else _START
            while True:
                ids, found = await self._database.read(partial(self._next, KINDS[number], after))
                if not ids:
                    break
                if found:
                    batch = Batch.of_memories(found, REFILL, self._clock.now())
                    await self._intake.apply(batch, {REFILL: claim}, _nothing)
                self._filled += len(ids)
                self._tell()
                after = ids[-1]
                batches += 1
                if batches % BATCHES_IN_A_FLUSH == 0:
                    await self._flush(_Place(number, after, self._filled))
                # Others get their turn between two batches, even on one core.
                await asyncio.sleep(0)
        await self._flush(_Place(len(KINDS), _START, self._filled))
        await self._index.finish_rebuild(generation)
        self._tell()
        log.info("index refill ends", generation=generation, memories=self._filled)

    async def _flush(self, place: _Place) -> None:
        await self._index.flush()
        if self._index.health().generation != self._generation:
            raise IndexAway("the index is another one by now")
        self._place = place

    async def _next(
        self, kind: Kind, after: tuple[str, str, str], snapshot: Snapshot
    ) -> tuple[list[tuple[str, str, str]], list[IndexedMemory]]:
        ids = await ids_after(snapshot, kind, after, FILL_BATCH)
        by_owner: dict[Owner, list[str]] = defaultdict(list)
        for workspace_id, user_id, memory_id in ids:
            by_owner[Owner(workspace_id, user_id)].append(memory_id)
        found: list[IndexedMemory] = []
        for owner, of_owner in by_owner.items():
            found += await memories(snapshot, owner, kind, of_owner, self._embedder.name)
        return ids, found


async def _nothing(_: Transaction) -> None:
    """There is no row to be marked."""
