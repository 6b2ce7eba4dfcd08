"""Waiting for what no call waits for: look, and look again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

PATIENCE: Final = 300.0
"""Seconds: far more than anything here takes, soaks on a busy machine too."""
PAUSE_SECONDS: Final = 0.01
"""Between two looks: servers of the tests run in the same process, on as few cores."""

T = TypeVar("T")


async def until(
    awaited: str,
    look: Callable[[], Awaitable[T]],
    is_it: Callable[[T], bool],
    *,
    patience: float = PATIENCE,
) -> T:
    """The first that is seen of which ``is_it`` holds.

    Args:
        awaited: for people, what does not come when it fails.
        patience: seconds.

    Raises:
        AssertionError: it has not come in that time; says what was seen last.
    """
    last: object = "nothing"
    limit = asyncio.timeout(patience)
    try:
        async with limit:
            while not is_it(seen := await look()):
                last = seen
                await asyncio.sleep(PAUSE_SECONDS)
            return seen
    except TimeoutError:
        if not limit.expired():
            raise
        raise AssertionError(f"not within {patience:g} s: {awaited}; seen last: {last}") from None
