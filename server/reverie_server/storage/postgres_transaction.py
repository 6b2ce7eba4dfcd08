"""One attempt at a unit of work on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from reverie_server.errors import ResourceExhausted
from reverie_server.storage.database import Row, Value
from reverie_server.storage.postgres_errors import (
    RETRY_SECONDS,
    Trouble,
    domain_error,
    trouble_of,
)
from reverie_server.storage.postgres_pool import Pool, is_open
from reverie_server.storage.postgres_turns import Owner, Turns
from reverie_server.storage.statements import Statement

if TYPE_CHECKING:
    import asyncpg

    from reverie_server.storage.postgres_pool import Connection

ALONE: Final = ""
"""No transaction: for a single statement that reads, in one round trip."""
READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ"
"""Every change of an owner takes its next revision, on one row, and a second transaction that does
so at the same time is undone. So what a unit has read of its owner is still so when it commits."""

_IN_ORDER: Final = frozenset({Trouble.OURS, Trouble.CONFLICT, Trouble.DUPLICATE})
"""Troubles after which the connection can be used again."""


class PostgresTransaction:
    """A unit's transaction. It takes a connection for its first statement, and begins then.

    After it, ``commit`` or ``abandon`` must be called.
    """

    __slots__ = (
        "_connection",
        "_mode",
        "_pool",
        "_turn",
        "_turns",
        "begun",
        "changed",
        "failure",
        "owner",
        "recorded",
        "trouble",
        "unwanted",
    )

    def __init__(self, pool: Pool, turns: Turns, mode: str) -> None:
        self._pool = pool
        self._turns = turns
        self._mode = mode
        self._connection: Connection | None = None
        self._turn: Owner | None = None
        self.begun = False
        """It has, or had, a connection, and so may have had an effect."""
        self.owner: Owner | None = None
        """Whose memory the unit has said that it changes."""
        self.recorded = False
        """The unit finds out by itself that it was committed before."""
        self.changed = False
        """A statement may have changed something."""
        self.unwanted = False
        """The unit's caller has left: if it has not done anything yet, it need not."""
        self.failure: BaseException | None = None
        """What the statement that failed raised, if one did: nothing can run after it."""
        self.trouble = Trouble.OURS
        """What that was, to whoever thinks of running the unit again."""

    async def take_turn(self, workspace_id: str, user_id: str, *, recorded: bool = False) -> None:
        """See ``Transaction.take_turn``."""
        self.recorded = self.recorded or recorded
        self.owner = (workspace_id, user_id)
        # Later it would wait with a snapshot that grows old, and holding what others wait for.
        if self._turn is not None or self.begun:
            return
        try:
            async with asyncio.timeout(self._pool.options.acquire_seconds):
                await self._turns.take(self.owner)
        except TimeoutError as error:
            raise ResourceExhausted(
                "too many requests change the same memory", retry_after_seconds=RETRY_SECONDS
            ) from error
        self._turn = self.owner

    async def records(self, statement: Statement, *args: Value) -> list[asyncpg.Record]:
        """All rows, as the driver has them: ``postgres_walk`` makes ours of them."""
        connection = await self._ready()
        try:
            records = await connection.fetch(statement.postgres, *args)
        except BaseException as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error
        self.changed = self.changed or not statement.reads
        return records

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        connection = await self._ready()
        try:
            record = await connection.fetchrow(statement.postgres, *args)
        except BaseException as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error
        self.changed = self.changed or not statement.reads
        return None if record is None else dict(record.items())

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        connection = await self._ready()
        try:
            value = await connection.fetchval(statement.postgres, *args)
        except BaseException as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error
        self.changed = self.changed or not statement.reads
        return value

    async def execute(self, statement: Statement, *args: Value) -> int:
        connection = await self._ready()
        try:
            status = await connection.execute(statement.postgres, *args)
        except BaseException as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error
        rows = status.rpartition(" ")[2]
        count = int(rows) if rows.isdecimal() else 0
        self.changed = self.changed or count > 0
        return count

    async def executemany(self, statement: Statement, rows: Iterable[tuple[Value, ...]]) -> None:
        connection = await self._ready()
        try:
            await connection.executemany(statement.postgres, rows)
        except BaseException as error:  # any failure ends the unit; it is raised again
            raise self._failed(error) from error
        self.changed = True

    async def commit(self) -> None:
        """Makes it durable and gives everything back.

        Raises:
            BaseException: as ``failure``. With ``Trouble.AWAY`` or ``Trouble.SLOW`` nobody knows
                whether it was committed.
        """
        if self._connection is not None and self._mode != ALONE:
            try:
                await self._connection.execute("COMMIT")
            except BaseException as error:  # it is raised again
                raise self._failed(error) from error
        await self._give_back()

    async def abandon(self) -> None:
        """Undoes it and gives everything back. Never raises."""
        connection = self._connection
        if connection is not None and is_open(connection):
            if self.failure is not None and self.trouble not in _IN_ORDER:
                # Closing it politely could take for ever, and the server may still be at work.
                connection.terminate()
            elif connection.is_in_transaction():
                try:
                    await connection.execute("ROLLBACK")
                except BaseException:  # noqa: BLE001 - the server undoes what loses its connection
                    connection.terminate()
        await self._give_back()

    async def _ready(self) -> Connection:
        if self.failure is not None:
            raise RuntimeError("a statement of this unit failed; nothing can follow it")
        if self._connection is not None:
            return self._connection
        try:
            self._connection = connection = await self._pool.acquire()
            self.begun = True
            if self._mode != ALONE:
                await self._pool.begin(connection, self._mode)
        except BaseException as error:  # it is raised again
            raise self._failed(error) from error
        if self.unwanted:
            self.failure = asyncio.CancelledError()
            raise self.failure
        return connection

    async def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        turn, self._turn = self._turn, None
        if turn is not None:
            self._turns.give(turn)
        if connection is not None:
            await self._pool.release(connection)

    def _failed(self, error: BaseException) -> BaseException:
        connection = self._connection
        if isinstance(error, asyncio.CancelledError):
            # Whatever the server is doing now, nobody can say: it must not be used again.
            self.trouble = Trouble.AWAY
            self.failure = error
            return error
        self.trouble = trouble_of(
            error,
            connection_lost=connection is None or not is_open(connection),
            writing=not self._mode.startswith(READING),
        )
        self.failure = domain_error(error, self.trouble)
        return self.failure
