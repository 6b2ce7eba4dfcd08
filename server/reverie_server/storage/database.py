"""The Database port: what the rooms may ask of SQL.

A unit of work is an async function over a ``Transaction``. It may await nothing but that
transaction: an adapter is free to run it on a thread of its own, to commit several units with one
fsync, and to run it again from the start when the engine asks for a retry. So a unit must have no
effect outside its transaction.

A statement that fails ends its unit: it is rolled back even if the unit catches the error (as
PostgreSQL does it). A unit may catch it to raise a better one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from reverie_server.storage.schema_level import SchemaLevel
from reverie_server.storage.statements import Statement

T = TypeVar("T")
Row = Mapping[str, Any]
"""A result row by column name. Values: str, int, float, bytes or None."""
Value = str | int | float | bytes | None


class ConstraintViolation(Exception):
    """A statement broke a constraint of the schema. Stores translate it; no caller sees it."""


class UniqueViolation(ConstraintViolation):
    """A row with this primary key or unique key is there already."""


class Snapshot(Protocol):
    """Reads that see one state of the database."""

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]: ...

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None: ...

    async def fetchval(self, statement: Statement, *args: Value) -> Any: ...

    async def long_stretch(self) -> None:
        """Says that what the unit does from here to its next statement takes long: an adapter on
        the event loop does it on a thread."""
        ...


class Transaction(Snapshot, Protocol):
    """Reads and writes that commit together or not at all."""

    async def take_turn(self, workspace_id: str, user_id: str, *, recorded: bool = False) -> None:
        """Says whose memory the unit is about to change, best before its first statement: others
        that change it may wait until this one is through.

        Args:
            recorded: the unit records what it does in a way that it finds when it is run again,
                so that this does no harm after it was, perhaps, committed.
        """
        ...

    async def execute(self, statement: Statement, *args: Value) -> int:
        """Runs a statement that returns no rows; gives the number of rows it changed.

        Raises:
            UniqueViolation, ConstraintViolation: as they say.
        """
        ...

    async def executemany(
        self, statement: Statement, rows: Iterable[tuple[Value, ...]]
    ) -> None: ...


class Database(Protocol):
    """A transactional SQL database."""

    async def read(self, work: Callable[[Snapshot], Awaitable[T]], *, brief: bool = False) -> T:
        """Runs a read-only unit on one snapshot.

        Args:
            brief: the unit reads a few rows by their keys. An adapter may then run it in the
                caller's thread, where waiting for another one would take longer than the reading.
        """
        ...

    async def transaction(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        owner: tuple[str, str] | None = None,
    ) -> T:
        """Runs a unit and commits it. Once this returns, its effect survives the process.

        Args:
            owner: workspace_id and user_id, of a unit that reads and changes rows of this owner
                and no others. An adapter may run it side by side with units of other owners in one
                transaction.

        Cancelling it is safe at any moment and undoes nothing that has begun: a unit that has
        not started will not, one that has is committed or not as if nobody had cancelled.

        Raises:
            Exception: whatever the unit raised; it has had no effect then.
            Unavailable: the database cannot be reached; nothing was acknowledged.
            ResourceExhausted: the disk is full, or too many units are waiting.
        """
        ...

    async def rehearse(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Runs a unit as ``transaction`` does, gives what it gives, and undoes it: it sees its own
        changes, and nobody else ever does. Waits its turn as a change does.

        Raises:
            Exception, Unavailable, ResourceExhausted: as for ``transaction``.
        """
        ...

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]: ...

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None: ...

    async def fetchval(self, statement: Statement, *args: Value) -> Any: ...

    @property
    def sole_writer(self) -> bool:
        """Whether nobody else can write to this database, so that ``on_commit`` tells of every
        change."""
        ...

    @property
    def schema(self) -> SchemaLevel:
        """Which schema there is: for what needs a newer one than ``schema.OLDEST_LEVEL``."""
        ...

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Calls ``callback`` on the event loop after changes were committed, once for all that
        were committed together and before their callers continue. It must not block or raise.
        """
        ...

    async def close(self) -> None:
        """Finishes what is queued and closes. Idempotent."""
        ...
