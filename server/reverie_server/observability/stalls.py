"""How late the event loop is: whatever keeps it from running keeps every call waiting."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from reverie_server.observability.meter import Meter

PROBE_SECONDS: Final = 0.05


async def probe_stalls(meter: Meter) -> None:
    """Tells the meter for ever."""
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(PROBE_SECONDS)
        meter.stalled(max(0.0, time.perf_counter() - asked - PROBE_SECONDS))
