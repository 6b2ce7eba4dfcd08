"""A unit of work on its way from statement to statement, off the event loop where that is long.

A unit awaits nothing but its transaction. So what lies between two statements is plain work, and
when a statement has answered with many rows, the next stretch, which goes through them, is walked
on a thread, and so is one of which the unit itself says that it is long. Short stretches stay where
they are: to a thread and back takes longer than they do.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reverie_server.storage.database import Row, Value
from reverie_server.storage.statements import Statement

if TYPE_CHECKING:
    from reverie_server.storage.postgres_transaction import PostgresTransaction

T = TypeVar("T")

MANY_ROWS: Final = 500
"""From so many on the next stretch is walked on a thread."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a unit waits for."""

    call: Callable[[], Awaitable[Any]]


class _LongStretch:
    """What a unit says before one."""


@types.coroutine
def _pass_on(what: Any) -> Generator[Any, Any, Any]:
    return (yield what)


class WalkedTransaction:
    """What a unit sees of its transaction."""

    __slots__ = ("_tx",)

    def __init__(self, tx: PostgresTransaction) -> None:
        self._tx = tx

    async def take_turn(self, workspace_id: str, user_id: str, *, recorded: bool = False) -> None:
        await _pass_on(_Ask(lambda: self._tx.take_turn(workspace_id, user_id, recorded=recorded)))

    async def long_stretch(self) -> None:
        await _pass_on(_LongStretch())

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]:
        records = await _pass_on(_Ask(lambda: self._tx.records(statement, *args)))
        return [dict(record.items()) for record in records]

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        row: Row | None = await _pass_on(_Ask(lambda: self._tx.fetchrow(statement, *args)))
        return row

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        return await _pass_on(_Ask(lambda: self._tx.fetchval(statement, *args)))

    async def execute(self, statement: Statement, *args: Value) -> int:
        count: int = await _pass_on(_Ask(lambda: self._tx.execute(statement, *args)))
        return count

    async def executemany(self, statement: Statement, rows: Iterable[tuple[Value, ...]]) -> None:
        ready = list(rows)
        await _pass_on(_Ask(lambda: self._tx.executemany(statement, ready)))


async def walk(work: Callable[[Any], Awaitable[T]], tx: PostgresTransaction) -> T:
    """What the unit gives.

    Raises:
        BaseException: whatever it raises.
    """
    coroutine = _whole(work, WalkedTransaction(tx))
    answer: Any = None
    error: BaseException | None = None
    is_long = False
    while True:
        if is_long or (isinstance(answer, list) and len(answer) >= MANY_ROWS):
            ended, what = await asyncio.to_thread(_stretch, coroutine, answer, error)
        else:
            ended, what = _stretch(coroutine, answer, error)
        if ended:
            result: T = what
            return result
        answer = error = None
        if is_long := isinstance(what, _LongStretch):
            continue
        try:
            # Anything else that it awaits, it may only wait for on the event loop.
            answer = await (what.call() if isinstance(what, _Ask) else _pass_on(what))
        except BaseException as raised:  # noqa: BLE001 - it is the unit's, who awaits this
            error = raised


async def _whole(work: Callable[[Any], Awaitable[T]], tx: WalkedTransaction) -> T:
    return await work(tx)


def _stretch(coroutine: Any, answer: Any, error: BaseException | None) -> tuple[bool, Any]:
    """Walks to the next statement, or to the end: whether it is the end, and what was reached."""
    try:
        return False, coroutine.send(answer) if error is None else coroutine.throw(error)
    except StopIteration as end:
        return True, end.value
