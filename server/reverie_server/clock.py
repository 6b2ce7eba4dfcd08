"""Time and ids, as ports, so that tests can hold them still."""

from __future__ import annotations

import time
from typing import Protocol

from uuid_utils import uuid7

MICROSECONDS = 1_000_000
"""Of a second. Every stored time is in microseconds since the epoch, UTC."""


class Clock(Protocol):
    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        ...


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1_000


def new_id() -> str:
    """A UUIDv7 as text: what the server calls what it makes."""
    return str(uuid7())
