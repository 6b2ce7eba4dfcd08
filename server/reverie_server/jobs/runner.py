"""Works the jobs off, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final

import structlog

from reverie_server.clock import MICROSECONDS, Clock
from reverie_server.errors import ReverieError
from reverie_server.jobs import store
from reverie_server.jobs.model import Job, JobHandler
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.storage.database import Database, Transaction

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 5.0
"""How long a job may lie unnoticed when nobody woke for it."""
MOST_OUTSIDE: Final = 16
"""Jobs that wait for somebody outside and hold no worker's place; more of them do."""
STORAGE_RETRY_SECONDS: Final = 0.5
DEFECT_REASON: Final = "INTERNAL"
DEFECT_MESSAGE: Final = "the server failed at this; its log says how, under the job's id"
INTERRUPTED_MESSAGE: Final = "the server stopped in each attempt before the job was done"


class RunningJob:
    """A job that is being worked on, as its handler sees it: a ``JobContext``."""

    def __init__(
        self, db: Database, job: Job, outside: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._db = db
        self._outside = outside
        self.job = job

    async def step(self, name: str, progress: float) -> None:
        """Tells where the job is: ``progress`` in 0..1."""
        await self._db.transaction(lambda tx: store.note_step(tx, self.job, name, progress))

    def outside(self) -> AbstractContextManager[None]:
        """See ``JobContext.outside``."""
        return self._outside()


class JobRunner:
    """Runs what is due, ``workers`` jobs at once and those that wait for somebody outside of the
    server besides, but never two of one session.

    SQL is the truth: a job is claimed there before it runs, and is found again there after a
    crash. One runner works on a database at a time.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        handlers: Mapping[str, JobHandler],
        *,
        workers: int = 2,
        retry: RetryPolicy | None = None,
    ) -> None:
        """
        Args:
            handlers: by kind of job. Jobs of other kinds wait for a server that has theirs.
        """
        self._db = db
        self._clock = clock
        self._handlers = dict(handlers)
        self._kinds = frozenset(handlers)
        self._workers = workers
        self._retry = retry or RetryPolicy()
        self._running: set[asyncio.Task[None]] = set()
        self._outside = 0
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()

    def wake(self) -> None:
        """Looks for work at once."""
        self._woken.set()

    async def run(self) -> None:
        """Works until it is cancelled; what is running then goes on after the next start. Never
        raises anything else."""
        await self._persist(self._recover)
        try:
            while True:
                self._woken.clear()
                seconds = await self._start_due()
                if seconds is not None:
                    await self._pause(seconds)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def idle(self) -> None:
        """Waits until nothing is running and nothing is due that was queued before the call."""
        self._idle.clear()
        self.wake()
        await self._idle.wait()

    async def _start_due(self) -> float | None:
        """Starts jobs that are due; gives the seconds until it has to look again, None for "at
        once"."""
        try:
            while len(self._running) - min(self._outside, MOST_OUTSIDE) < self._workers:
                due_time = await self._db.read(lambda tx: store.next_due_time(tx, self._kinds))
                now = self._clock.now()
                if due_time is None:
                    return self._nothing_due(POLL_SECONDS)
                if due_time > now:
                    return self._nothing_due((due_time - now) / MICROSECONDS)
                job = await self._db.transaction(self._claim)
                if job is None:
                    # What is due waits for a job of its session, whose end wakes us.
                    return POLL_SECONDS
                task = asyncio.create_task(self._work(job), name=f"job {job.job_id}")
                self._running.add(task)
                task.add_done_callback(self._ended)
        except ReverieError as error:
            log.warning("jobs wait", reason=error.reason)
            return STORAGE_RETRY_SECONDS
        return POLL_SECONDS

    def _nothing_due(self, seconds: float) -> float:
        if not self._running and not self._woken.is_set():
            self._idle.set()
        return min(seconds, POLL_SECONDS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.wake()

    async def _pause(self, seconds: float) -> None:
        # Not wait_for: before Python 3.12 it loses a cancellation that meets the wake-up.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _claim(self, tx: Transaction) -> Job | None:
        return await store.claim_next(tx, self._kinds, self._clock.now())

    async def _work(self, job: Job) -> None:
        try:
            result = await self._handlers[job.kind](
                RunningJob(self._db, job, self._waiting_outside)
            )
        except asyncio.CancelledError:
            # Best effort: if this fails, the next start finds the job.
            with contextlib.suppress(ReverieError):
                await asyncio.shield(self._db.transaction(lambda tx: store.release(tx, job)))
            raise
        except ReverieError as error:
            log.warning("job failed", job_id=job.job_id, kind=job.kind, reason=error.reason)
            await self._set_back(job, error, error.reason, error.message)
        except Exception as error:  # a defect of a handler must not stop the other jobs
            log.exception("job defect", job_id=job.job_id, kind=job.kind)
            await self._set_back(job, error, DEFECT_REASON, DEFECT_MESSAGE)
        else:
            now = self._clock.now()
            await self._persist(lambda tx: store.succeed(tx, job, result, now))

    @contextlib.contextmanager
    def _waiting_outside(self) -> Iterator[None]:
        self._outside += 1
        self.wake()
        try:
            yield
        finally:
            self._outside -= 1

    async def _set_back(self, job: Job, error: Exception, reason: str, message: str) -> None:
        now = self._clock.now()
        if self._retry.goes_on(job.attempt, error):
            due_time = now + self._retry.delay(job.attempt)
            await self._persist(lambda tx: store.postpone(tx, job, reason, message, due_time))
        else:
            await self._persist(lambda tx: store.fail(tx, job, reason, message, now))

    async def _recover(self, tx: Transaction) -> None:
        now = self._clock.now()
        released, failed = await store.recover(
            tx, self._retry.attempts, DEFECT_REASON, INTERRUPTED_MESSAGE, now
        )
        if released or failed:
            log.info("jobs taken up", released=released, failed=failed)

    async def _persist(self, work: Callable[[Transaction], Awaitable[None]]) -> None:
        """Commits what must not be lost, however long the database is away."""
        while True:
            try:
                await self._db.transaction(work)
            except ReverieError as error:
                log.warning("jobs wait", reason=error.reason)
                await asyncio.sleep(STORAGE_RETRY_SECONDS)
            else:
                return
