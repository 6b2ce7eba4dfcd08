"""Servers that share a PostgreSQL database and an index.

Servers with an index of their own have the database for themselves, by a lease
(``postgres_lease.py``). Servers with a shared index hold that same lease together, as one holder:
the fleet. So one with an index of its own does not start beside them. And while one of before, or
an older release's, still lives, they serve calls and leave all background work to it: it works off
an outbox that says what *its* index has. When it has gone, the fleet takes the lease, and knows
from that that neither the shared index nor anybody's own is complete any more.

Nobody gives the fleet's lease up: it runs out when the last server has gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Final, Protocol

import structlog

from reverie_server.errors import ReverieError
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.leases import LEASES_LEVEL
from reverie_server.storage.postgres_lease import LEASE_SECONDS, RENEWAL_SECONDS, TAKE
from reverie_server.storage.standing import Standing
from reverie_server.storage.statements import parse

FLEET: Final = "fleet"
"""The holder. A server of its own is named by a UUID."""

_HOLDER: Final = parse(
    """
    -- name: holder
    SELECT convert_from(value, 'UTF8')::json ->> 'holder' FROM deployment WHERE name = 'server';
    """,
    source="postgres_fleet.py",
)["holder"]

log = structlog.get_logger(__name__)


class ForgetIndexes(Protocol):
    """Notes, in a transaction, that indexes are not complete any more."""

    def __call__(self, tx: Transaction, *, taken_over: bool) -> Awaitable[None]:
        """
        Args:
            taken_over: the fleet works now, and others have before. Otherwise others work now.
        """


class Fleet:
    """This server as one of several. ``run`` it for as long as it serves."""

    def __init__(
        self,
        database: Database,
        forget_indexes: ForgetIndexes,
        *,
        seconds: float = LEASE_SECONDS,
        renewal_seconds: float = RENEWAL_SECONDS,
    ) -> None:
        self._database = database
        self._forget_indexes = forget_indexes
        self._seconds = seconds
        self._renewal_seconds = renewal_seconds
        self._valid_until = 0.0
        self.standing = Standing(shared=True, on_duty=False)
        """On duty while the fleet has the lease."""

    async def run(self) -> None:
        """Works until it is cancelled. Never raises anything else."""
        while True:
            await asyncio.sleep(self._renewal_seconds)
            await self.renew_or_stand_down()

    async def renew(self) -> None:
        """Takes or renews the lease, once.

        Raises:
            Unavailable: the database cannot be reached.
        """
        if not self._database.schema.has(LEASES_LEVEL):
            return  # until then the servers of before do the background work
        began = time.monotonic()
        has_it = await self._database.transaction(self._take)
        if has_it:
            self._valid_until = began + self._seconds
        if has_it == self.standing.on_duty:
            return
        self.standing.set(on_duty=has_it)
        if has_it:
            log.info("background work begins")
        else:
            log.warning("background work waits: a server with an index of its own is serving")

    async def renew_or_stand_down(self) -> None:
        """As ``renew``, but whatever goes wrong is logged, and ends the duty when the lease has run
        out by it."""
        try:
            await self.renew()
        except ReverieError as error:
            log.warning("the fleet's lease could not be renewed", reason=error.reason)
        except Exception:  # whatever it is, the next attempt may succeed
            log.exception("the fleet's lease could not be renewed")
        else:
            return
        if self.standing.on_duty and time.monotonic() > self._valid_until:
            log.warning("background work waits: the fleet's lease has run out")
            self.standing.set(on_duty=False)

    async def _take(self, tx: Transaction) -> bool:
        before = await tx.fetchval(_HOLDER)
        has_it = bool(await tx.execute(TAKE, FLEET, self._seconds))
        if not has_it or before != FLEET:
            await self._forget_indexes(tx, taken_over=has_it)
        return has_it
