"""What a scrape of the metrics reads, from wherever it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reverie_server.bootstrap.floors import Floors
from reverie_server.clock import MICROSECONDS
from reverie_server.errors import ReverieError, Unavailable
from reverie_server.index.memory_index import IndexState
from reverie_server.jobs.model import JobState
from reverie_server.jobs.store import count_by_state
from reverie_server.observability.cache_counts import CacheCounts
from reverie_server.observability.catalogue import (
    BUILD,
    CACHE_LOOKUPS,
    CONNECTIONS,
    DATABASE_UP,
    DATABASE_WAITING,
    IN_FLIGHT,
    INDEX_POINTS,
    INDEX_STATE,
    JOBS,
    LAG_ROWS,
    LAG_SECONDS,
    ON_DUTY,
    PARTITIONS,
    RECALL_CACHE_BYTES,
    UNFLUSHED_ROWS,
)
from reverie_server.observability.readings import Reading
from reverie_server.scope import work_for_every_workspace
from reverie_server.storage import outbox
from reverie_server.storage.database import Snapshot

DATABASE_SECONDS: Final = 2.0
"""How long a scrape waits for the database."""


@dataclass(frozen=True, slots=True)
class Caches:
    """The caches of the rooms."""

    counts: Mapping[str, CacheCounts]
    """By the cache's name."""
    recall_bytes: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Readings:
    """Call ``read_all`` for a ``ReadAll``."""

    floors: Floors
    caches: Caches
    in_flight: Callable[[], int]
    version: str

    async def read_all(self) -> list[Reading]:
        """Everything, of all workspaces; what a database would have told that is away or too busy
        is left out. Runs in a task of its own."""
        work_for_every_workspace()
        return [*self._of_memory(), *await self._of_database()]

    def _of_memory(self) -> Iterator[Reading]:
        yield Reading(BUILD, 1, (self.version,))
        yield Reading(IN_FLIGHT, self.in_flight())
        occupancy = self.floors.database.occupancy()
        for queue, waiting in occupancy.waiting.items():
            yield Reading(DATABASE_WAITING, waiting, (queue,))
        for state, connections in occupancy.connections.items():
            yield Reading(CONNECTIONS, connections, (state,))
        health = self.floors.index.health()
        for each in IndexState:
            yield Reading(INDEX_STATE, int(each is health.state), (each.value,))
        yield Reading(INDEX_POINTS, health.points)
        yield Reading(ON_DUTY, int(self.floors.standing.on_duty))
        yield Reading(PARTITIONS, self.floors.indexer.partitions)
        for cache, counts in self.caches.counts.items():
            yield Reading(CACHE_LOOKUPS, counts.hits, (cache, "hit"))
            yield Reading(CACHE_LOOKUPS, counts.misses, (cache, "miss"))
        yield Reading(RECALL_CACHE_BYTES, self.caches.recall_bytes())

    async def _of_database(self) -> list[Reading]:
        async def work(snapshot: Snapshot) -> tuple[outbox.OutboxCounts, Mapping[JobState, int]]:
            return await outbox.counts(snapshot), await count_by_state(snapshot)

        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                backlog, jobs = await self.floors.database.read(work)
        except Unavailable:
            return [Reading(DATABASE_UP, 0)]
        except (ReverieError, TimeoutError):
            # Too busy for a scrape: that does not make it away.
            return []
        oldest = backlog.oldest_pending_time
        age = 0 if oldest is None else max(0, self.floors.clock.now() - oldest) / MICROSECONDS
        return [
            Reading(DATABASE_UP, 1),
            Reading(LAG_ROWS, backlog.pending),
            Reading(LAG_SECONDS, age),
            Reading(UNFLUSHED_ROWS, backlog.applied),
            *(Reading(JOBS, count, (state.name.lower(),)) for state, count in jobs.items()),
        ]
