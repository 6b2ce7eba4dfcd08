"""When a job is tried again.

Full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): the delay
is drawn evenly from 0 to a ceiling that doubles, so that jobs which failed together do not come
back together. With the defaults:

    after attempt   1     2     3     4      5
    ceiling         2 s   4 s   8 s   16 s   given up
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import (
    Aborted,
    DeadlineExceeded,
    ResourceExhausted,
    ReverieError,
    Unavailable,
)

PASSING = (Unavailable, ResourceExhausted, DeadlineExceeded, Aborted)
"""Errors that may be over the next time. The other ``ReverieError`` say that the job can never
succeed; what is no ``ReverieError`` is a defect, and may be over, too."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when."""

    attempts: int = 5
    """At most so many, the first included."""
    first_seconds: float = 2.0
    most_seconds: float = 300.0
    draw: Callable[[], float] = random.random
    """Evenly from [0, 1)."""

    def ceiling(self, attempt: int) -> float:
        """The longest delay after this attempt (1: the first), in seconds."""
        # An exponent without a bound would be too large for a float.
        return min(self.most_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 64))

    def delay(self, attempt: int) -> int:
        """A delay after this attempt, in microseconds."""
        return int(self.draw() * self.ceiling(attempt) * MICROSECONDS)

    def goes_on(self, attempt: int, error: Exception) -> bool:
        """Whether there is an attempt after this one, which ended in ``error``."""
        is_final = isinstance(error, ReverieError) and not isinstance(error, PASSING)
        return attempt < self.attempts and not is_final
