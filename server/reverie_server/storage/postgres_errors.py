"""What an error of PostgreSQL, or of the way to it, means. The one place that decides it."""

from __future__ import annotations

from enum import Enum
from typing import Final

import asyncpg

from reverie_server.errors import ResourceExhausted, ReverieError, Unavailable
from reverie_server.storage.database import ConstraintViolation, UniqueViolation

RETRY_SECONDS: Final = 1.0
FULL_RETRY_SECONDS: Final = 30.0


class Trouble(Enum):
    """What can be done about an error."""

    CONFLICT = "conflict"
    """Another transaction was in the way and this one is undone: run it again at once."""
    DUPLICATE = "duplicate"
    """A key is there already, perhaps only since the transaction began: run it again, and the unit
    sees what it ran into."""
    AWAY = "away"
    """The connection or the server is gone: run it again on another connection."""
    SLOW = "slow"
    """A time limit was reached: to run it again would take as long again."""
    OVERLOADED = "overloaded"
    """The server has no connection or no memory left for us."""
    FULL = "full"
    """The server's disk is full."""
    OURS = "ours"
    """A constraint, a mistake in a query, or no error of the database at all."""


_CONFLICTS: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # After a migration a prepared statement may not fit any more; asyncpg prepares it anew.
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)
_AWAY: Final = (
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    ConnectionError,
)
_SLOW: Final = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError, TimeoutError)
_OVERLOADED: Final = (asyncpg.TooManyConnectionsError, asyncpg.OutOfMemoryError)

AGAIN: Final = frozenset({Trouble.CONFLICT, Trouble.DUPLICATE, Trouble.AWAY})
"""Troubles after which a transaction may be run again, if it cannot have been committed."""


def trouble_of(
    error: BaseException, *, connection_lost: bool = False, writing: bool = True
) -> Trouble:
    """
    Args:
        connection_lost: the connection is closed now. asyncpg often says so with an error that
            hides the cause.
        writing: the transaction may write, as far as we are concerned.
    """
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        # A primary that has become a standby; or our own mistake.
        return Trouble.AWAY if writing else Trouble.OURS
    if isinstance(error, _CONFLICTS):
        return Trouble.CONFLICT
    if isinstance(error, asyncpg.UniqueViolationError):
        return Trouble.DUPLICATE
    if isinstance(error, _SLOW):
        return Trouble.SLOW
    if isinstance(error, asyncpg.DiskFullError):
        return Trouble.FULL
    if isinstance(error, _OVERLOADED):
        return Trouble.OVERLOADED
    if isinstance(error, _AWAY):
        return Trouble.AWAY
    hides_a_loss = isinstance(error, (asyncpg.InterfaceError, asyncpg.PostgresError, OSError))
    if hides_a_loss and (connection_lost or isinstance(error, OSError)):
        return Trouble.AWAY
    return Trouble.OURS


def domain_error(error: BaseException, trouble: Trouble) -> BaseException:
    """What the error means to the rooms; the error itself if it is a programmer's or not the
    database's.
    """
    if isinstance(error, ReverieError):
        return error
    if isinstance(error, asyncpg.UniqueViolationError):
        # Not all of it: its detail holds the values of the row.
        return UniqueViolation(error.args[0])
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return ConstraintViolation(error.args[0])
    match trouble:
        case Trouble.OURS:
            return error
        case Trouble.FULL:
            return ResourceExhausted(
                "the disk is full", reason="STORAGE_FULL", retry_after_seconds=FULL_RETRY_SECONDS
            )
        case Trouble.CONFLICT:
            message = "too many changes of the same memory at once"
        case Trouble.SLOW:
            message = "the database took too long"
        case _:
            message = "the database cannot be used now"
    return Unavailable(message, reason="STORAGE_UNAVAILABLE", retry_after_seconds=RETRY_SECONDS)
