"""Hints between servers on one PostgreSQL: somebody has committed something.

By LISTEN and NOTIFY, over a connection of their own. A hint may be lost, when that connection is,
or come for nothing; whoever waits for one looks again after a while all the same. NOTIFY does not
stand in the transactions that it tells of: those would then wait for each other at their commits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import asyncpg
import structlog

from reverie_server.errors import ReverieError
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_pool import connect

CHANNEL: Final = "reverie_wake"
PAUSE_SECONDS: Final = 0.1
"""Between two hints, however many commits there are."""
HEARTBEAT_SECONDS: Final = 10.0
"""After so long without a hint to send, whether the connection still answers."""
ANSWER_SECONDS: Final = 5.0
RECONNECT_SECONDS: Final = 1.0
LONGEST_RECONNECT_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


class Wakes:
    """``run`` it for as long as the server serves."""

    def __init__(self, options: PostgresOptions) -> None:
        self._options = options
        self._listeners: list[Callable[[], None]] = []
        self._to_tell = asyncio.Event()
        self.connected = asyncio.Event()
        """Set while hints come."""

    def on_wake(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` when another server has committed something, and when a hint may have
        been missed. It must not block or raise."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Something was committed here: the others shall hear of it soon."""
        self._to_tell.set()

    async def run(self) -> None:
        """Works until it is cancelled. Never raises anything else."""
        pause = RECONNECT_SECONDS
        while True:
            try:
                await self._listen()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ReverieError) as error:
                log.info("no hints from other servers", error=type(error).__name__)
                pause = min(2 * pause, LONGEST_RECONNECT_SECONDS)
            except Exception:  # a defect must not end the hints for good; it may pass
                log.exception("no hints from other servers")
                pause = LONGEST_RECONNECT_SECONDS
            else:
                pause = RECONNECT_SECONDS
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Returns when a connection that has worked is lost."""
        connection = await connect(self._options)
        lost = asyncio.Event()
        try:
            own_id = connection.get_server_pid()

            def heard(_: Any, sender: int, _channel: str, _payload: object) -> None:
                if sender != own_id:
                    self._wake()

            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, heard)
            self.connected.set()
            self._wake()
            with contextlib.suppress(TimeoutError, asyncpg.PostgresError, OSError):
                while not lost.is_set():
                    await self._send(connection, lost)
        finally:
            self.connected.clear()
            # Politely it could take for ever.
            connection.terminate()

    async def _send(self, connection: asyncpg.Connection[Any], lost: asyncio.Event) -> None:
        """
        Raises:
            TimeoutError, PostgresError, OSError: the connection is of no use any more.
        """
        waits = [asyncio.ensure_future(each.wait()) for each in (self._to_tell, lost)]
        try:
            await asyncio.wait(
                waits, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
        if lost.is_set():
            return
        query = f"NOTIFY {CHANNEL}" if self._to_tell.is_set() else "SELECT 1"
        self._to_tell.clear()
        await connection.execute(query, timeout=ANSWER_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)

    def _wake(self) -> None:
        for listener in self._listeners:
            listener()
