"""Reads of a few rows, on the thread that asks for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import apsw

from reverie_server.storage.sqlite_connection import SqliteTransaction, domain_error, drive
from reverie_server.storage.statements import Statement

T = TypeVar("T")


class BriefReader:
    """Owns a reading connection. Going to another thread and back takes longer than looking up some
    rows, which readers of a write-ahead log need not wait for anybody to do. Not safe for use from
    several threads.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        # What holds it up all the same must hold up one of the reading threads, and not this one.
        connection.set_busy_timeout(0)
        self._connection = connection
        self._columns: dict[Statement, tuple[str, ...]] = {}

    def read(self, work: Callable[[SqliteTransaction], Awaitable[T]]) -> T:
        """Runs a unit on one snapshot.

        Raises:
            Unavailable: the database cannot be read now.
            Exception: what the unit raised.
        """
        connection = self._connection
        try:
            connection.execute("BEGIN")
            try:
                return drive(work, SqliteTransaction(connection, self._columns))
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except apsw.Error as error:
            raise domain_error(error) from error
