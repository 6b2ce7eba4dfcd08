"""Waiting for what a server does in the background: jobs and the index."""

from __future__ import annotations

import asyncio

from reverie import Reverie
from reverie.v1.operations_service_pb2 import GetStatsRequest, GetStatsResponse

LONGEST_SECONDS = 600.0


async def settled(reverie: Reverie, *, every_seconds: float = 0.2) -> GetStatsResponse:
    """Returns when the workspace has no job to do and the index has applied every change; gives
    the stats as of then.

    Raises:
        TimeoutError: it took too long.
        RuntimeError: a job failed.
    """
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            stats: GetStatsResponse = await reverie.operations.GetStats(GetStatsRequest())
            if stats.jobs["failed"]:
                raise RuntimeError(f"{stats.jobs['failed']} jobs failed")
            waiting = stats.jobs["pending"] + stats.jobs["running"] + stats.index_backlog
            if not waiting and stats.index_state == "ready":
                return stats
            await asyncio.sleep(every_seconds)
