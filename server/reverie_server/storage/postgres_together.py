"""Group commit on PostgreSQL: units of different owners in one transaction.

Units that have said that they touch one owner's rows only wait for their owner's turn, and then for
each other: while a group is on its way, those that come gather, and all of them are the next one.
Only if it takes long, as one of it waits for another server, does the next one not wait for it.
If anything goes wrong in a group, it is undone as a whole, and each of its units runs again, in a
transaction of its own, so that only the one at fault fails. For a while after that all units run
alone: callers who keep failing must not make others run twice.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import structlog

from reverie_server.errors import ResourceExhausted
from reverie_server.storage import postgres_lockstep
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres_errors import RETRY_SECONDS, Trouble, domain_error, trouble_of
from reverie_server.storage.postgres_lockstep import Step
from reverie_server.storage.postgres_pool import Pool, is_open
from reverie_server.storage.postgres_turns import Owner, Turns
from reverie_server.storage.postgres_unit import Unit

if TYPE_CHECKING:
    from reverie_server.storage.postgres_pool import Connection

T = TypeVar("T")
log = structlog.get_logger(__name__)

MAX_UNITS: Final = 64
"""Units in one transaction."""
LATE_SECONDS: Final = 0.1
"""So long the next group waits for the one before it: one large one takes less than two small ones,
which would run at the same time."""
MOST_GROUPS: Final = 4
"""At once, with those that are late: calls of other kinds need connections, too."""
CAREFUL_SECONDS: Final = 1.0
"""So long after a group was undone no other one begins."""
_CERTAIN: Final = frozenset({Trouble.OURS, Trouble.CONFLICT, Trouble.DUPLICATE})
"""Troubles with a commit after which it is certain that nothing was committed."""
_NO_ROOM: Final = frozenset({Trouble.OVERLOADED, Trouble.FULL})


class _Undone(Exception):
    """The group was, and this unit may run again."""


@dataclass(slots=True, eq=False)
class _Member:
    owner: Owner
    mode: str
    step: Step
    ended: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    begun: bool = False
    """Its group has a connection, and so it may have had an effect."""


class Together:
    """The groups of one database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._ready: list[_Member] = []
        self._running: set[asyncio.Task[None]] = set()
        self._punctual: asyncio.Task[None] | None = None
        """The group that the next one waits for."""
        self._careful_until: dict[str, float] = {}
        """By how transactions begin, and so by workspace."""

    def welcomes(self, mode: str) -> bool:
        """Whether units whose transactions begin so may join."""
        if mode not in self._careful_until:
            return True
        if time.monotonic() < self._careful_until[mode]:
            return False
        del self._careful_until[mode]
        return True

    async def join(self, member: _Member) -> None:
        """Returns when the unit, whose turn it is, is committed.

        Raises:
            _Undone: it is not.
            Exception: it is not, or nobody knows, and it must not run again.
        """
        self._ready.append(member)
        self._begin()
        await member.ended

    def _begin(self) -> None:
        while self._ready and self._punctual is None and len(self._running) < MOST_GROUPS:
            mode = self._ready[0].mode
            group = [each for each in self._ready if each.mode == mode][:MAX_UNITS]
            taken = set(map(id, group))
            self._ready = [each for each in self._ready if id(each) not in taken]
            # In one order, here and in other servers: so they do not lock each other out.
            members = sorted(
                (each for each in group if not each.ended.done()), key=lambda each: each.owner
            )
            if members:
                loop = asyncio.get_running_loop()
                task = self._punctual = loop.create_task(self._run(members))
                self._running.add(task)
                late = loop.call_later(LATE_SECONDS, self._next_after, task)
                task.add_done_callback(partial(self._over, late))

    def _over(self, late: asyncio.TimerHandle, task: asyncio.Task[None]) -> None:
        late.cancel()
        self._running.discard(task)
        self._next_after(task)

    def _next_after(self, task: asyncio.Task[None]) -> None:
        if self._punctual is task:
            self._punctual = None
        self._begin()

    async def _run(self, members: list[_Member]) -> None:
        connection: Connection | None = None
        ending = False
        try:
            connection = await self._pool.acquire()
            # Who left while there was no connection has done nothing, and does nothing any more.
            members = [each for each in members if not each.ended.done()]
            if not members:
                return
            for each in members:
                each.begun = True
            await self._pool.begin(connection, members[0].mode)
            await postgres_lockstep.run(connection, [each.step for each in members])
            ending = True
            await connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - it is handed to those who wait
            lost = connection is None or not is_open(connection)
            trouble = trouble_of(error, connection_lost=lost)
            await self._undo(connection, trouble)
            self._fail(members, error, trouble, ending=ending)
        else:
            for each in members:
                if not each.ended.done():
                    each.ended.set_result(None)
        finally:
            if connection is not None:
                await self._pool.release(connection)

    async def _undo(self, connection: Connection | None, trouble: Trouble) -> None:
        if connection is None or not is_open(connection):
            return
        if trouble not in _CERTAIN:
            # Closing it politely could take for ever, and the server may still be at work.
            connection.terminate()
        elif connection.is_in_transaction():
            try:
                await connection.execute("ROLLBACK")
            except BaseException:  # noqa: BLE001 - the server undoes what loses its connection
                connection.terminate()

    def _fail(
        self, members: list[_Member], error: BaseException, trouble: Trouble, *, ending: bool
    ) -> None:
        log.info("a group of units is run again", units=len(members), trouble=trouble.value)
        self._careful_until[members[0].mode] = time.monotonic() + CAREFUL_SECONDS
        for each in members:
            each.step.drop()
            if each.ended.done():
                continue
            nobody_knows = ending and trouble not in _CERTAIN and not each.step.tx.recorded
            no_room = trouble in _NO_ROOM or isinstance(error, ResourceExhausted)
            if nobody_knows or no_room:
                each.ended.set_exception(domain_error(error, trouble))
            else:
                each.ended.set_exception(_Undone())


class SharedUnit(Generic[T]):
    """A unit that may share a transaction. ``run`` it once."""

    def __init__(
        self,
        together: Together,
        pool: Pool,
        turns: Turns,
        mode: str,
        work: Callable[[Transaction], Awaitable[T]],
        owner: Owner,
    ) -> None:
        """
        Args:
            owner: whose rows it reads and changes, and nobody else's.
        """
        self._together = together
        self._acquire_seconds = pool.options.acquire_seconds
        self._turns = turns
        self._mode = mode
        self._work = work
        self._owner = owner
        self._alone: Unit[T] = Unit(pool, turns, mode, work)
        self._is_alone = False
        self._member: _Member | None = None
        self._shared_changed = False

    @property
    def changed(self) -> bool:
        """Something was committed."""
        return self._shared_changed or self._alone.changed

    def leave(self, task: asyncio.Task[T]) -> None:
        """See ``Unit.leave``."""
        if self._is_alone:
            self._alone.leave(task)
        elif self._member is None or not self._member.begun:
            task.cancel()

    async def run(self) -> T:
        """See ``Unit.run``."""
        if self._together.welcomes(self._mode):
            try:
                return await self._run_together()
            except _Undone:
                pass
        self._is_alone = True
        return await self._alone.run()

    async def _run_together(self) -> T:
        try:
            async with asyncio.timeout(self._acquire_seconds):
                await self._turns.take(self._owner)
        except TimeoutError as error:
            raise ResourceExhausted(
                "too many requests change the same memory", retry_after_seconds=RETRY_SECONDS
            ) from error
        step = Step(self._work, contextvars.copy_context())
        self._member = _Member(self._owner, self._mode, step)
        try:
            await self._together.join(self._member)
        finally:
            self._turns.give(self._owner)
        self._shared_changed = step.tx.changed
        result: Any = step.result
        return result  # type: ignore[no-any-return]
