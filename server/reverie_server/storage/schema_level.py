"""Which schema the database has now, for what needs a newer one than the oldest that is served on.

While a fleet is upgraded the schema may be older than the server: between ``schema.OLDEST_LEVEL``
and ``schema.SERVER_LEVEL``. The server serves then, and what needs a table or a column that is not
there yet asks here and stays off until it is. Levels only rise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from reverie_server.errors import ReverieError, Unavailable
from reverie_server.storage.schema import SERVER_LEVEL

LOOK_SECONDS: Final = 1.0
"""Between two looks at a schema that is older than the server."""
RETRY_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class SchemaLevel:
    """Belongs to one event loop."""

    def __init__(self, level: int = SERVER_LEVEL) -> None:
        self._level = level
        self._risen = asyncio.Event()

    @property
    def now(self) -> int:
        """The level that was last seen."""
        return self._level

    def has(self, level: int) -> bool:
        """Whether what the migration of that level brought is there."""
        return self._level >= level

    def demand(self, level: int) -> None:
        """For a call that cannot be answered without.

        Raises:
            Unavailable: the schema is older. The call may be sent again: the upgrade is under way.
        """
        if not self.has(level):
            raise Unavailable(
                f"this needs schema {level}, and the database has {self._level} until"
                " `reverie migrate` has run",
                retry_after_seconds=RETRY_SECONDS,
            )

    async def reached(self, level: int) -> None:
        """Returns when ``has`` is true: for background work that needs it."""
        while not self.has(level):
            await self._risen.wait()

    def rise(self, level: int) -> None:
        """The database was seen with this level."""
        if level > self._level:
            self._level = level
            risen, self._risen = self._risen, asyncio.Event()
            risen.set()

    async def follow(
        self, read: Callable[[], Awaitable[int]], *, seconds: float = LOOK_SECONDS
    ) -> None:
        """Looks again and again until the schema is the one that this server was made for."""
        while not self.has(SERVER_LEVEL):
            await asyncio.sleep(seconds)
            try:
                level = await read()
            except ReverieError as error:
                log.debug("the schema cannot be read now", reason=error.reason)
                continue
            if level > self._level:
                log.info("the schema was migrated", level=level, needed=SERVER_LEVEL)
                self.rise(level)
