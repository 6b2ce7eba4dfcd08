"""Jobs over a real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from reverie_server.jobs.model import Job, JobHandler, NewJob
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.jobs.runner import JobRunner
from reverie_server.jobs.service import JobService
from reverie_server.storage.database import Database
from tests.fresh_database import ManualClock, clock, db, schema_file

__all__ = ["clock", "db", "schema_file"]

NO_DELAY = RetryPolicy(draw=lambda: 0.0)


class JobRoom:
    """The jobs of one database, put together as the server does it."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db = db
        self.clock = clock
        self.service = JobService(db, clock)

    async def enqueue(self, kind: str = "work", *, session_id: str = "", user: str = "u") -> str:
        """A job of the pair u, p in the workspace w."""
        job = NewJob("w", kind, user, "p", session_id, {"given": "yes"})
        job_id = await self.db.transaction(lambda tx: self.service.enqueue(tx, job))
        self.service.wake()
        return job_id

    async def get(self, job_id: str) -> Job:
        return await self.service.get("w", "u", "p", job_id)

    @asynccontextmanager
    async def running(
        self,
        handlers: Mapping[str, JobHandler],
        *,
        workers: int = 2,
        retry: RetryPolicy = NO_DELAY,
    ) -> AsyncIterator[JobRunner]:
        """A runner at work, cancelled at the end."""
        runner = JobRunner(self.db, self.clock, handlers, workers=workers, retry=retry)
        self.service.on_wake(runner.wake)
        task = asyncio.create_task(runner.run())
        try:
            yield runner
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def jobs(db: Database, clock: ManualClock) -> JobRoom:
    return JobRoom(db, clock)
