"""Works the jobs off, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from reverie_server.clock import MICROSECONDS, Clock
from reverie_server.errors import ReverieError
from reverie_server.jobs import store
from reverie_server.jobs.model import Job, JobHandler
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.jobs.store import Claim
from reverie_server.storage.database import Database, Transaction, UniqueViolation

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 5.0
"""How long a job may lie unnoticed when nobody woke for it."""
MOST_OUTSIDE: Final = 16
"""Jobs that wait for somebody outside and hold no worker's place; more of them do."""
STORAGE_RETRY_SECONDS: Final = 0.5
LEASE_SECONDS: Final = 15.0
SIGNS_IN_A_LEASE: Final = 3
"""So many signs of life, less one, may be missed."""
DEFECT_REASON: Final = "INTERNAL"
DEFECT_MESSAGE: Final = "the server failed at this; its log says how, under the job's id"
INTERRUPTED_MESSAGE: Final = "the server stopped in each attempt before the job was done"


class RunningJob:
    """A job that is being worked on, as its handler sees it: a ``JobContext``."""

    def __init__(
        self, db: Database, claim: Claim, outside: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._db = db
        self._claim = claim
        self._outside = outside

    @property
    def job(self) -> Job:
        """As it was when it was claimed."""
        return self._claim.job

    async def step(self, name: str, progress: float) -> None:
        """Tells where the job is: ``progress`` in 0..1."""
        await self._db.transaction(lambda tx: store.note_step(tx, self._claim, name, progress))

    def outside(self) -> AbstractContextManager[None]:
        """See ``JobContext.outside``."""
        return self._outside()


@dataclass(slots=True, eq=False)
class _Tenure:
    """A claim, for as long as nobody else can have the job."""

    claim: Claim
    until: float | None
    """By the loop's clock; None: nobody else ever can."""
    limit: asyncio.Timeout | None = None

    def begin(self) -> asyncio.Timeout:
        """Ends what is inside when another worker may have the job."""
        self.limit = asyncio.timeout_at(self.until)
        return self.limit

    def extend(self, until: float | None) -> None:
        """Nothing happens when it is over."""
        self.until = until
        if self.limit is not None:
            with contextlib.suppress(RuntimeError):
                self.limit.reschedule(until)

    @property
    def is_over(self) -> bool:
        return self.limit is not None and self.limit.expired()


class JobRunner:
    """Runs what is due, ``workers`` jobs at once and those that wait for somebody outside of the
    server besides, but never two of one session.

    SQL is the truth: a job is claimed there before it runs, and is found again there after a
    crash. Runners of several servers may work on one database. Each says again and again that it
    lives; what one that has died was at is claimed anew. One that could not say so for as long as a
    lease, because it was asleep or the database was away, stops what it is at: another one may have
    it. Should it be late with that, it can note nothing any more about a job that it has lost.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        handlers: Mapping[str, JobHandler],
        *,
        workers: int = 2,
        retry: RetryPolicy | None = None,
        alone: bool = True,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """
        Args:
            handlers: by kind of job. Jobs of other kinds wait for a server that has theirs.
            alone: no other runner works on this database.
            lease_seconds: after so long without a sign of its runner a job counts as interrupted.
        """
        self._db = db
        self._clock = clock
        self._handlers = dict(handlers)
        self._kinds = frozenset(handlers)
        self._workers = workers
        self._retry = retry or RetryPolicy()
        self._alone = alone
        self._lease_seconds = lease_seconds
        self._running: dict[asyncio.Task[None], _Tenure] = {}
        self._outside = 0
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()

    def wake(self) -> None:
        """Looks for work at once."""
        self._woken.set()

    async def run(self) -> None:
        """Works until it is cancelled; what is running then goes on after the next start. Never
        raises anything else."""
        await self._persist(partial(self._recover, alone=self._alone))
        signs = asyncio.create_task(self._give_signs(), name="signs of life of jobs")
        try:
            while True:
                self._woken.clear()
                seconds = await self._start_due()
                if seconds is not None:
                    await self._pause(seconds)
        finally:
            tasks = [signs, *self._running]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

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
                until = self._lease_end()
                claim = await self._db.transaction(self._claim)
                if claim is None:
                    # What is due waits for a job of its session, whose end wakes us.
                    return POLL_SECONDS
                tenure = _Tenure(claim, until)
                task = asyncio.create_task(self._work(tenure), name=f"job {claim.job.job_id}")
                self._running[task] = tenure
                task.add_done_callback(self._ended)
        except UniqueViolation:
            return STORAGE_RETRY_SECONDS  # another runner was quicker, with this very session
        except ReverieError as error:
            log.warning("jobs wait", reason=error.reason)
            return STORAGE_RETRY_SECONDS
        return POLL_SECONDS

    def _nothing_due(self, seconds: float) -> float:
        if not self._running and not self._woken.is_set():
            self._idle.set()
        return min(seconds, POLL_SECONDS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self.wake()

    async def _pause(self, seconds: float) -> None:
        # Not wait_for: before Python 3.12 it loses a cancellation that meets the wake-up.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    @property
    def _lease(self) -> int:
        return int(self._lease_seconds * MICROSECONDS)

    def _lease_end(self) -> float | None:
        """Of a lease that is asked for now, by the loop's clock: not later than the database's."""
        if self._alone:
            return None
        return asyncio.get_running_loop().time() + self._lease_seconds

    async def _claim(self, tx: Transaction) -> Claim | None:
        return await store.claim_next(tx, self._kinds, self._clock.now(), self._lease)

    async def _give_signs(self) -> None:
        """Says of every job that runs here that it is not interrupted, and looks for those of
        others that are."""
        while True:
            await asyncio.sleep(self._lease_seconds / SIGNS_IN_A_LEASE)
            try:
                await self._give_sign()
                if not self._alone:
                    released = await self._db.transaction(partial(self._recover, alone=False))
                    if released:
                        self.wake()
            except ReverieError as error:
                log.warning("jobs wait", reason=error.reason)
            except Exception:  # a defect here must not have all jobs taken for interrupted
                log.exception("jobs wait")

    async def _give_sign(self) -> None:
        running = dict(self._running)
        if not running:
            return
        until = self._lease_end()

        async def extend(tx: Transaction) -> list[asyncio.Task[None]]:
            return [
                task
                for task, tenure in running.items()
                if not await store.extend(tx, tenure.claim, self._lease)
            ]

        lost = await self._db.transaction(extend)
        for task, tenure in running.items():
            if task not in lost:
                tenure.extend(until)
            elif task in self._running:
                log.warning("job lost", job_id=tenure.claim.job.job_id)
                task.cancel()

    async def _work(self, tenure: _Tenure) -> None:
        claim, job = tenure.claim, tenure.claim.job
        try:
            async with tenure.begin():
                result = await self._handlers[job.kind](
                    RunningJob(self._db, claim, self._waiting_outside)
                )
        except asyncio.CancelledError:
            # Best effort: if this fails, the next start finds the job.
            with contextlib.suppress(ReverieError):
                await asyncio.shield(self._db.transaction(lambda tx: store.release(tx, claim)))
            raise
        except ReverieError as error:
            log.warning("job failed", job_id=job.job_id, kind=job.kind, reason=error.reason)
            await self._set_back(claim, error, error.reason, error.message)
        except Exception as error:  # a defect of a handler must not stop the other jobs
            if tenure.is_over:
                log.warning("job left, another server may have it", job_id=job.job_id)
                await self._persist(lambda tx: store.release(tx, claim))
                return
            log.exception("job defect", job_id=job.job_id, kind=job.kind)
            await self._set_back(claim, error, DEFECT_REASON, DEFECT_MESSAGE)
        else:
            now = self._clock.now()
            await self._persist(lambda tx: store.succeed(tx, claim, result, now))

    @contextlib.contextmanager
    def _waiting_outside(self) -> Iterator[None]:
        self._outside += 1
        self.wake()
        try:
            yield
        finally:
            self._outside -= 1

    async def _set_back(self, claim: Claim, error: Exception, reason: str, message: str) -> None:
        now, attempt = self._clock.now(), claim.job.attempt
        if self._retry.goes_on(attempt, error):
            due_time = now + self._retry.delay(attempt)
            await self._persist(lambda tx: store.postpone(tx, claim, reason, message, due_time))
        else:
            await self._persist(lambda tx: store.fail(tx, claim, reason, message, now))

    async def _recover(self, tx: Transaction, *, alone: bool) -> int:
        """Gives the number of jobs that wait again."""
        released, failed = await store.recover(
            tx,
            self._retry.attempts,
            DEFECT_REASON,
            INTERRUPTED_MESSAGE,
            self._clock.now(),
            alone=alone,
        )
        if released or failed:
            log.info("jobs taken up", released=released, failed=failed)
        return released

    async def _persist(self, work: Callable[[Transaction], Awaitable[object]]) -> None:
        """Commits what must not be lost, however long the database is away."""
        while True:
            try:
                await self._db.transaction(work)
            except ReverieError as error:
                log.warning("jobs wait", reason=error.reason)
                await asyncio.sleep(STORAGE_RETRY_SECONDS)
            else:
                return
