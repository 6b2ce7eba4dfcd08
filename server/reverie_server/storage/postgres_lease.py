"""Which server with an index of its own serves a PostgreSQL database.

Its vector index is a folder beside it, and the outbox notes what that one index has. So one such
server at a time may serve a database: it holds a lease and renews it. A server that comes back to
its own folder takes its lease up again at once; another one waits until the lease has run out.
Servers that share an index hold it together, see ``postgres_fleet.py``.
"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Final

import structlog

from reverie_server.errors import ReverieError
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.standing import Standing
from reverie_server.storage.statements import parse

LEASE_SECONDS: Final = 15.0
RENEWAL_SECONDS: Final = 5.0
SERVER_FILE: Final = "server_id"
"""In the data folder: which server it belongs to."""

# The time is the database's own: servers' clocks differ.
_STATEMENTS: Final = parse(
    """
    -- name: take
    INSERT INTO deployment (name, value)
    VALUES ('server', convert_to(json_build_object(
        'holder', CAST($1 AS TEXT),
        'until', extract(epoch FROM clock_timestamp()) + CAST($2 AS DOUBLE PRECISION)
    )::text, 'UTF8'))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    WHERE convert_from(deployment.value, 'UTF8')::json ->> 'holder' = $1
        OR CAST(convert_from(deployment.value, 'UTF8')::json ->> 'until' AS DOUBLE PRECISION)
            < extract(epoch FROM clock_timestamp());

    -- name: give_up
    DELETE FROM deployment
    WHERE name = 'server' AND convert_from(value, 'UTF8')::json ->> 'holder' = $1;
    """,
    source="postgres_lease.py",
)
TAKE: Final = _STATEMENTS["take"]
"""Takes or renews the lease. $1: the holder; $2: for how many seconds."""
_GIVE_UP: Final = _STATEMENTS["give_up"]

log = structlog.get_logger(__name__)


class ServedElsewhere(Exception):
    """Another server serves this database. One sentence for whoever started this one."""


class Lease:
    """Made by ``acquire``; ``release`` it at the end."""

    def __init__(self, database: PostgresDatabase, holder: str, seconds: float) -> None:
        self.standing = Standing.alone()
        """Lost as soon as another server has the lease."""
        self._database = database
        self._holder = holder
        self._seconds = seconds
        self._renewal: asyncio.Task[None] | None = None

    @classmethod
    async def acquire(
        cls,
        database: PostgresDatabase,
        folder: Path,
        *,
        seconds: float = LEASE_SECONDS,
        renewal_seconds: float = RENEWAL_SECONDS,
    ) -> Lease:
        """
        Args:
            folder: the server's data folder, which it has locked.

        Raises:
            ServedElsewhere: another server has the lease.
            Unavailable: the database cannot be reached.
        """
        lease = cls(database, await asyncio.to_thread(_server_id, folder), seconds)
        if not await lease._take():
            raise ServedElsewhere(
                "Another Reverie server serves this database, and several can only with a shared"
                f" index: stop that one, or wait {seconds:.0f} seconds if it has just died."
            )
        lease._renewal = asyncio.create_task(lease._renew_forever(renewal_seconds))
        return lease

    async def release(self) -> None:
        """Another server may take it at once. Idempotent."""
        renewal, self._renewal = self._renewal, None
        if renewal is None:
            return
        renewal.cancel()
        await asyncio.wait([renewal])
        try:
            await self._database.transaction(lambda tx: tx.execute(_GIVE_UP, self._holder))
        except ReverieError as error:
            log.warning("the lease runs out by itself", reason=error.reason)

    async def _renew_forever(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                kept = await self._take()
            except ReverieError as error:
                log.warning("the lease could not be renewed", reason=error.reason)
                continue
            except Exception:  # whatever it is, the lease must not run out for it
                log.exception("the lease could not be renewed")
                continue
            if not kept:
                log.error("another server has taken the database over: this one is of no use now")
                self._database.refuse()
                self.standing.lose()
                return

    async def _take(self) -> bool:
        async def take(tx: Transaction) -> int:
            return await tx.execute(TAKE, self._holder, self._seconds)

        return await self._database.transaction(take) == 1


def _server_id(folder: Path) -> str:
    """Made at the first start."""
    file = folder / SERVER_FILE
    if not file.exists():
        file.write_text(str(uuid.uuid4()), encoding="ascii")
    return file.read_text(encoding="ascii")
