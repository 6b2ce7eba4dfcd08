"""Imports that are under way: what has come of a file outlives the stream that brought it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from reverie_server.errors import FailedPrecondition, ResourceExhausted
from reverie_server.governance.portability.arriving import Arriving
from reverie_server.governance.portability.budget import Budget, used_up
from reverie_server.governance.portability.importing import Imported
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage.idempotency import Request

AT_ONCE: Final = 16
KEPT_SECONDS: Final = 600.0
"""How long a file that broke off is kept."""
RETRY_SECONDS: Final = 1.0

_Key = tuple[str, str, str]


class Arrival:
    """One file, whatever streams bring it."""

    def __init__(self, spool: Spool, fingerprint: str, largest_bytes: int) -> None:
        self.spool = spool
        self.fingerprint = fingerprint
        self.arriving = Arriving(spool, largest_bytes)
        self.turn = asyncio.Lock()
        """One of the streams at a time."""
        self.imported: Imported | None = None
        """Once it is stored."""
        self.streams = 0
        self.left_at = 0.0


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
        self._known: dict[_Key, Arrival] = {}
        self._alone = 0

    @contextmanager
    def open(self, request: Request | None) -> Iterator[Arrival]:
        """The file of a request; one that has none ends with its stream.

        Raises:
            FailedPrecondition: the request id is that of another import (REQUEST_ID_REUSED).
            ResourceExhausted: too many are under way.
        """
        if request is None:
            self._make_room()
            self._alone += 1
            try:
                with Spool(self._folder, self._budget) as spool:
                    yield Arrival(spool, "", self.largest_bytes)
            finally:
                self._alone -= 1
            return
        key = (request.workspace_id, request.caller, request.request_id)
        arrival = self._known.get(key)
        if arrival is None:
            self._make_room()
            spool = Spool(self._folder, self._budget)
            arrival = Arrival(spool, request.fingerprint, self.largest_bytes)
            self._known[key] = arrival
        elif arrival.fingerprint != request.fingerprint:
            raise FailedPrecondition(
                "this request_id was used with another request", reason="REQUEST_ID_REUSED"
            )
        arrival.streams += 1
        try:
            yield arrival
        finally:
            arrival.streams -= 1
            arrival.left_at = time.monotonic()
            if arrival.imported is not None and not arrival.streams:
                self._drop(key, arrival)
            else:
                asyncio.get_running_loop().call_later(KEPT_SECONDS, self._drop_old)

    def make_room_for(self, size: int) -> None:
        """Drops what was left, first what was left first, until so many bytes can be kept.

        Raises:
            ResourceExhausted: it is not enough.
        """
        for _, key in self._left():
            if size <= self._budget.left:
                return
            self._drop(key, self._known[key])
        if size > self._budget.left:
            raise used_up(self._budget.most)

    def drop(self, arrival: Arrival) -> None:
        """Forgets a file that nothing can come of."""
        for key, known in [*self._known.items()]:
            if known is arrival:
                self._drop(key, arrival)

    def _drop(self, key: _Key, arrival: Arrival) -> None:
        if self._known.get(key) is arrival:
            del self._known[key]
            with ExitStack() as stack:
                stack.push(arrival.spool)

    def _make_room(self) -> None:
        """Drops, if need be, what was left first."""
        for _, key in self._left():
            if len(self._known) + self._alone >= AT_ONCE:
                self._drop(key, self._known[key])
        if len(self._known) + self._alone >= AT_ONCE:
            raise ResourceExhausted(
                "too many imports are under way", retry_after_seconds=RETRY_SECONDS
            )

    def _drop_old(self) -> None:
        """Drops what was left too long ago."""
        now = time.monotonic()
        for at, key in self._left():
            if now - at >= KEPT_SECONDS:
                self._drop(key, self._known[key])

    def _left(self) -> list[tuple[float, _Key]]:
        """Whose streams have all ended, and when; first the first."""
        return sorted((each.left_at, key) for key, each in self._known.items() if not each.streams)
