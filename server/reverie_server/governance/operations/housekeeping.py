"""What nobody asks for but somebody has to do: forgetting request ids and ended jobs that are old
enough.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final, Protocol

import structlog

from reverie_server.clock import Clock
from reverie_server.errors import ReverieError
from reverie_server.storage import idempotency
from reverie_server.storage.database import Database

log = structlog.get_logger(__name__)

INTERVAL_SECONDS: Final = 300.0


class EndedJobs(Protocol):
    """Implemented by ``jobs``."""

    async def sweep(self) -> int:
        """Deletes all jobs that ended long enough ago; gives their number."""


class Housekeeping:
    def __init__(self, database: Database, clock: Clock, jobs: EndedJobs) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs

    async def run_forever(self) -> None:
        """Works until it is cancelled."""
        while True:
            try:
                await self.sweep()
            except ReverieError as error:
                log.warning("housekeeping waits", reason=error.reason)
            except Exception:  # a defect must not end housekeeping for good; it may pass
                log.exception("housekeeping waits")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def sweep(self) -> int:
        """Forgets all request ids and ended jobs that are old enough, a bounded number at a time;
        gives their number.
        """
        total = await self._jobs.sweep()
        while True:
            swept = await self._database.transaction(
                partial(idempotency.sweep, now=self._clock.now())
            )
            total += swept
            if swept < idempotency.SWEEP_LIMIT:
                return total
