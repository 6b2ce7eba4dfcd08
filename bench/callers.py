"""Many callers at once, each with its next call as soon as it has its answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

IN_FLIGHT = 64
WARM_UP_SECONDS = 1.0


async def round_of(
    call: Callable[[Any], Awaitable[Any]], callers: Sequence[Callable[[], Any]], seconds: float
) -> list[float]:
    """The latencies in milliseconds of all calls that were answered in time.

    Args:
        callers: each makes its next request.
    """
    deadline = time.perf_counter() + seconds
    latencies: list[float] = []

    async def keep_calling(request: Callable[[], Any]) -> None:
        while True:
            message = request()
            started = time.perf_counter()
            if started >= deadline:
                return
            await call(message)
            ended = time.perf_counter()
            if ended <= deadline:
                latencies.append((ended - started) * 1_000)

    await asyncio.gather(*(keep_calling(request) for request in callers))
    return latencies
