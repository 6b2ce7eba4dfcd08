"""The long jobs that care for storage and index: reindex, reconcile, compact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Final

from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import Unavailable
from reverie_server.governance.operations.ports import CompactableStorage
from reverie_server.index.indexer import Indexer
from reverie_server.index.memories import delete_all_vectors, owners, total
from reverie_server.index.memory_index import IndexAway, IndexState, MemoryIndex, Owner
from reverie_server.index.reconcile import Reconciler
from reverie_server.jobs.model import JobContext, JobHandler
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import deployment
from reverie_server.storage.database import Transaction

REINDEX: Final = "reindex"
RECONCILE: Final = "reconcile"
COMPACT: Final = "compact"

RECOMPUTE: Final = "recompute_embeddings"
REPAIR: Final = "repair"
YES: Final = "yes"
_OWNERS_PAGE: Final = 200


class Maintenance:
    """Job handlers. Each can be run again from its start at any point."""

    def __init__(
        self,
        storage: CompactableStorage,
        index: MemoryIndex,
        indexer: Indexer,
        embedder: Embedder,
        reconciler: Reconciler,
    ) -> None:
        self._storage = storage
        self._index = index
        self._indexer = indexer
        self._embedder = embedder
        self._reconciler = reconciler

    def handlers(self) -> Mapping[str, JobHandler]:
        """By kind of job."""
        return {REINDEX: self.reindex, RECONCILE: self.reconcile, COMPACT: self.compact}

    async def reindex(self, context: JobContext) -> Mapping[str, int]:
        """Builds the index anew from SQL."""
        if context.job.arguments.get(RECOMPUTE) == YES:
            await context.step("forget vectors", 0.0)
            await self._storage.transaction(self._forget_vectors)
        return {"memories": await self._rebuild(context, 0.0)}

    async def reconcile(self, context: JobContext) -> Mapping[str, int]:
        """Compares the index with SQL for one workspace."""
        repair = context.job.arguments.get(REPAIR) == YES
        workspace_id = context.job.workspace_id
        result: Counter[str] = Counter(compared=0, missing=0, stale=0, extra=0, repaired=0)
        after, done = SHARED_OWNER, 0
        page = [Owner(workspace_id, SHARED_OWNER)]
        while page:
            for owner in page:
                result.update(await self._compare(owner, repair=repair))
            done += len(page)
            # How many owners there are is not known: the bar creeps towards its end.
            await context.step("compare", done / (done + _OWNERS_PAGE))
            page = await self._storage.read(
                partial(owners, workspace_id=workspace_id, after=after, limit=_OWNERS_PAGE)
            )
            after = page[-1].user_id if page else after
        return dict(result)

    async def compact(self, context: JobContext) -> Mapping[str, int]:
        """Rewrites the database and the index without what was deleted."""
        before = await self._storage.size_bytes()
        await context.step("database", 0.0)
        left = await self._storage.compact()
        after = await self._storage.size_bytes()
        await self._rebuild(context, 0.5)
        return {"bytes_before": before, "bytes_after": after, "tables_left": left}

    async def _compare(self, owner: Owner, *, repair: bool) -> dict[str, int]:
        try:
            found = await self._reconciler.compare(owner)
        except IndexAway as error:
            raise Unavailable(str(error), reason="STORAGE_UNAVAILABLE") from error
        repaired = await self._reconciler.repair(owner, found) if repair else 0
        return {
            "compared": found.compared,
            "missing": len(found.missing),
            "stale": len(found.stale),
            "extra": len(found.extra),
            "repaired": repaired,
        }

    async def _rebuild(self, context: JobContext, start: float) -> int:
        """Gives the number of memories brought in. Progress goes from ``start`` to 1."""
        memories = max(1, await self._storage.read(total))
        try:
            generation = await self._index.begin_rebuild()
        except IndexAway as error:
            raise Unavailable("the index is away", reason="STORAGE_UNAVAILABLE") from error
        while True:
            health = self._index.health()
            if health.state is IndexState.READY:
                return self._indexer.filled(health.generation)
            # One that is away has no generation: it may come back as it was.
            if health.generation not in ("", generation):
                raise Unavailable("the index was lost again", reason="STORAGE_UNAVAILABLE")
            await self._indexer.progress()
            share = min(1.0, self._indexer.filled(generation) / memories)
            await context.step("fill the index", start + (1.0 - start) * share)

    async def _forget_vectors(self, tx: Transaction) -> None:
        await delete_all_vectors(tx)
        await deployment.record_embedder(tx, self._embedder.name, self._embedder.dimension)
