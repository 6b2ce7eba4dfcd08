"""The one thread that writes to SQLite, with group commit.

Units that wait together share one transaction and so one wait for the disk. When one of them fails
all are undone, and run again in savepoints of their own, so that only that one stays undone. For a
while after that every unit gets a savepoint: callers who keep failing must not make the others run
twice. Nobody hears of success before the commit.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Final

import apsw

from reverie_server.observability.meter import NO_METER, Meter
from reverie_server.storage.sqlite_call import Call, Outcomes
from reverie_server.storage.sqlite_connection import SqliteTransaction, domain_error
from reverie_server.storage.statements import Statement

MAX_UNITS: Final = 256
"""Units in one commit."""
MAX_SECONDS: Final = 0.02
"""For how long a commit takes in further units."""
FEW: Final = 4
"""Units in a commit. While there are usually more, a commit waits for as many as usual: what it
costs, and the turns that this thread and the event loop take, are shared by all that are in it."""
GATHER_SECONDS: Final = 0.01
"""For how long at most."""
GATHER_STEP_SECONDS: Final = 0.001
"""Between two looks at who has come."""
USUAL_SECONDS: Final = 0.5
"""After so long half as many are usual, if they have not come again."""
CAREFUL_SECONDS: Final = 1.0
"""So long after a failure each unit has a savepoint."""


class Writer:
    """Owns the writing connection from ``start`` until ``join`` returns."""

    def __init__(
        self, connection: apsw.Connection, outcomes: Outcomes, meter: Meter = NO_METER
    ) -> None:
        self._connection = connection
        self._meter = meter
        self._outcomes = outcomes
        self._queue: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._held: Call | None = None
        self._stopping = False
        self._careful_until = -math.inf
        self._taken = 0
        self._usual = 0.0
        self._committed_at = time.monotonic()
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
            self._wait_for_more()
            self._run_batch(call)

    def _wait_for_more(self) -> None:
        """While as many units as usual may be on their way here, a few milliseconds. Just after a
        commit their callers have yet to hear of it and to call again."""
        now = time.monotonic()
        self._usual *= 0.5 ** ((now - self._committed_at) / USUAL_SECONDS)
        while self._usual > FEW and time.monotonic() < now + GATHER_SECONDS:
            if 1 + self._queue.qsize() >= min(self._usual, MAX_UNITS):
                return
            time.sleep(GATHER_STEP_SECONDS)

    def _batch(self, first: Call) -> Iterator[Call]:
        """Units as they come, until none waits or the bounds are reached."""
        end = time.monotonic() + MAX_SECONDS
        self._taken = 1
        yield first
        while self._taken < MAX_UNITS:
            if time.monotonic() > end:
                return
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
            self._taken += 1
            yield call

    def _run_batch(self, first: Call) -> None:
        batch = self._batch(first)
        ran: list[Call] = []
        if time.monotonic() < self._careful_until:
            self._run_apart([], batch)
        elif not self._run_together(batch, ran):
            self._careful_until = time.monotonic() + CAREFUL_SECONDS
            self._run_apart(ran, batch)
        self._usual = max(self._usual, self._taken)
        self._committed_at = time.monotonic()

    def _run_together(self, batch: Iterable[Call], ran: list[Call]) -> bool:
        """Runs units in one transaction and collects them in ``ran``. False: one failed among
        others, and nothing has happened.
        """
        connection = self._connection
        changes_before = connection.total_changes()
        for unit in batch:
            if unit.future.cancelled():
                continue
            ran.append(unit)
            if len(ran) == 1 and not self._begun(ran):
                return True
            self._run_unit(unit)
            if unit.error is None and connection.in_transaction:
                continue
            self._roll_back()
            if len(ran) > 1:
                return False
            # It was alone so far: nobody else has to run again.
            unit.error = unit.error or _ended_by_unit()
            self._outcomes.deliver((unit,))
            ran.clear()
        committed = self._commit_all(ran) and connection.total_changes() != changes_before
        self._outcomes.deliver(ran, committed=committed)
        return True

    def _run_apart(self, undone: list[Call], batch: Iterable[Call]) -> None:
        """Runs units, those that were undone first, in one transaction, each in a savepoint."""
        connection = self._connection
        changes_before = connection.total_changes()
        committed = False
        ran: list[Call] = []
        again: list[Call] = []
        units = itertools.chain(undone, batch)
        for unit in units:
            if unit.future.cancelled():
                continue
            unit.forget_outcome()
            ran.append(unit)
            if len(ran) == 1 and not self._begun(undone or ran):
                return
            self._run_in_savepoint(unit)
            if not connection.in_transaction:
                # The engine has thrown the whole transaction away (a full disk does that). The unit
                # that met the trouble has its error; the others did nothing wrong.
                again = ran[:-1]
                ran = [unit]
                break
        else:
            committed = self._commit_all(ran) and connection.total_changes() != changes_before
        self._outcomes.deliver(ran, committed=committed)
        for unit in itertools.chain(again, units):
            unit.forget_outcome()
            self._run_together((unit,), [])

    def _begun(self, waiting: list[Call]) -> bool:
        """Begins a transaction. False: it cannot, and those that wait for it have heard."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            self._abandon(waiting, error)
            self._outcomes.deliver(waiting)
            return False
        return True

    def _commit_all(self, ran: list[Call]) -> bool:
        """Whether these units are durable now; if not, each has its error."""
        if not ran:
            return False
        try:
            self._commit()
        except BaseException as error:  # noqa: BLE001 - the thread must live, no caller hang
            self._abandon(ran, error)
            return False
        self._meter.committed(len(ran))
        return True

    def _run_in_savepoint(self, unit: Call) -> None:
        execute = self._connection.execute
        try:
            execute("SAVEPOINT unit")
            self._run_unit(unit)
            if self._connection.in_transaction:
                if unit.error is not None:
                    execute("ROLLBACK TO unit")
                execute("RELEASE unit")
            else:
                unit.error = unit.error or _ended_by_unit()
        except apsw.Error as error:
            self._abandon([unit], error)

    def _run_unit(self, unit: Call) -> None:
        if unit.rehearsal:
            self._rehearse(unit)
        else:
            unit.run(SqliteTransaction(self._connection, self._columns))

    def _rehearse(self, unit: Call) -> None:
        """Runs a unit and takes back what it did; the others of its transaction notice nothing."""
        execute = self._connection.execute
        try:
            execute("SAVEPOINT rehearsal")
            unit.run(SqliteTransaction(self._connection, self._columns))
            if self._connection.in_transaction:
                execute("ROLLBACK TO rehearsal")
                execute("RELEASE rehearsal")
        except apsw.Error as error:
            unit.error = unit.error or _cause(error)

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _abandon(self, units: list[Call], error: BaseException) -> None:
        """The transaction failed as a whole: so did every unit in it."""
        for unit in units:
            if unit.error is None:
                unit.error = _cause(error)
        self._roll_back()

    def _roll_back(self) -> None:
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
