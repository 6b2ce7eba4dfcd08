"""What nobody asks for but somebody has to do: forgetting request ids that are old enough."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

import structlog

from reverie_server.clock import Clock
from reverie_server.errors import ReverieError
from reverie_server.storage import idempotency
from reverie_server.storage.database import Database

log = structlog.get_logger(__name__)

INTERVAL_SECONDS: Final = 300.0


class Housekeeping:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

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
        """Forgets all request ids that are old enough, a bounded number at a time; gives their
        number.
        """
        total = 0
        while True:
            swept = await self._database.transaction(
                partial(idempotency.sweep, now=self._clock.now())
            )
            total += swept
            if swept < idempotency.SWEEP_LIMIT:
                return total
