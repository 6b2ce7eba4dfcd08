"""Imports that are under way: what has come of a file outlives the stream that brought it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from reverie_server.errors import (
    FailedPrecondition,
    InvalidArgument,
    ResourceExhausted,
    Unavailable,
)
from reverie_server.governance.portability.arriving import Arriving
from reverie_server.governance.portability.budget import Budget, used_up
from reverie_server.governance.portability.importing import Imported
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage.idempotency import Request

AT_ONCE: Final = 16
KEPT_SECONDS: Final = 600.0
"""How long a file that broke off is kept."""
RETRY_SECONDS: Final = 1.0


class Arrival:
    """One file, whatever streams bring it."""

    def __init__(
        self, spool: Spool, largest_bytes: int, key: Hashable, fingerprint: str | None
    ) -> None:
        """
        Args:
            fingerprint: of the request that it belongs to; None: it ends with its stream.
        """
        self.spool = spool
        self.key = key
        self.fingerprint = fingerprint
        self.arriving = Arriving(spool, largest_bytes)
        self.turn = asyncio.Lock()
        """One of the streams at a time."""
        self.storing: asyncio.Task[Imported] | None = None
        """None also once it has failed: then it may be tried again."""
        self.holders = 0
        """Streams, and what stores it."""
        self.left_at = 0.0
        self.is_gone = False

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has come of it yet."""
        return self.arriving.size == 0

    @property
    def is_over(self) -> bool:
        """Whether nobody needs it once its streams have ended."""
        return self.fingerprint is None or (self.storing is not None and self.storing.done())

    def require_kept(self) -> None:
        """
        Raises:
            Unavailable: another stream brought what nothing can come of.
        """
        if self.is_gone:
            raise Unavailable(
                "what had come of this import was no good: begin anew",
                retry_after_seconds=RETRY_SECONDS,
            )


class Arrivals:
    """Files by the request that they belong to."""

    def __init__(self, folder: Path | None, budget: Budget, largest_bytes: int) -> None:
        """
        Args:
            folder: where the files are; None: where the system has such.
            budget: of what they take there, and exports.
            largest_bytes: of one file.
        """
        self._folder = folder
        self._budget = budget
        self.largest_bytes = min(largest_bytes, budget.most)
        self._known: dict[Hashable, Arrival] = {}

    @contextmanager
    def open(self, request: Request | None) -> Iterator[Arrival]:
        """The file of a request; one that has none ends with its stream.

        Raises:
            FailedPrecondition: the request id is that of another import (REQUEST_ID_REUSED).
            ResourceExhausted: too many are under way.
        """
        key: Hashable = object()
        if request is not None:
            key = (request.workspace_id, request.caller, request.request_id)
        fingerprint = None if request is None else request.fingerprint
        arrival = self._known.get(key)
        if arrival is None:
            self._make_room()
            spool = Spool(self._folder, self._budget)
            arrival = self._known[key] = Arrival(spool, self.largest_bytes, key, fingerprint)
        elif arrival.fingerprint != fingerprint:
            raise FailedPrecondition(
                "this request_id was used with another request", reason="REQUEST_ID_REUSED"
            )
        arrival.holders += 1
        try:
            yield arrival
        finally:
            self._leave(arrival)

    async def stored(
        self, arrival: Arrival, store: Callable[[], Coroutine[Any, Any, Imported]]
    ) -> Imported:
        """Stores a complete file; whoever asks for the same meanwhile gets the same answer. It goes
        on when they all have left: what reads the file is not stopped by that.

        Raises:
            Unavailable: see ``Arrival.require_kept``.
        """
        async with arrival.turn:
            arrival.require_kept()
            if arrival.storing is None:
                arrival.storing = asyncio.create_task(store(), name="import")
                arrival.holders += 1
                arrival.storing.add_done_callback(partial(self._end_storing, arrival))
            storing = arrival.storing
        return await asyncio.shield(storing)

    def make_room_for(self, size: int) -> None:
        """Drops what was left, first what was left first, until so many bytes can be kept.

        Raises:
            ResourceExhausted: it is not enough.
        """
        for arrival in self._left():
            if size <= self._budget.left:
                return
            self.drop(arrival)
        if size > self._budget.left:
            raise used_up(self._budget.most)

    def give_way(self) -> bool:
        """Drops of what was left the half that was left first; False: there is none."""
        left = self._left()
        for arrival in left[: (len(left) + 1) // 2]:
            self.drop(arrival)
        return bool(left)

    def drop(self, arrival: Arrival) -> None:
        """Forgets a file that nothing can come of, or that nobody needs any more."""
        if not arrival.is_gone:
            arrival.is_gone = True
            del self._known[arrival.key]
            with ExitStack() as stack:
                stack.push(arrival.spool)

    def _end_storing(self, arrival: Arrival, storing: asyncio.Task[Imported]) -> None:
        failure = None if storing.cancelled() else storing.exception()
        if isinstance(failure, InvalidArgument):
            self.drop(arrival)
        if storing.cancelled() or failure is not None:
            arrival.storing = None
        self._leave(arrival)

    def _leave(self, arrival: Arrival) -> None:
        arrival.holders -= 1
        arrival.left_at = time.monotonic()
        if arrival.is_over and not arrival.holders:
            self.drop(arrival)
        else:
            asyncio.get_running_loop().call_later(KEPT_SECONDS, self._drop_old)

    def _make_room(self) -> None:
        """Drops, if need be, what was left first."""
        for arrival in self._left():
            if len(self._known) >= AT_ONCE:
                self.drop(arrival)
        if len(self._known) >= AT_ONCE:
            raise ResourceExhausted(
                "too many imports are under way", retry_after_seconds=RETRY_SECONDS
            )

    def _drop_old(self) -> None:
        """Drops what was left too long ago."""
        now = time.monotonic()
        for arrival in self._left():
            if now - arrival.left_at >= KEPT_SECONDS:
                self.drop(arrival)

    def _left(self) -> list[Arrival]:
        """Which nobody holds; first what was left first."""
        left = [each for each in self._known.values() if not each.holders]
        return sorted(left, key=lambda each: each.left_at)
