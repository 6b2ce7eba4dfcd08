"""The one thread that writes to SQLite, with group commit.

Units that wait together share one transaction and so one wait for the disk. When one of them fails
all are undone, and run again in savepoints of their own, so that only that one stays undone: what
hardly ever happens pays, and not every unit. Nobody hears of success before the commit.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import apsw

from reverie_server.storage.sqlite_call import Call, Outcomes
from reverie_server.storage.sqlite_connection import SqliteTransaction, domain_error
from reverie_server.storage.statements import Statement

MAX_UNITS: Final = 256
"""Units in one commit."""
MAX_SECONDS: Final = 0.02
"""For how long a commit takes in further units."""
GATHER_SECONDS: Final = 0.005
"""When many callers write at once, so long a commit waits for more of them: what a commit costs,
and the turns that this thread and the event loop take, are shared by all that are in it."""
MANY: Final = 4
"""Units in the last commit, or waiting for this one, from which on that pays. Fewer callers are
not made to wait."""


class Writer:
    """Owns the writing connection from ``start`` until ``join`` returns."""

    def __init__(self, connection: apsw.Connection, outcomes: Outcomes) -> None:
        self._connection = connection
        self._outcomes = outcomes
        self._queue: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._held: Call | None = None
        self._stopping = False
        self._last_units = 0
        self._columns: dict[Statement, tuple[str, ...]] = {}
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, call: Call) -> None:
        self._queue.put(call)

    def waiting(self) -> int:
        """Calls that have not begun, including those whose callers are gone."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Asks the thread to finish what was submitted before, and to end."""
        self._queue.put(None)

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            call = self._held or self._queue.get()
            self._held = None
            if call is None:
                return
            if call.bare:
                self._run_bare(call)
                continue
            if max(self._last_units, self._queue.qsize()) >= MANY:
                time.sleep(GATHER_SECONDS)
            self._run_batch(call)

    def _batch(self, first: Call) -> Iterator[Call]:
        """Units as they come, until none waits or the bounds are reached."""
        yield first
        end = time.monotonic() + MAX_SECONDS
        for _ in range(MAX_UNITS - 1):
            try:
                call = self._queue.get_nowait()
            except queue.Empty:
                return
            if call is None:
                self._stopping = True
                return
            if call.bare:
                self._held = call
                return
            yield call
            if time.monotonic() > end:
                return

    def _run_batch(self, first: Call) -> None:
        units: list[Call] = []
        if not self._run_together(self._batch(first), units):
            self._run_apart(units)
        self._last_units = len(units)

    def _run_together(self, batch: Iterable[Call], units: list[Call]) -> bool:
        """Runs units in one transaction and collects them in ``units``. False: one failed among
        others, and nothing has happened.
        """
        connection = self._connection
        changes_before = connection.total_changes()
        committed = False
        try:
            connection.execute("BEGIN IMMEDIATE")
            for unit in batch:
                if unit.future.cancelled():
                    continue
                units.append(unit)
                self._run_unit(unit)
                if unit.error is None and connection.in_transaction:
                    continue
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if len(units) > 1:
                    return False
                unit.error = unit.error or _ended_by_unit()
                break
            else:
                self._commit()
                committed = connection.total_changes() != changes_before
        except BaseException as error:  # noqa: BLE001 - the thread must live, no caller hang
            self._abandon(units, error)
        self._outcomes.deliver(units, committed=committed)
        return True

    def _run_apart(self, units: Sequence[Call]) -> None:
        """Runs units in one transaction, each in a savepoint."""
        connection = self._connection
        changes_before = connection.total_changes()
        done: list[Call] = []
        committed = False
        try:
            connection.execute("BEGIN IMMEDIATE")
            for unit in units:
                unit.forget_outcome()
                done.append(unit)
                self._run_in_savepoint(unit)
                if not connection.in_transaction:
                    # The engine has thrown the whole transaction away (a full disk does that).
                    # The unit that met the trouble has its error; the others did nothing wrong.
                    done = [unit]
                    break
            else:
                self._commit()
                committed = connection.total_changes() != changes_before
        except BaseException as error:  # noqa: BLE001 - the thread must live, no caller hang
            self._abandon(done, error)
        self._outcomes.deliver(done, committed=committed)
        for unit in units:
            if unit not in done:
                unit.forget_outcome()
                self._run_together([unit], [])

    def _run_in_savepoint(self, unit: Call) -> None:
        execute = self._connection.execute
        execute("SAVEPOINT unit")
        self._run_unit(unit)
        if not self._connection.in_transaction:
            unit.error = unit.error or _ended_by_unit()
            return
        if unit.error is not None:
            execute("ROLLBACK TO unit")
        execute("RELEASE unit")

    def _run_unit(self, unit: Call) -> None:
        unit.run(SqliteTransaction(self._connection, self._columns))

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _abandon(self, units: list[Call], error: BaseException) -> None:
        """The transaction failed as a whole: so did every unit in it."""
        for unit in units:
            if unit.error is None:
                unit.error = _cause(error)
        if self._connection.in_transaction:
            with contextlib.suppress(apsw.Error):  # the next BEGIN will report the same trouble
                self._connection.execute("ROLLBACK")

    def _run_bare(self, call: Call) -> None:
        if not call.future.cancelled():
            self._run_unit(call)
            self._outcomes.deliver([call], committed=False)


def _ended_by_unit() -> RuntimeError:
    return RuntimeError("a unit may not end its transaction")


def _cause(error: BaseException) -> BaseException:
    """An error of its own for each unit that a shared failure ends."""
    meaning = domain_error(error) if isinstance(error, apsw.Error) else error
    if meaning is not error:
        meaning.__cause__ = error
    return meaning
