"""How PostgreSQL is reached. Needs no driver: a server on SQLite does not load one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOT_LET_IN: Final = frozenset({"42501", "3F000"})
"""PostgreSQL's codes for what a role may not do, and for a schema that it may not even see."""


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """How a database is reached. Times are in seconds."""

    url: str
    """``postgresql://user:password@host:port/database``, with libpq's parameters."""
    pool_size: int = 8
    acquire_seconds: float = 5.0
    """How long a unit may wait for a connection."""
    statement_seconds: float = 15.0
    """How long a statement may take: the server cancels it. A server that does not even answer
    that is given up a moment later."""
    lock_seconds: float = 5.0
    """How long a statement may wait for another transaction."""
    idle_seconds: float = 15.0
    """How long a transaction may stand still before the server ends it."""
    unfenced_role: str | None = None
    """A role that may serve although row-level security does not hold for it."""
    pgbouncer: bool = False
    """A pooler in transaction mode lies between: nothing may be kept on a connection."""

    @property
    def limits(self) -> dict[str, str]:
        """The server's time limits, by the names of its settings."""
        return {
            "statement_timeout": _milliseconds(self.statement_seconds),
            "lock_timeout": _milliseconds(self.lock_seconds),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_seconds),
        }

    @property
    def prologue(self) -> str:
        """What each transaction begins with, after BEGIN: a pooler does not let a connection keep
        its settings.
        """
        if not self.pgbouncer:
            return ""
        return "".join(f"; SET LOCAL {name} = {value}" for name, value in self.limits.items())


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1_000)))
