"""Work that waits for a database thread, and how its outcome comes back to the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from reverie_server.storage.sqlite_connection import SqliteTransaction, drive

Work = Callable[[SqliteTransaction], Awaitable[Any]]


@dataclass(slots=True, eq=False)
class Call:
    """A unit of work, who waits for it, and its outcome once it has run."""

    work: Work
    context: Context
    """The caller's: logging inside the unit says on whose behalf."""
    future: asyncio.Future[Any]
    bare: bool = False
    """Without a transaction around it: a single read, or maintenance."""
    rehearsal: bool = False
    """What it does is undone."""
    result: Any = None
    error: BaseException | None = None

    def run(self, tx: SqliteTransaction) -> None:
        """Runs the unit and keeps its outcome; never raises."""
        try:
            self.result = self.context.run(drive, self.work, tx)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, not the thread's
            self.error = error

    def forget_outcome(self) -> None:
        """Before it runs again: what it did was undone."""
        self.result = self.error = None

    def settle(self) -> None:
        """Hands the outcome to the caller, if there still is one. On the event loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Outcomes:
    """Brings outcomes from the database threads to the event loop, many in one wake-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ready: deque[tuple[Sequence[Call], bool]] = deque()
        """Groups, and whether one changed anything."""
        self._wake_is_due = False
        self._on_commit: list[Callable[[], None]] = []

    def on_commit(self, callback: Callable[[], None]) -> None:
        """See ``Database.on_commit``."""
        self._on_commit.append(callback)

    def deliver(self, calls: Iterable[Call], *, committed: bool = False) -> None:
        """On any thread. ``committed``: there are changes to tell ``on_commit`` of."""
        # In one piece, so that no call of a group is ever taken without the word of its commit.
        self._ready.append((tuple(calls), committed))
        # The loop clears the flag before it takes what is ready, so nothing stays behind; two
        # threads that both see it clear only wake it twice.
        if self._wake_is_due:
            return
        self._wake_is_due = True
        try:
            self._loop.call_soon_threadsafe(self._settle)
        except RuntimeError:  # the loop is closed: nobody waits for these any more
            self._ready.clear()

    def _settle(self) -> None:
        self._wake_is_due = False
        groups = [self._ready.popleft() for _ in range(len(self._ready))]
        if any(committed for _, committed in groups):
            # First: a caller may rely on what the callbacks did.
            for callback in self._on_commit:
                callback()
        for calls, _ in groups:
            for call in calls:
                call.settle()
