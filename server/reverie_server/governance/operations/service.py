"""Operations: what an operator asks of a running server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reverie_server.clock import Clock
from reverie_server.embedding.embedder import Embedder
from reverie_server.governance.operations import store
from reverie_server.governance.operations.maintenance import (
    COMPACT,
    RECOMPUTE,
    RECONCILE,
    REINDEX,
    REPAIR,
    YES,
)
from reverie_server.governance.operations.model import Stats
from reverie_server.governance.operations.ports import CompactableStorage
from reverie_server.index.memory_index import MemoryIndex
from reverie_server.jobs.model import Job, NewJob
from reverie_server.jobs.service import JobService
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Snapshot, Transaction

_FLAGS: Final = {True: YES, False: "no"}


class OperationsService:
    def __init__(
        self,
        storage: CompactableStorage,
        index: MemoryIndex,
        embedder: Embedder,
        jobs: JobService,
        clock: Clock,
        *,
        version: str,
    ) -> None:
        self._storage = storage
        self._index = index
        self._embedder = embedder
        self._jobs = jobs
        self._version = version
        self._start_time = clock.now()

    async def reindex(self, workspace_id: str, *, recompute_embeddings: bool) -> Job:
        """Queues a rebuild of the index, or joins the one that is under way."""
        return await self._start(workspace_id, REINDEX, {RECOMPUTE: _FLAGS[recompute_embeddings]})

    async def reconcile(self, workspace_id: str, *, repair: bool) -> Job:
        """Queues a comparison of index and SQL, or joins the one that is under way."""
        return await self._start(workspace_id, RECONCILE, {REPAIR: _FLAGS[repair]})

    async def compact(self, workspace_id: str) -> Job:
        """Queues a rewrite of database and index, or joins the one that is under way."""
        return await self._start(workspace_id, COMPACT, {})

    async def require_owner(self, workspace_id: str, user_id: str) -> None:
        """
        Raises:
            NotFound: there is no such user. With an empty id the workspace itself is meant.
        """
        if user_id:
            await self._storage.read(
                lambda snapshot: revision.current(snapshot, workspace_id, user_id)
            )

    async def stats(self, workspace_id: str) -> Stats:
        async def work(
            snapshot: Snapshot,
        ) -> tuple[Mapping[str, int], Mapping[str, int], outbox.OutboxCounts]:
            return (
                await store.counts(snapshot, workspace_id),
                await store.jobs(snapshot, workspace_id),
                await outbox.counts(snapshot),
            )

        counts, jobs, backlog = await self._storage.read(work)
        health = self._index.health()
        return Stats(
            counts=counts,
            jobs=jobs,
            index_backlog=backlog.pending,
            index_points=health.points,
            index_state=health.state.value,
            storage_bytes=await self._storage.size_bytes(),
            storage=self._storage.engine,
            embedder=self._embedder.name,
            version=self._version,
            start_time=self._start_time,
        )

    async def _start(self, workspace_id: str, kind: str, arguments: Mapping[str, str]) -> Job:
        job = NewJob(workspace_id, kind, arguments=arguments)

        async def enqueue(tx: Transaction) -> str:
            return await self._jobs.enqueue_unless_waiting(tx, job)

        job_id = await self._storage.transaction(enqueue)
        self._jobs.wake()
        return await self._jobs.get(workspace_id, "", "", job_id)
