"""Chores: what has to be done again and again, by one of the servers on a database each time.

A chore is a lease that pauses: who takes it does the chore, renews it meanwhile, and gives it up
for as long as the chore's period. When a server dies at it, the lease runs out, and another one
begins again. So a chore must be one that can be broken off and done again, as all sweeps are.

Nothing is written where nothing is to be done: a chore may say so before its turn is taken, and a
server that has its database for itself takes no turns.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from reverie_server.errors import ReverieError
from reverie_server.storage import leases
from reverie_server.storage.database import Database

log = structlog.get_logger(__name__)

LONGEST_POLL_SECONDS: Final = 5.0
RENEWALS_IN_A_LEASE: Final = 3
PREFIX: Final = "chore/"


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done once in every period."""

    period_seconds: float
    """Between the end of one time and the start of the next."""
    work: Callable[[], Awaitable[object]]
    is_called_for: Callable[[], Awaitable[bool]] | None = None
    """Whether there is anything to do, and this server is one that can: asked once in a period,
    before it takes the turn, which is another one's otherwise. None: always. Writes nothing."""


class Schedule:
    """Does the chores whose turn it is, each beside the others."""

    def __init__(
        self,
        db: Database,
        holder: str,
        chores: Mapping[str, Chore],
        *,
        lease_seconds: float,
        alone: bool = False,
    ) -> None:
        """
        Args:
            holder: names this server; no other one has the name.
            chores: by name.
            lease_seconds: after so long without a sign of it a server counts as dead.
            alone: no other server does chores on this database.
        """
        self._db = db
        self._holder = holder
        self._chores = dict(chores)
        self._lease_seconds = lease_seconds
        self._alone = alone
        self._not_before: dict[str, float] = {}
        """By chore: when this server looks at it again, by the loop's clock."""

    async def run(self) -> None:
        """Works until it is cancelled. Never raises anything else."""
        async with asyncio.TaskGroup() as tasks:
            for name, chore in self._chores.items():
                tasks.create_task(self._keep_doing(name, chore), name=f"chore {name}")

    async def _keep_doing(self, name: str, chore: Chore) -> None:
        while True:
            try:
                await self.do_if_due(name)
            except ReverieError as error:
                log.warning("a chore waits", chore=name, reason=error.reason)
            except Exception:  # a defect must not end the chore for good; it may pass
                log.exception("a chore waits", chore=name)
            await asyncio.sleep(min(chore.period_seconds, LONGEST_POLL_SECONDS))

    async def do_if_due(self, name: str) -> bool:
        """Does a chore if it is due and nobody is at it; whether it did.

        Raises:
            Exception: whatever the chore raised, or the database. It is due again after its period.
        """
        lease, chore = f"{PREFIX}{name}", self._chores[name]
        if asyncio.get_running_loop().time() < self._not_before.get(name, 0.0):
            return False
        if not self._alone and await self._db.read(
            lambda snapshot: leases.is_taken(snapshot, lease), brief=True
        ):
            return False
        if chore.is_called_for is not None and not await chore.is_called_for():
            self._rest(name)
            return False
        return await self._do_alone(name) if self._alone else await self._take_turn(name)

    async def _do_alone(self, name: str) -> bool:
        try:
            await self._chores[name].work()
        except Exception:
            self._rest(name)
            raise
        self._rest(name)
        return True

    def _rest(self, name: str) -> None:
        now = asyncio.get_running_loop().time()
        self._not_before[name] = now + self._chores[name].period_seconds

    async def _take_turn(self, name: str) -> bool:
        """Does it unless another server is quicker."""
        lease, chore = f"{PREFIX}{name}", self._chores[name]
        take = partial(leases.take, name=lease, holder=self._holder, seconds=self._lease_seconds)
        if await self._db.transaction(take) is None:
            return False
        done = asyncio.Event()
        renewal = asyncio.create_task(self._renew_until(done, lease), name=f"lease of {name}")
        pause = 0.0
        try:
            await chore.work()
            pause = chore.period_seconds
        except Exception:
            pause = chore.period_seconds
            raise
        finally:
            # Not cancelled: a renewal that has begun would commit behind the giving up.
            done.set()
            await renewal
            # Best effort: it runs out by itself.
            with contextlib.suppress(ReverieError):
                await asyncio.shield(
                    self._db.transaction(
                        lambda tx: leases.give_up(tx, lease, self._holder, pause_seconds=pause)
                    )
                )
        return True

    async def _renew_until(self, done: asyncio.Event, lease: str) -> None:
        while not done.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._lease_seconds / RENEWALS_IN_A_LEASE):
                    await done.wait()
                    return
            try:
                await self._db.transaction(
                    lambda tx: leases.take(tx, lease, self._holder, self._lease_seconds)
                )
            except Exception as error:  # noqa: BLE001 - the next may succeed; else it runs out
                log.warning("a lease was not renewed", lease=lease, error=type(error).__name__)
