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

    def __init__(self, spool: Spool, fingerprint: str) -> None:
        self.spool = spool
        self.fingerprint = fingerprint
        self.arriving = Arriving(spool)
        self.turn = asyncio.Lock()
        """One of the streams at a time."""
        self.imported: Imported | None = None
        """Once it is stored."""
        self.streams = 0
        self.left_at = 0.0


class Arrivals:
    """Files by the request that they belong to."""

    def __init__(self, folder: Path | None) -> None:
        """
        Args:
            folder: where the files are; None: where the system has such.
        """
        self._folder = folder
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
                with Spool(self._folder) as spool:
                    yield Arrival(spool, "")
            finally:
                self._alone -= 1
            return
        key = (request.workspace_id, request.caller, request.request_id)
        arrival = self._known.get(key)
        if arrival is None:
            self._make_room()
            arrival = self._known[key] = Arrival(Spool(self._folder), request.fingerprint)
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
        """Drops what was left too long ago, and if need be what was left first."""
        now = time.monotonic()
        left = sorted(
            ((each.left_at, key) for key, each in self._known.items() if not each.streams),
        )
        for at, key in left:
            if now - at > KEPT_SECONDS or len(self._known) + self._alone >= AT_ONCE:
                self._drop(key, self._known[key])
        if len(self._known) + self._alone >= AT_ONCE:
            raise ResourceExhausted(
                "too many imports are under way", retry_after_seconds=RETRY_SECONDS
            )
