"""The threads that read from SQLite, each on a connection of its own.

The write-ahead log lets them see the last commit while the next one is being written. A snapshot
that stays open keeps the log from being emptied, so reads are short by contract.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Sequence

import apsw

from reverie_server.storage.sqlite_call import Call, Outcomes
from reverie_server.storage.sqlite_connection import SqliteTransaction, domain_error
from reverie_server.storage.statements import Statement


class Readers:
    """Own the reading connections from ``start`` until ``join`` returns."""

    def __init__(self, connections: Sequence[apsw.Connection], outcomes: Outcomes) -> None:
        self._outcomes = outcomes
        self._queue: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(
                target=self._run, args=(connection,), name=f"sqlite-reader-{number}", daemon=True
            )
            for number, connection in enumerate(connections)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def submit(self, call: Call) -> None:
        self._queue.put(call)

    def waiting(self) -> int:
        """Calls that have not begun, including those whose callers are gone."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Asks the threads to finish what was submitted before, and to end."""
        for _ in self._threads:
            self._queue.put(None)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _run(self, connection: apsw.Connection) -> None:
        columns: dict[Statement, tuple[str, ...]] = {}
        while (call := self._queue.get()) is not None:
            if call.future.cancelled():
                continue
            tx = SqliteTransaction(connection, columns)
            if call.bare:
                call.run(tx)
            else:
                run_on_snapshot(call, tx)
            self._outcomes.deliver((call,))


def run_on_snapshot(call: Call, tx: SqliteTransaction) -> None:
    """Runs the call and keeps its outcome; never raises."""
    try:
        tx.connection.execute("BEGIN")
    except apsw.Error as error:
        call.error = domain_error(error)
        call.error.__cause__ = error
        return
    call.run(tx)
    if tx.connection.in_transaction:
        with contextlib.suppress(apsw.Error):  # nothing was written; the next BEGIN will report
            tx.connection.execute("ROLLBACK")
