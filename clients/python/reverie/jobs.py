"""Watching a job until it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from reverie.v1 import operations_service_pb2 as pb
from reverie.v1.services import OperationsService

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
ENDED: Final = frozenset({pb.JOB_STATE_SUCCEEDED, pb.JOB_STATE_FAILED, pb.JOB_STATE_CANCELLED})


async def follow(operations: OperationsService, request: pb.GetJobRequest) -> AsyncIterator[pb.Job]:
    """The job as it is now, and again now and then until it has ended; the last one has."""
    pause = _FIRST_PAUSE
    while True:
        job = (await operations.GetJob(request)).job
        yield job
        if job.state in ENDED:
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
