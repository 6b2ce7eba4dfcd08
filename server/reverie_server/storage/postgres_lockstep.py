"""Units of work that run side by side in one transaction, statement by statement.

Each round every unit says which statement it needs next. The same statement of several units is
sent once, with the arguments of all of them, and each row says whose it is: that takes a fraction
of what as many statements take, of which the driver's own work is the largest part.
"""

from __future__ import annotations

import re
import types
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reverie_server.storage.database import Row, Value
from reverie_server.storage.statements import Statement

if TYPE_CHECKING:
    from reverie_server.storage.postgres_pool import Connection

TAG: Final = "unit_"
"""The column that says whose row it is."""
_QUOTED: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_CHANGES: Final = ("INSERT", "UPDATE", "DELETE")

_tagged: dict[Statement, str | None] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """A statement that a unit needs. One unit's ``rows`` have no answer; its ``args`` have."""

    statement: Statement
    args: tuple[Value, ...] = ()
    rows: tuple[tuple[Value, ...], ...] | None = None


@types.coroutine
def _ask(ask: Ask) -> Generator[Ask, list[Row], list[Row]]:
    return (yield ask)


class LockstepTransaction:
    """What a unit sees. Its turn has been taken for it."""

    def __init__(self) -> None:
        self.recorded = False
        """The unit finds out by itself that it was committed before."""
        self.changed = False
        """A statement may have changed something."""

    async def take_turn(self, workspace_id: str, user_id: str, *, recorded: bool = False) -> None:
        self.recorded = self.recorded or recorded

    async def long_stretch(self) -> None:
        """Units that share a transaction are short: it stays where it is."""

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]:
        self.changed = self.changed or not statement.reads
        return await _ask(Ask(statement, args))

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        return next(iter(await self.fetch(statement, *args)), None)

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        row = await self.fetchrow(statement, *args)
        return None if row is None else next(iter(row.values()))

    async def execute(self, statement: Statement, *args: Value) -> int:
        if _with_tag(statement, len(args) + 1) is None:
            raise NotImplementedError(f"{statement.name} does not say how many rows it changes")
        count = len(await _ask(Ask(statement, args)))
        self.changed = self.changed or count > 0
        return count

    async def executemany(self, statement: Statement, rows: Iterable[tuple[Value, ...]]) -> None:
        self.changed = True
        await _ask(Ask(statement, rows=tuple(rows)))


class Step:
    """One unit on its way from statement to statement."""

    def __init__(
        self, work: Callable[[LockstepTransaction], Awaitable[Any]], context: Context
    ) -> None:
        """
        Args:
            context: the caller's, for what the unit logs.
        """
        self.tx = LockstepTransaction()
        self._context = context
        self._work = work
        self._coroutine: Coroutine[Ask, list[Row] | None, Any] | None = None
        self.asks: Ask | None = None
        """What it needs next; None when it is through."""
        self.result: Any = None

    def go_on(self, answer: list[Row] | None) -> None:
        """
        Raises:
            BaseException: whatever the unit raises.
        """
        if self._coroutine is None:
            self._coroutine = _of(self._work, self.tx)
        try:
            self.asks = self._context.run(self._coroutine.send, answer)
        except StopIteration as end:
            self.asks, self.result = None, end.value

    def drop(self) -> None:
        """It goes no further."""
        if self._coroutine is not None:
            self._coroutine.close()


async def _of(
    work: Callable[[LockstepTransaction], Awaitable[Any]], tx: LockstepTransaction
) -> Any:
    return await work(tx)


async def run(connection: Connection, steps: Sequence[Step]) -> None:
    """Runs units to their ends, in the connection's open transaction.

    Raises:
        BaseException: what a unit or the database raised: the transaction has to be undone.
    """
    try:
        for step in steps:
            step.go_on(None)
        while True:
            by_statement: dict[Statement, list[tuple[Step, Ask]]] = defaultdict(list)
            for step in steps:
                if step.asks is not None:
                    by_statement[step.asks.statement].append((step, step.asks))
            if not by_statement:
                return
            for statement, asking in by_statement.items():
                answers = await _answers(connection, statement, [ask for _, ask in asking])
                for (step, _), rows in zip(asking, answers, strict=True):
                    step.go_on(rows)
    finally:
        for step in steps:
            step.drop()


async def _answers(
    connection: Connection, statement: Statement, asks: Sequence[Ask]
) -> list[list[Row]]:
    """The rows that answer each."""
    answers: list[list[Row]] = [[] for _ in asks]
    many = [row for ask in asks for row in ask.rows or ()]
    asked = [(ask.args, number) for number, ask in enumerate(asks) if ask.rows is None]
    if many:
        await connection.executemany(statement.postgres, many)
    if not asked:
        return answers
    tagged = _with_tag(statement, len(asked[0][0]) + 1)
    if tagged is not None:
        arguments = [(*args, number) for args, number in asked]
        for record in await connection.fetchmany(tagged, arguments):
            row = dict(record.items())
            answers[row.pop(TAG)].append(row)
        return answers
    for args, number in asked:
        records = await connection.fetch(statement.postgres, *args)
        answers[number] = [dict(record.items()) for record in records]
    return answers


def _with_tag(statement: Statement, count: int) -> str | None:
    """The statement with one more argument, the last of ``count``, which each row gives back, also
    each row that was changed; None when it is of a kind that this cannot be done to.
    """
    if statement not in _tagged:
        _tagged[statement] = _tag(statement.postgres, f"CAST(${count} AS BIGINT) AS {TAG}")
    return _tagged[statement]


def _tag(sql: str, tag: str) -> str | None:
    bare = _QUOTED.sub("", sql).upper()
    if bare.startswith("SELECT"):
        return f"SELECT own_.*, {tag} FROM ({sql}) own_"  # noqa: S608 - all ours
    if not bare.startswith(_CHANGES):
        return None
    match bare.count("RETURNING"):
        case 0:
            return f"{sql} RETURNING {tag}"
        case 1:
            return f"{sql}, {tag}"
        case _:
            return None
