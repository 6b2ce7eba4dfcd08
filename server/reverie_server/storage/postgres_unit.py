"""A unit of work on PostgreSQL through all its attempts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

from reverie_server.storage.postgres_errors import AGAIN, Trouble
from reverie_server.storage.postgres_pool import Pool
from reverie_server.storage.postgres_transaction import PostgresTransaction
from reverie_server.storage.postgres_turns import Owner, Turns
from reverie_server.storage.postgres_walk import walk

T = TypeVar("T")

ATTEMPTS: Final = {Trouble.CONFLICT: 12, Trouble.DUPLICATE: 2, Trouble.AWAY: 4}
"""How often a unit is tried at most, by what came between."""
PAUSE_SECONDS: Final = {Trouble.CONFLICT: 0.002, Trouble.DUPLICATE: 0.0, Trouble.AWAY: 0.05}
"""Before the second attempt; it doubles with each further one, and half of it is chance."""
LONGEST_PAUSE_SECONDS: Final = 0.25


class Unit(Generic[T]):
    """``run`` it once."""

    def __init__(
        self,
        pool: Pool,
        turns: Turns,
        mode: str,
        work: Callable[[Any], Awaitable[T]],
        *,
        rehearsal: bool = False,
    ) -> None:
        """
        Args:
            rehearsal: what it does is undone.
        """
        self._pool = pool
        self._turns = turns
        self._mode = mode
        self._work = work
        self._rehearsal = rehearsal
        self._attempts: Counter[Trouble] = Counter()
        self._owner: Owner | None = None
        self._current: PostgresTransaction | None = None
        self.changed = False
        """Something was committed."""

    def leave(self, task: asyncio.Task[T]) -> None:
        """The caller has left: a unit that has done nothing yet does nothing any more.

        Args:
            task: what ``run`` runs in.
        """
        if self._attempts:
            return
        if self._current is None or not self._current.begun:
            task.cancel()
        else:
            self._current.unwanted = True

    async def run(self) -> T:
        """
        Raises:
            Exception: whatever the unit raised, or the database in its last attempt.
        """
        while True:
            tx = self._current = PostgresTransaction(self._pool, self._turns, self._mode)
            ended = False
            try:
                if self._owner is not None:
                    await tx.take_turn(*self._owner)
                result = await walk(self._work, tx)
                if tx.failure is not None:
                    raise tx.failure  # the unit tried to hide it
                if self._rehearsal:
                    await tx.abandon()
                    return result
                ended = True
                await tx.commit()
            except BaseException:
                await tx.abandon()
                if not self._goes_on(tx, ended=ended):
                    raise
                self._owner = tx.owner
            else:
                self.changed = tx.changed
                return result
            await asyncio.sleep(self._pause(tx.trouble))

    def _goes_on(self, tx: PostgresTransaction, *, ended: bool) -> bool:
        """Whether a failed attempt is followed by another.

        Args:
            ended: it failed while it was being committed.
        """
        if tx.failure is None or tx.trouble not in AGAIN:
            return False
        if isinstance(tx.failure, asyncio.CancelledError):
            return False
        if ended and tx.trouble is Trouble.AWAY and not tx.recorded:
            return False  # it may be there, and nobody would notice the second one
        self._attempts[tx.trouble] += 1
        return self._attempts[tx.trouble] < ATTEMPTS[tx.trouble]

    def _pause(self, trouble: Trouble) -> float:
        longest: float = PAUSE_SECONDS[trouble] * 2 ** (self._attempts[trouble] - 1)
        return min(longest, LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1.0)
