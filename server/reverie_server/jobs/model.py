"""Jobs: durable work in the background."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol


class JobState(IntEnum):
    """Where a job stands. Stored as a number."""

    PENDING = 1
    """Waiting for its turn, or for another attempt."""
    RUNNING = 2
    SUCCEEDED = 3
    FAILED = 4
    CANCELLED = 5


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done."""

    workspace_id: str
    kind: str
    """Names its handler."""
    user_id: str = ""
    """Whom it works for; empty: the workspace."""
    persona_id: str = ""
    session_id: str = ""
    """Jobs of one session never run at the same time."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """For its handler."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work and how far it has got. Times are microseconds since the epoch, UTC."""

    job_id: str
    workspace_id: str
    user_id: str
    persona_id: str
    session_id: str
    kind: str
    arguments: Mapping[str, str]
    state: JobState
    step: str
    """What it is doing or, between two attempts, was doing last; empty before it starts."""
    progress: float
    """0..1."""
    attempt: int
    """0 before the first."""
    error_reason: str
    """Of the last attempt that failed: a reason of ``errors.py``, or INTERNAL."""
    error_message: str
    """The same in a sentence without memory text."""
    result: Mapping[str, int]
    """What came of it, as counts."""
    due_time: int
    """It is not started before."""
    create_time: int
    start_time: int | None
    """Of the first attempt."""
    end_time: int | None


class JobContext(Protocol):
    """What a handler gets."""

    @property
    def job(self) -> Job: ...

    async def step(self, name: str, progress: float) -> None:
        """Tells where the job is: ``progress`` in 0..1."""
        ...

    def outside(self) -> AbstractContextManager[None]:
        """While the job only waits for somebody outside of the server: other jobs have its place
        meanwhile."""
        ...


JobHandler = Callable[[JobContext], Awaitable[Mapping[str, int]]]
"""Does the work of one kind of job and gives what came of it, as counts.

It must be idempotent: when the process dies between the effect and the note that the job is done,
the job runs again. It may be cancelled at any await.
"""
