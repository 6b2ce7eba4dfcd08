"""Work on another thread that owns what it works on until it is done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def on_thread(work: Callable[[], T]) -> T:
    """What ``work`` gives, worked out off the loop.

    When the caller is cancelled meanwhile, this returns no sooner than the thread is done: who
    holds a lock around it never lets another in beside the thread.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        # Nobody waits for its failure any more; looked at, it is not reported as overlooked.
        task.exception()
        raise
