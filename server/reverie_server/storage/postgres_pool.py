"""Connections to PostgreSQL: how they are opened, handed out and given back."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from reverie_server.errors import ResourceExhausted, Unavailable
from reverie_server.observability.meter import NO_METER, Meter
from reverie_server.storage.postgres_errors import RETRY_SECONDS, domain_error, trouble_of
from reverie_server.storage.postgres_options import PostgresOptions

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]

CACHED_STATEMENTS: Final = 1_024
"""Prepared statements kept by a connection: more than there are in all query files."""
IDLE_CONNECTION_SECONDS: Final = 300.0
"""After which a connection that nobody needs is closed."""
GRACE_SECONDS: Final = 1.0
"""What the client grants beyond the server's own limit before it gives a connection up."""
APPLICATION: Final = "reverie"


async def connect(options: PostgresOptions) -> asyncpg.Connection[asyncpg.Record]:
    """A connection of its own, beside the pool, without limits on its statements.

    Raises:
        Unavailable: the database cannot be reached.
    """
    try:
        return await asyncpg.connect(
            options.url,
            timeout=options.acquire_seconds,
            statement_cache_size=0,
            server_settings={} if options.pgbouncer else {"application_name": APPLICATION},
        )
    except Exception as error:
        raise _unreachable(error) from error


class PlanningConnection(asyncpg.Connection):
    """One whose plans follow the tables while these grow.

    PostgreSQL keeps the plan of a prepared statement until a table's statistics change, which on a
    new installation takes minutes. A plan made when all tables were empty may read by any index,
    and then reads the whole of a table that has rows by now. So plans are made anew after 1, 2, 4,
    8, ... units: seldom, but never for many times the rows that they were made for.
    """

    units = 0
    """That it has begun."""

    async def begin(self, mode: str) -> None:
        self.units += 1
        if self.units & (self.units - 1) == 0:
            # Not together with what follows: its isolation has to be chosen before all else.
            await self.execute("DISCARD PLANS")
        await self.execute(mode)


class Pool:
    """A bounded number of connections. Made by ``open``."""

    def __init__(
        self, options: PostgresOptions, pool: asyncpg.Pool[asyncpg.Record], meter: Meter
    ) -> None:
        self.options = options
        self._meter = meter
        self._pool = pool

    @classmethod
    async def open(cls, options: PostgresOptions, meter: Meter = NO_METER) -> Pool:
        """Connects to nothing yet: connections are opened when they are needed."""
        settings = (
            {}
            if options.pgbouncer
            else options.limits
            | {
                "application_name": APPLICATION,
                # Our statements are short: to compile them takes longer than to run them.
                "jit": "off",
            }
        )
        pool = await asyncpg.create_pool(
            options.url,
            # A pool with a floor opens connections behind our back while the server is away.
            min_size=0,
            max_size=options.pool_size,
            max_inactive_connection_lifetime=IDLE_CONNECTION_SECONDS,
            timeout=options.acquire_seconds,
            command_timeout=options.statement_seconds + GRACE_SECONDS,
            statement_cache_size=0 if options.pgbouncer else CACHED_STATEMENTS,
            max_cached_statement_lifetime=0,
            # Units end their transactions and keep nothing else on a connection.
            reset=_nothing_to_reset,
            connection_class=PlanningConnection,
            server_settings=settings,
        )
        return cls(options, pool, meter)

    async def acquire(self) -> Connection:
        """A connection outside a transaction.

        Raises:
            ResourceExhausted: all are in use, and none came back in time.
            Unavailable: the database cannot be reached.
        """
        asked = time.perf_counter()
        try:
            return await self._pool.acquire(timeout=self.options.acquire_seconds)
        except TimeoutError as error:
            if self._pool.get_size() >= self.options.pool_size:
                raise ResourceExhausted(
                    "all connections to the database are in use", retry_after_seconds=RETRY_SECONDS
                ) from error
            raise _unreachable(error) from error
        finally:
            self._meter.waited_for_connection(time.perf_counter() - asked)

    async def begin(self, connection: Any, mode: str) -> None:
        """Begins a unit's transaction. A pooler gets no prepared statements, so that there are no
        plans to keep.
        """
        if self.options.pgbouncer:
            await connection.execute(mode)
        else:
            await connection.begin(mode)

    def connections(self) -> dict[str, int]:
        """How many there are: ``in_use``, ``idle``, and ``limit``."""
        size, idle = self._pool.get_size(), self._pool.get_idle_size()
        return {"in_use": size - idle, "idle": idle, "limit": self.options.pool_size}

    async def release(self, connection: Connection) -> None:
        """Gives a connection back. One that is not in order any more is dropped at once, without a
        word to the server, which might not answer.
        """
        if is_open(connection) and connection.is_in_transaction():
            connection.terminate()
        await self._pool.release(connection)

    async def close(self) -> None:
        """Closes all connections; nobody may use one any more."""
        try:
            async with asyncio.timeout(self.options.acquire_seconds):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def is_open(connection: Connection) -> bool:
    """Whether it can still be used: asyncpg takes one that was lost away from its holder."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


async def _nothing_to_reset(connection: Any) -> None:
    """In place of asyncpg's own reset, which asks the server each time."""


def _unreachable(error: BaseException) -> Exception:
    meaning = domain_error(error, trouble_of(error, connection_lost=True))
    if isinstance(meaning, Unavailable):
        return meaning
    return Unavailable("the database does not let us in", retry_after_seconds=RETRY_SECONDS)
