"""The indexer: brings what was committed into the index, and fills the index when it was lost.

One task. It drains the outbox in order per owner, flushes the index now and then, and only then
forgets the outbox rows. What it does is idempotent, so that it can stop at any point.

Where several servers share an index, each has an indexer, which works for the owners of its
partitions (``partitions.py``). Right before it changes the index it looks whether they are still
its own, and again with the note that it has. Whatever goes wrong in between, what it was applying
is applied once more by whoever has the partitions then (``intake.py``): it may have undone what
another server had applied.

What remains: a change that a server sent while the partition was its own, and that Qdrant carries
out only after another server has deleted the memory and has looked once more, or after the server
that sent it was killed. It leaves a point that no search shows, since SQL does not know it, and
that Reconcile removes. And a vector in SQL that a refill keeps in the very moment in which another
server, which does not know of the refill yet, applies the deletion of its memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import structlog

from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import ReverieError, Unavailable
from reverie_server.index.changes import Batch, load
from reverie_server.index.intake import Intake
from reverie_server.index.memory_index import (
    IndexAway,
    IndexHealth,
    IndexState,
    MemoryIndex,
    Owner,
)
from reverie_server.index.partitions import AllPartitions, PartitionLost, Partitions
from reverie_server.index.refill import Refill
from reverie_server.storage import outbox
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.outbox import PendingChange

log = structlog.get_logger(__name__)

BATCH: Final = 256
"""Changes applied together."""
FLUSH_SECONDS: Final = 2.0
"""At least this long between two flushes: the engine answers nothing while it flushes."""
BUSY_PAUSE_SECONDS: Final = 1.0
"""Between two batches while calls are waiting: fewer and larger ones cost less."""
RETRY_SECONDS: Final = 1.0
LONGEST_RETRY_SECONDS: Final = 60.0
POLL_SECONDS: Final = 1.0
"""Where other servers write, too: what nobody woke for is found after so long."""
SHORTEST_POLL_SECONDS: Final = 0.05
"""So often who waits looks whether another server's indexer has come far enough."""


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
        self._intake = Intake(database, index, embedder, self._partitions)
        self._refill = Refill(database, index, embedder, self._intake, self._tell_progress)
        self._is_busy: Callable[[], bool] = lambda: False
        self._wake = asyncio.Event()
        self._progress = asyncio.Event()
        self._after = ("", "")
        self._unflushed: list[PendingChange] = []
        self._claims_unflushed: dict[str, int] = {}
        self._flushed_at = time.monotonic()
        database.on_commit(self._wake.set)

    def wake(self) -> None:
        """There may be something to apply. Only a hint: it is found anyway."""
        self._wake.set()

    async def run(self) -> None:
        """Works until it is cancelled, and leaves nothing half done then. Never raises anything
        else."""
        try:
            await self._start_over()
            await self._work()
        finally:
            await self._settle()

    async def _work(self) -> None:
        pause = RETRY_SECONDS
        while True:
            health = self._index.health()
            try:
                await self._intake.look_again()
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
        return self._refill.filled(generation)

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

    async def _settle(self) -> None:
        """What was applied is made durable, so that nobody has to apply it again."""
        try:
            await self._intake.look_again()
            if self._unflushed and self._index.health().state is IndexState.READY:
                await self._flush()
        except (IndexAway, ReverieError) as error:
            # Then it is done again: at the next start, or by who takes the partitions.
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
        await self._intake.apply(batch, claims, partial(outbox.mark_applied, keys=batch.keys))
        self._unflushed.extend(batch.pending)
        self._claims_unflushed |= claims
        self._tell_progress()
        return True

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
        of a partition that has become another's are that one's to forget: it applies them again.
        """
        applied, self._unflushed = self._unflushed, []
        claims, self._claims_unflushed = self._claims_unflushed, {}

        async def forget(tx: Transaction) -> None:
            # SQL is asked: claims that this server could not renew in time may still be its own.
            held = await self._partitions.held(tx, claims)
            keys = [each.key for each in applied if each.partition in held]
            await outbox.forget_durable(tx, keys)

        try:
            await self._index.flush()
            await self._database.transaction(forget)
        except BaseException:
            self._unflushed = applied + self._unflushed
            self._claims_unflushed = claims | self._claims_unflushed
            raise
        finally:
            self._flushed_at = time.monotonic()

    async def _refill_if_ours(self, health: IndexHealth) -> None:
        """Fills the index, or waits until the server that does so has done it."""
        claim = await self._partitions.may_refill()
        if claim is not None:
            at_once = True
            try:
                await self._refill.run(health.generation, claim)
                # Others may not have seen yet that it is full, and would fill it again: the right
                # runs out by itself, and they look more often than that.
                at_once = False
            except IndexAway:
                # If it is soon back, this server goes on: it knows how far it was.
                at_once = False
                raise
            finally:
                await self._partitions.end_refill(at_once=at_once)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._index.health_change(health)
