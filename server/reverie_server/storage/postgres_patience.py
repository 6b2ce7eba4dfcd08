"""How long a silent PostgreSQL is waited for, where no limit on a statement says so."""

from __future__ import annotations

import asyncio
from typing import Self

import asyncpg


class Patience:
    """With a connection that nothing else watches over: gives it up, without a word to the server,
    which may be frozen, when nothing has been heard of it for too long. Whoever waits for it then
    hears that it is lost."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()

    def wait(self) -> None:
        """Begins anew: something has been heard, or is asked."""
        self.rest()
        self._end = self._loop.call_later(self._seconds, self._connection.terminate)

    def rest(self) -> None:
        """Nothing is expected of the server for now."""
        if self._end is not None:
            self._end.cancel()
            self._end = None
