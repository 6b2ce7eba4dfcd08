"""Backups: a job that writes one, and the list of those that there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from reverie_server.clock import MICROSECONDS, Clock
from reverie_server.errors import AlreadyExists, InvalidArgument
from reverie_server.governance.operations.ports import CompactableStorage
from reverie_server.jobs.model import Job, JobContext, JobHandler, NewJob
from reverie_server.jobs.service import JobService
from reverie_server.paging import Page, PageRequest
from reverie_server.storage import tombstones
from reverie_server.storage.backup_folder import NAME_LENGTH, BackupFolder, Tell, is_backup_name
from reverie_server.storage.backup_manifest import Manifest
from reverie_server.storage.database import Transaction
from reverie_server.storage.idempotency import Request, answered, once

T = TypeVar("T")

BACKUP: Final = "backup"
NAME: Final = "name"
TOLD_SECONDS: Final = 0.5
"""How often a job says how far it is."""
_COPYING: Final = 0.8
"""The share of the work that is copying; the rest is sealing what was written."""


class Backups:
    """Writes backups of the whole database, and lists them."""

    def __init__(
        self,
        storage: CompactableStorage,
        jobs: JobService,
        clock: Clock,
        folder: BackupFolder,
        *,
        version: str,
    ) -> None:
        self._storage = storage
        self._jobs = jobs
        self._clock = clock
        self._folder = folder
        self._version = version

    def handlers(self) -> Mapping[str, JobHandler]:
        """By kind of job."""
        return {BACKUP: self.back_up}

    async def start(self, workspace_id: str, name: str, request: Request | None) -> Job:
        """Queues a backup; gives the job as it was then, to a repeated request, too.

        Args:
            name: of the backup; empty: one is made of the time.

        Raises:
            InvalidArgument: no backup can have this name.
            AlreadyExists: there is one of this name.
        """
        if name and not is_backup_name(name):
            raise InvalidArgument.of(
                "name",
                f"must be at most {NAME_LENGTH} letters, digits, dots, dashes and underscores,"
                " and begin with a letter or a digit",
            )
        known = await self._storage.read(lambda snapshot: answered(snapshot, request, Job))
        name = name or _named_after(self._clock.now())
        if known is None and await asyncio.to_thread(self._folder.has, name):
            raise AlreadyExists(f"there is a backup named {name!r} already")
        job = NewJob(workspace_id, BACKUP, arguments={NAME: name})

        async def enqueue(tx: Transaction) -> Job:
            async def queue() -> Job:
                job_id = await self._jobs.enqueue_unless_waiting(tx, job)
                return await self._jobs.look(tx, workspace_id, "", "", job_id)

            return await once(tx, request, Job, queue)

        queued = await self._storage.transaction(enqueue)
        self._jobs.wake()
        return queued

    async def list(self, page: PageRequest) -> Page[Manifest]:
        """All that there are, by name."""
        after = str(page.cursor[0]) if page.cursor else ""
        found = await asyncio.to_thread(
            lambda: [each for each in self._folder.manifests() if each.name > after]
        )
        kept = found[: page.size]
        return Page(tuple(kept), (kept[-1].name,) if len(found) > page.size else None)

    async def back_up(self, context: JobContext) -> Mapping[str, int]:
        """The job. Tried again, it begins anew; done before, it only says so."""
        name, job_id = context.job.arguments[NAME], context.job.job_id
        done = await asyncio.to_thread(self._folder.made_by, job_id, name)
        if done is None:
            done = await self._write(context, name, job_id)
        copy = done.database
        return {"bytes": done.size_bytes, "rows": copy.rows, "tables": len(copy.tables)}

    async def _write(self, context: JobContext, name: str, job_id: str) -> Manifest:
        aside = await asyncio.to_thread(self._folder.begin, name, job_id)
        sealing: asyncio.Future[Manifest] | None = None
        try:
            await self._storage.transaction(tombstones.make_key)
            # Before the snapshot: what was committed before this moment is in it.
            backup_time = self._clock.now()
            copy = await _told(
                context, "copy", (0.0, _COPYING), lambda tell: self._storage.copy_to(aside, tell)
            )

            def seal(tell: Tell) -> Awaitable[Manifest]:
                nonlocal sealing
                publish = partial(self._folder.publish, aside, name, backup_time, self._version)
                sealing = asyncio.ensure_future(asyncio.to_thread(publish, job_id, copy, tell))
                return asyncio.shield(sealing)

            return await _told(context, "seal", (_COPYING, 1.0), seal)
        except BaseException:
            await asyncio.shield(self._abandon(aside, sealing))
            raise

    async def _abandon(self, aside: Path, sealing: asyncio.Future[Manifest] | None) -> None:
        """Once nobody works there any more: a thread goes on when its job is cancelled. What it
        has published by then is whole, and stays."""
        if sealing is not None:
            await asyncio.wait([sealing])
        await asyncio.to_thread(self._folder.abandon, aside)


async def _told(
    context: JobContext,
    step: str,
    span: tuple[float, float],
    work: Callable[[Tell], Awaitable[T]],
) -> T:
    """Does a part of a job, and says now and then how far it is.

    Args:
        span: where the job's progress begins and ends with it.
    """
    shares = [0.0]

    def tell(share: float) -> None:
        shares[0] = share

    start, end = span
    task = asyncio.ensure_future(work(tell))
    try:
        while True:
            await context.step(step, start + (end - start) * shares[0])
            done, _ = await asyncio.wait([task], timeout=TOLD_SECONDS)
            if done:
                return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def _named_after(time: int) -> str:
    return datetime.fromtimestamp(time / MICROSECONDS, UTC).strftime("%Y%m%dT%H%M%SZ")
