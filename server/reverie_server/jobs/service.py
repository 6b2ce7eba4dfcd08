"""Queueing jobs, and looking at them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Final

from reverie_server.clock import MICROSECONDS, Clock, new_id
from reverie_server.errors import NotFound
from reverie_server.jobs import store
from reverie_server.jobs.model import Job, JobState, NewJob
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.storage.database import Database, Snapshot, Transaction

KEPT: Final = 30 * 24 * 3600 * MICROSECONDS
"""For how long at least a job that has ended can be looked at."""
SWEEP_LIMIT: Final = 1_000
"""Jobs that one transaction deletes, so that it does not hold up writers."""


class JobService:
    """The jobs of every workspace. Other rooms queue theirs here, with the change that needs it."""

    def __init__(self, db: Database, clock: Clock, *, new_id: Callable[[], str] = new_id) -> None:
        """``new_id``: gives ids that grow with time, since they give the order of a list."""
        self._db = db
        self._clock = clock
        self._new_id = new_id
        self._listeners: list[Callable[[], None]] = []

    async def enqueue(self, tx: Transaction, job: NewJob) -> str:
        """Queues a job if the transaction commits, and gives its id. Call ``wake`` afterwards."""
        job_id = self._new_id()
        await store.add(tx, job_id, job, self._clock.now())
        return job_id

    async def enqueue_unless_waiting(
        self, tx: Transaction, job: NewJob, *, join_running: bool = True
    ) -> str:
        """Queues a job, or joins one of the same owner, kind and arguments that waits or, if
        ``join_running``, runs; gives its id."""
        same = await store.find_unended(tx, job, running=join_running)
        return same or await self.enqueue(tx, job)

    def wake(self) -> None:
        """Says that something was queued. Only a hint: a job that nobody woke for is found, too,
        only later."""
        for listener in self._listeners:
            listener()

    def on_wake(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` at each ``wake``. It must not block or raise."""
        self._listeners.append(listener)

    async def forget_session(
        self, tx: Transaction, workspace_id: str, user_id: str, session_id: str
    ) -> None:
        """Deletes the session's jobs in any state. One that is running comes to nothing."""
        await store.delete_of_session(tx, workspace_id, user_id, session_id)

    async def sweep(self) -> int:
        """Deletes all jobs that ended long enough ago, a bounded number at a time; gives their
        number.
        """
        total = 0
        while True:
            due_before = self._clock.now() - KEPT
            swept = await self._db.transaction(
                partial(store.sweep, due_before=due_before, limit=SWEEP_LIMIT)
            )
            total += swept
            if swept < SWEEP_LIMIT:
                return total

    async def get(self, workspace_id: str, user_id: str, persona_id: str, job_id: str) -> Job:
        """A job of the pair, or with empty ids the workspace's own.

        Raises:
            NotFound: they have no such job.
        """
        return await self._db.read(
            lambda snapshot: self.look(snapshot, workspace_id, user_id, persona_id, job_id)
        )

    async def look(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, job_id: str
    ) -> Job:
        """``get``, within a unit of work.

        Raises:
            NotFound: they have no such job.
        """
        job = await store.get(snapshot, workspace_id, user_id, persona_id, job_id)
        if job is None:
            raise NotFound.of("job", job_id)
        return job

    async def retry(self, workspace_id: str, user_id: str, persona_id: str, job_id: str) -> Job:
        """Has a job that was given up or cancelled tried again, with all its attempts; any other
        stays as it is. Gives the job.

        Raises:
            NotFound: the pair has no such job.
        """
        key = (workspace_id, user_id, persona_id, job_id)
        await self._db.transaction(lambda tx: store.retry(tx, *key, self._clock.now()))
        self.wake()
        return await self.get(*key)

    async def list(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        *,
        session_id: str = "",
        states: Collection[JobState] = (),
        page: PageRequest,
    ) -> Page[Job]:
        """The jobs of the pair, or with empty ids the workspace's own; latest first.

        Args:
            session_id: only this session's; empty: all.
            states: empty: all.
        """

        async def work(snapshot: Snapshot) -> Page[Job]:
            return await collect(
                lambda cursor, limit: store.list_before(
                    snapshot,
                    workspace_id,
                    user_id,
                    persona_id,
                    session_id=session_id,
                    states=states,
                    before=str(cursor[0]) if cursor else "",
                    limit=limit,
                ),
                page,
                position=lambda job: (job.job_id,),
                weight=weight,
            )

        return await self._db.read(work)
