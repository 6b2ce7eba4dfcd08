"""The one thread that writes to SQLite, with group commit.

Units that wait together share one transaction and so one wait for the disk. Each runs in a
savepoint of its own: one that fails is undone alone. Nobody hears of success before the commit.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from typing import Final

import apsw

from reverie_server.storage.sqlite_call import Call, Outcomes
from reverie_server.storage.sqlite_connection import SqliteTransaction, domain_error
from reverie_server.storage.statements import Statement

MAX_UNITS: Final = 256
"""Units in one commit."""
MAX_SECONDS: Final = 0.02
"""For how long a commit takes in further units."""


class Writer:
    """Owns the writing connection from ``start`` until ``join`` returns."""

    def __init__(self, connection: apsw.Connection, outcomes: Outcomes) -> None:
        self._connection = connection
        self._outcomes = outcomes
        self._queue: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._held: Call | None = None
        self._stopping = False
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
            else:
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
        connection = self._connection
        changes_before = connection.total_changes()
        units: list[Call] = []
        again: list[Call] = []
        committed = False
        try:
            connection.execute("BEGIN IMMEDIATE")
            for unit in self._batch(first):
                if unit.future.cancelled():
                    continue
                units.append(unit)
                self._run_unit(unit)
                if not connection.in_transaction:
                    # The engine has thrown the whole transaction away (a full disk does that).
                    # The unit that met the trouble has its error; the others did nothing wrong.
                    again = [other for other in units if other.error is None]
                    units = [other for other in units if other.error is not None]
                    break
            else:
                self._commit()
                committed = connection.total_changes() != changes_before
        except BaseException as error:  # noqa: BLE001 - the thread must live, no caller hang
            units = units or [first]
            self._abandon(units, error)
        self._deliver(units, committed=committed)
        for unit in again:
            unit.result = None
            self._run_batch(unit)

    def _run_unit(self, unit: Call) -> None:
        execute = self._connection.execute
        execute("SAVEPOINT unit")
        unit.run(SqliteTransaction(self._connection, self._columns))
        if not self._connection.in_transaction:
            unit.error = unit.error or RuntimeError("a unit may not end its transaction")
            return
        if unit.error is not None:
            execute("ROLLBACK TO unit")
        execute("RELEASE unit")

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

    def _deliver(self, calls: list[Call], *, committed: bool) -> None:
        self._outcomes.deliver(calls, committed=committed)

    def _run_bare(self, call: Call) -> None:
        if not call.future.cancelled():
            call.run(SqliteTransaction(self._connection, self._columns))
            self._deliver([call], committed=False)


def _cause(error: BaseException) -> BaseException:
    """An error of its own for each unit that a shared failure ends."""
    meaning = domain_error(error) if isinstance(error, apsw.Error) else error
    if meaning is not error:
        meaning.__cause__ = error
    return meaning
