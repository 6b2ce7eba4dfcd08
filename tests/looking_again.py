"""Waiting for what no call waits for: look, and look again."""

from __future__ import annotations

import asyncio
from typing import Final

SECONDS: Final = 0.01


async def a_moment() -> None:
    """Between two looks: servers of the tests run in the same process, on as few cores."""
    await asyncio.sleep(SECONDS)
