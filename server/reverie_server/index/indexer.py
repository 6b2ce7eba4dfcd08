"""The indexer: brings what was committed into the index, and fills the index when it was lost.

One task. It drains the outbox in order per owner, flushes the index now and then, and only then
forgets the outbox rows. What it does is idempotent, so that it can stop at any point.

Where several servers share an index, each has an indexer, which works for the owners of its
partitions (``partitions.py``). One that finds, when it notes what it has applied, that a partition
has become another's may just have overwritten what that one had applied: it has it all applied once
more.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import structlog

from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import ReverieError, Unavailable
from reverie_server.index.changes import Batch, load
from reverie_server.index.memories import (
    KINDS,
    IndexedMemory,
    StoredVector,
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
from reverie_server.index.partitions import AllPartitions, PartitionLost, Partitions
from reverie_server.index.points import embed_missing, points
from reverie_server.storage import outbox
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.outbox import PendingChange

log = structlog.get_logger(__name__)

BATCH: Final = 256
"""Changes applied together."""
FILL_BATCH: Final = 512
FLUSH_SECONDS: Final = 2.0
"""At least this long between two flushes: the engine answers nothing while it flushes."""
BUSY_PAUSE_SECONDS: Final = 1.0
"""Between two batches while calls are waiting: fewer and larger ones cost less."""
RETRY_SECONDS: Final = 1.0
LONGEST_RETRY_SECONDS: Final = 60.0
INLINE_CHARACTERS: Final = 16_384
"""Texts that together are longer are taken apart on a thread, so that the loop is free."""
POLL_SECONDS: Final = 1.0
"""Where other servers write, too: what nobody woke for is found after so long."""
SHORTEST_POLL_SECONDS: Final = 0.05
"""So often who waits looks whether another server's indexer has come far enough."""
SESSION_ENTRIES: Final = 1_000_000


class Indexer:
    """Keeps a ``MemoryIndex`` equal to SQL."""

    def __init__(
        self,
        database: Database,
        index: MemoryIndex,
        embedder: Embedder,
        partitions: Partitions | None = None,
    ) -> None:
        """
        Args:
            partitions: what to work for; by default everybody.
        """
        self._database = database
        self._index = index
        self._embedder = embedder
        self._partitions = partitions or AllPartitions()
        self._is_busy: Callable[[], bool] = lambda: False
        self._wake = asyncio.Event()
        self._progress = asyncio.Event()
        self._after = ("", "")
        self._unflushed: list[PendingChange] = []
        self._claims_unflushed: dict[str, int] = {}
        self._flushed_at = time.monotonic()
        self._filling = ""
        self._filled = 0
        database.on_commit(self._wake.set)

    def wake(self) -> None:
        """There may be something to apply. Only a hint: it is found anyway."""
        self._wake.set()

    async def run(self) -> None:
        """Works until it is cancelled. Never raises anything else."""
        await self._start_over()
        pause = RETRY_SECONDS
        while True:
            health = self._index.health()
            try:
                if health.state is IndexState.READY:
                    await self._drain(health)
                elif health.state is IndexState.REBUILDING:
                    await self._refill_if_ours(health)
                else:
                    await self._index.health_change(health)
            except IndexAway:
                # Its health says so, too, as soon as it knows; then it is filled again. One that
                # can be searched but not changed is not asked without end.
                await self._pause(pause / 10)
                pause = min(2 * pause, LONGEST_RETRY_SECONDS)
            except PartitionLost:
                # Its rows are another server's now.
                await self._pause(RETRY_SECONDS / 10)
            except Unavailable as error:
                log.warning("indexing waits", reason=error.reason)
                await self._pause(RETRY_SECONDS)
            except Exception as error:  # a defect must not end indexing for good; it may pass
                if isinstance(error, ReverieError):
                    log.warning("indexing waits", reason=error.reason, seconds=pause)
                else:
                    log.exception("indexing waits", seconds=pause)
                await self._pause(pause)
                pause = min(2 * pause, LONGEST_RETRY_SECONDS)
            else:
                pause = RETRY_SECONDS

    def filled(self, generation: str) -> int:
        """How many memories this filling of the index has been given so far."""
        return self._filled if self._filling == generation else 0

    @property
    def partitions(self) -> int:
        """How many parts of all owners it works for now."""
        return len(self._partitions.claims())

    async def _start_over(self) -> None:
        """What the process before has applied may not have been flushed: it is applied again.
        Where others work, too, whoever takes a partition does so."""
        while not self._partitions.shared:
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
            # Another server's progress is not heard of.
            longest = SHORTEST_POLL_SECONDS if self._partitions.shared else seconds
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
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, longest)):
                    await progress.wait()

    async def progress(self) -> None:
        """Waits until something more has been applied or filled in, or a second has passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS):
                await self._progress.wait()

    async def settle(self) -> None:
        """Flushes what was applied, so that a clean stop leaves nothing to do again."""
        if self._index.health().state is IndexState.READY:
            try:
                await self._flush()
            except (IndexAway, ReverieError) as error:
                # Then it is done again at the next start.
                log.warning("stopped with changes to apply again", error=type(error).__name__)

    async def _drain(self, health: IndexHealth) -> None:
        self._wake.clear()
        async with self._partitions.at_work:
            worked = await self._apply_batch()
        if self._unflushed and time.monotonic() - self._flushed_at > FLUSH_SECONDS:
            await self._flush()
        if not worked:
            await self._wait(health)
        elif self._is_busy():
            await asyncio.sleep(BUSY_PAUSE_SECONDS)

    async def _wait(self, health: IndexHealth) -> None:
        """Until there is something to do: a commit, a flush that is due, another health."""
        waits = [
            asyncio.ensure_future(self._wake.wait()),
            asyncio.ensure_future(self._index.health_change(health)),
        ]
        try:
            flush = FLUSH_SECONDS if self._unflushed else None
            await asyncio.wait(
                waits,
                timeout=POLL_SECONDS if self._partitions.shared else flush,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for wait in waits:
                wait.cancel()

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _apply_batch(self) -> bool:
        """Applies the next changes; False when there are none."""
        claims = self._partitions.claims()
        batch = await self._database.read(partial(self._next_batch, claims))
        if not batch.pending:
            return False
        claims = {each.partition: claims[each.partition] for each in batch.pending}
        # First, so that what is to be forgotten does not wait for an embedder that is away.
        await batch.delete_from(self._index)
        embedded = await self._bring_in(batch.found)
        for owner, session_id in batch.read_again():
            await self._bring_in_session(owner, session_id)

        async def note(tx: Transaction) -> None:
            await self._partitions.confirm(tx, claims)
            await put_vectors(tx, self._embedder.name, embedded)
            await outbox.mark_applied(tx, batch.keys)

        try:
            await self._database.transaction(note)
        except PartitionLost:
            log.warning("applied what another server is to apply", changes=len(batch.pending))
            # It may be older than what the new holder has applied before it: that one looks again.
            await self._database.transaction(batch.record_again)
            return True
        self._unflushed.extend(batch.pending)
        self._claims_unflushed |= claims
        self._tell_progress()
        return True

    async def _bring_in(self, found: Sequence[IndexedMemory]) -> list[StoredVector]:
        """Puts memories into the index; gives the vectors that are to be kept in SQL."""
        if not found:
            return []
        embedded = await embed_missing(found, self._embedder)
        make = partial(points, found, embedded, self._embedder.dimension)
        if sum(len(memory.text) for memory in found) <= INLINE_CHARACTERS:
            made = make()
        else:
            made = await asyncio.to_thread(make)
        await self._index.upsert(made)
        return embedded

    async def _bring_in_session(self, owner: Owner, session_id: str) -> None:
        ids = await self._database.read(
            partial(session_entry_ids, owner=owner, session_id=session_id, limit=SESSION_ENTRIES)
        )
        for start in range(0, len(ids), BATCH):
            found = await self._database.read(
                partial(
                    memories,
                    owner=owner,
                    kind=Kind.ENTRY,
                    ids=ids[start : start + BATCH],
                    embedder=self._embedder.name,
                )
            )
            await self._remember(await self._bring_in(found))

    def _tell_progress(self) -> None:
        """Wakes who waits; those who come next wait for the next progress."""
        progress, self._progress = self._progress, asyncio.Event()
        progress.set()

    async def _next_batch(self, claims: Mapping[str, int], snapshot: Snapshot) -> Batch:
        """Goes round the owners, so that one with a flood of changes does not hold up the rest."""
        if not claims:
            return Batch((), ())
        pending = await outbox.pending(snapshot, BATCH, self._after, claims)
        if not pending and self._after != ("", ""):
            pending = await outbox.pending(snapshot, BATCH, partitions=claims)
        last = pending[-1].key if len(pending) == BATCH else None
        self._after = (last.workspace_id, last.user_id) if last else ("", "")
        return Batch(pending, await load(snapshot, pending, self._embedder.name))

    async def _flush(self) -> None:
        """Makes what was applied durable in the index; only then are its rows forgotten. The rows
        of a partition that has become another's are that one's to forget."""
        applied, self._unflushed = self._unflushed, []
        now = self._partitions.claims()
        claims = {
            partition: claim
            for partition, claim in self._claims_unflushed.items()
            if now.get(partition) == claim
        }

        async def forget(tx: Transaction) -> None:
            await self._partitions.confirm(tx, claims)
            keys = [each.key for each in applied if each.partition in claims]
            await outbox.forget_durable(tx, keys)

        try:
            await self._index.flush()
            await self._database.transaction(forget)
            self._claims_unflushed = {}
        except BaseException:
            self._unflushed = applied + self._unflushed
            raise
        finally:
            self._flushed_at = time.monotonic()

    async def _refill_if_ours(self, health: IndexHealth) -> None:
        """Fills the index, or waits until the server that does so has done it."""
        if await self._partitions.may_refill():
            whole = False
            try:
                await self._refill(health.generation)
                whole = True
            finally:
                await self._partitions.end_refill(whole=whole)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._index.health_change(health)

    async def _refill(self, generation: str) -> None:
        """Brings every memory into an index that starts empty.

        What is committed while it runs stands in the outbox and is applied after it.

        Raises:
            IndexAway: the index is another one by now.
        """
        log.info("index refill starts", generation=generation)
        self._filling, self._filled = generation, 0
        for kind in KINDS:
            after = ("", "", "")
            while True:
                ids, found = await self._database.read(partial(self._next_fill, kind, after))
                if not ids:
                    break
                now = self._index.health()
                if (now.state, now.generation) != (IndexState.REBUILDING, generation):
                    raise IndexAway("it is another one by now, or another server has filled it")
                await self._remember(await self._bring_in(found))
                self._filled += len(ids)
                self._tell_progress()
                after = ids[-1]
                # Others get their turn between two batches, even on one core.
                await asyncio.sleep(0)
        await self._index.flush()
        await self._index.finish_rebuild(generation)
        self._tell_progress()
        log.info("index refill ends", generation=generation, memories=self._filled)

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
