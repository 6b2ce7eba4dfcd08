"""The indexer: brings what was committed into the index, and fills the index when it was lost.

One task. It drains the outbox in order per owner, flushes the index now and then, and only then
forgets the outbox rows. What it does is idempotent, so that it can stop at any point.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import structlog

from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import ReverieError
from reverie_server.index.memories import (
    KINDS,
    IndexedMemory,
    StoredVector,
    delete_vectors,
    ids_after,
    memories,
    put_vectors,
    session_entry_ids,
)
from reverie_server.index.memory_index import (
    IndexAway,
    IndexHealth,
    IndexState,
    Kind,
    MemoryIndex,
    Owner,
)
from reverie_server.index.points import embed_missing, points
from reverie_server.storage import outbox
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.outbox import WHOLE_OWNER, WHOLE_SESSION, Operation, PendingChange

log = structlog.get_logger(__name__)

BATCH: Final = 256
"""Changes applied together."""
FILL_BATCH: Final = 512
FLUSH_SECONDS: Final = 2.0
"""At least this long between two flushes: the engine answers nothing while it flushes."""
YIELD: Final = 4.0
"""While calls are waiting, so many times as long as a batch took is left to them after it."""
RETRY_SECONDS: Final = 1.0
SESSION_ENTRIES: Final = 1_000_000


class Indexer:
    """Keeps a ``MemoryIndex`` equal to SQL."""

    def __init__(
        self,
        database: Database,
        index: MemoryIndex,
        embedder: Embedder,
    ) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder
        self._is_busy: Callable[[], bool] = lambda: False
        self._wake = asyncio.Event()
        self._progress = asyncio.Event()
        self._after = ("", "")
        self._unflushed: list[outbox.OutboxKey] = []
        self._flushed_at = time.monotonic()
        self.filled = 0
        """Memories brought in by the refill that is under way."""
        database.on_commit(self._wake.set)

    async def run(self) -> None:
        """Works until it is cancelled. Never raises anything else."""
        await self._start_over()
        while True:
            health = self._index.health()
            try:
                if health.state is IndexState.READY:
                    await self._drain(health)
                elif health.state is IndexState.REBUILDING:
                    await self._refill(health.generation)
                else:
                    await self._index.health_change(health)
            except IndexAway:
                # Its health says so, too, as soon as it knows; then it is filled again.
                await self._pause(RETRY_SECONDS / 10)
            except ReverieError as error:
                log.warning("indexing waits", reason=error.reason)
                await self._pause(RETRY_SECONDS)

    async def _start_over(self) -> None:
        """What the process before has applied may not have been flushed: it is applied again."""
        while True:
            try:
                await self._database.transaction(outbox.reset_applied)
            except ReverieError as error:
                log.warning("indexing waits", reason=error.reason)
                await self._pause(RETRY_SECONDS)
            else:
                return

    def give_way(self, is_busy: Callable[[], bool]) -> None:
        """While ``is_busy`` says that calls are waiting, most of the time is theirs. Searches look
        at what is not indexed yet, too, so lagging behind costs them time but no answer.
        """
        self._is_busy = is_busy

    async def caught_up(self, owner: Owner, revision: int, seconds: float) -> bool:
        """Waits until the index has every change of the owner up to ``revision``, at most so long.

        False: it has not, or it cannot answer at all.
        """
        deadline = time.monotonic() + seconds
        while True:
            if self._index.health().state is not IndexState.READY:
                return False
            progress = self._progress
            behind = await self._database.read(
                lambda snapshot: outbox.is_behind(
                    snapshot, owner.workspace_id, owner.user_id, revision
                )
            )
            if not behind:
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            try:
                async with asyncio.timeout(left):
                    await progress.wait()
            except TimeoutError:
                return False

    async def progress(self) -> None:
        """Waits until something more has been applied or filled in, or a second has passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS):
                await self._progress.wait()

    async def settle(self) -> None:
        """Flushes what was applied, so that a clean stop leaves nothing to do again."""
        if self._index.health().state is IndexState.READY:
            await self._flush()

    async def _drain(self, health: IndexHealth) -> None:
        self._wake.clear()
        started = time.monotonic()
        worked = await self._apply_batch()
        if self._unflushed and time.monotonic() - self._flushed_at > FLUSH_SECONDS:
            await self._flush()
        if not worked:
            await self._wait(health)
        elif self._is_busy():
            await asyncio.sleep(min(YIELD * (time.monotonic() - started), FLUSH_SECONDS))

    async def _wait(self, health: IndexHealth) -> None:
        """Until there is something to do: a commit, a flush that is due, another health."""
        waits = [
            asyncio.ensure_future(self._wake.wait()),
            asyncio.ensure_future(self._index.health_change(health)),
        ]
        try:
            await asyncio.wait(
                waits,
                timeout=FLUSH_SECONDS if self._unflushed else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for wait in waits:
                wait.cancel()

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _apply_batch(self) -> bool:
        """Applies the next changes; False when there are none."""
        batch, found = await self._database.read(self._next_batch)
        if not batch:
            return False
        embedded = await embed_missing(found, self._embedder)
        deleted = _deleted(batch, found)
        for owner in {change.owner for change in deleted if change.kind == WHOLE_OWNER}:
            await self._index.delete_owner(owner)
        for change in deleted:
            if change.kind == WHOLE_SESSION:
                await self._index.delete_session(
                    change.owner, change.session_id, frozenset({Kind.ENTRY})
                )
        gone = defaultdict(list)
        for change in deleted:
            if change.kind not in (WHOLE_OWNER, WHOLE_SESSION):
                gone[change.owner].append((Kind(change.kind), change.memory_id))
        for owner, ids in gone.items():
            await self._index.delete(owner, ids)
        await self._index.upsert(points(found, embedded))
        keys = [pending.key for pending in batch]

        async def note(tx: Transaction) -> None:
            await put_vectors(tx, self._embedder.name, embedded)
            for owner, ids in gone.items():
                await delete_vectors(tx, owner, ids)
            await outbox.mark_applied(tx, keys)

        await self._database.transaction(note)
        self._unflushed.extend(keys)
        self._tell_progress()
        return True

    def _tell_progress(self) -> None:
        """Wakes who waits; those who come next wait for the next progress."""
        progress, self._progress = self._progress, asyncio.Event()
        progress.set()

    async def _next_batch(
        self, snapshot: Snapshot
    ) -> tuple[list[PendingChange], list[IndexedMemory]]:
        """Goes round the owners, so that one with a flood of changes does not hold up the rest."""
        batch = await outbox.pending(snapshot, BATCH, self._after)
        if not batch and self._after != ("", ""):
            batch = await outbox.pending(snapshot, BATCH)
        last = batch[-1].key if len(batch) == BATCH else None
        self._after = (last.workspace_id, last.user_id) if last else ("", "")
        return batch, await self._load(snapshot, batch)

    async def _load(
        self, snapshot: Snapshot, batch: Iterable[PendingChange]
    ) -> list[IndexedMemory]:
        """What the changed memories are now; those that are gone are left out."""
        wanted: dict[tuple[Owner, Kind], dict[str, None]] = defaultdict(dict)
        for pending in batch:
            owner = Owner(pending.key.workspace_id, pending.key.user_id)
            change = pending.change
            if change.operation is not Operation.UPSERT:
                continue
            if change.kind == WHOLE_SESSION:
                ids: Iterable[str] = await session_entry_ids(
                    snapshot, owner, change.session_id, SESSION_ENTRIES
                )
                wanted[owner, Kind.ENTRY].update(dict.fromkeys(ids))
            else:
                wanted[owner, Kind(change.kind)][change.memory_id] = None
        found: list[IndexedMemory] = []
        for (owner, kind), ids in wanted.items():
            found += await memories(snapshot, owner, kind, list(ids), self._embedder.name)
        return found

    async def _flush(self) -> None:
        """Makes what was applied durable in the index; only then are its rows forgotten."""
        keys, self._unflushed = self._unflushed, []
        try:
            await self._index.flush()
            await self._database.transaction(lambda tx: outbox.forget_durable(tx, keys))
        except BaseException:
            self._unflushed = keys + self._unflushed
            raise
        finally:
            self._flushed_at = time.monotonic()

    async def _refill(self, generation: str) -> None:
        """Brings every memory into an index that starts empty.

        What is committed while it runs stands in the outbox and is applied after it.
        """
        log.info("index refill starts", generation=generation)
        self.filled = 0
        for kind in KINDS:
            after = ("", "", "")
            while True:
                ids, found = await self._database.read(partial(self._next_fill, kind, after))
                if not ids:
                    break
                embedded = await embed_missing(found, self._embedder)
                await self._index.upsert(points(found, embedded))
                await self._remember(embedded)
                self.filled += len(ids)
                self._tell_progress()
                after = ids[-1]
                # Others get their turn between two batches, even on one core.
                await asyncio.sleep(0)
        await self._index.flush()
        await self._index.finish_rebuild(generation)
        self._tell_progress()
        log.info("index refill ends", generation=generation, memories=self.filled)

    async def _next_fill(
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

    async def _remember(self, embedded: Sequence[StoredVector]) -> None:
        if embedded:
            await self._database.transaction(
                lambda tx: put_vectors(tx, self._embedder.name, embedded)
            )


class _Deletion:
    """One thing that is to disappear from the index."""

    __slots__ = ("kind", "memory_id", "owner", "session_id")

    def __init__(self, owner: Owner, kind: int, memory_id: str, session_id: str) -> None:
        self.owner = owner
        self.kind = kind
        self.memory_id = memory_id
        self.session_id = session_id


def _deleted(batch: Iterable[PendingChange], found: Iterable[IndexedMemory]) -> list[_Deletion]:
    """What the batch deletes, and what it would upsert but is gone by now."""
    there = {(memory.owner, int(memory.kind), memory.memory_id) for memory in found}
    deletions = []
    for pending in batch:
        owner = Owner(pending.key.workspace_id, pending.key.user_id)
        change = pending.change
        is_one = change.kind not in (WHOLE_OWNER, WHOLE_SESSION)
        if change.operation is Operation.DELETE or (
            is_one and (owner, change.kind, change.memory_id) not in there
        ):
            deletions.append(_Deletion(owner, change.kind, change.memory_id, change.session_id))
    return deletions
