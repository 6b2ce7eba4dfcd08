"""What nobody asks for but somebody has to do: forgetting request ids and ended jobs that are old
enough.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Protocol

from reverie_server.clock import Clock
from reverie_server.index.partitions import SERVERS
from reverie_server.storage import idempotency, leases
from reverie_server.storage.database import Database

INTERVAL_SECONDS: Final = 300.0
"""Between two sweeps."""


DEAD_SECONDS: Final = 24 * 3600.0
"""After which a server's sign of life is forgotten."""


class EndedJobs(Protocol):
    """Implemented by ``jobs``."""

    async def sweep(self) -> int:
        """Deletes all jobs that ended long enough ago; gives their number."""


class Housekeeping:
    def __init__(self, database: Database, clock: Clock, jobs: EndedJobs) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs

    async def sweep(self) -> int:
        """Forgets all request ids and ended jobs that are old enough, a bounded number at a time;
        gives their number.
        """
        total = await self._jobs.sweep()
        await self._database.transaction(
            partial(leases.sweep, prefix=SERVERS, seconds=DEAD_SECONDS)
        )
        while True:
            swept = await self._database.transaction(
                partial(idempotency.sweep, now=self._clock.now())
            )
            total += swept
            if swept < idempotency.SWEEP_LIMIT:
                return total
