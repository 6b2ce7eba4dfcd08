"""A kind of job that is done in steps, each of which is tried again by itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from reverie_server.jobs.model import Job, JobContext, JobHandler


class Steps:
    """A ``JobHandler`` out of others, one after the other.

    The job remembers its step. Tried again, it goes on with the one that failed: those before it
    are done, and what came of them then is not counted again.
    """

    def __init__(self, steps: Mapping[str, JobHandler]) -> None:
        """
        Args:
            steps: by name, in their order; at least one. Each is idempotent, as every handler.
        """
        self._steps = dict(steps)

    async def __call__(self, context: JobContext) -> Mapping[str, int]:
        names = list(self._steps)
        first = names.index(context.job.step) if context.job.step in names else 0
        counts: dict[str, int] = {}
        for place, name in enumerate(names[first:], first):
            part = _Part(context, name, place / len(names), 1 / len(names))
            await context.step(name, part.start)
            counts |= await self._steps[name](part)
        return counts


class _Part:
    """What a step gets: the job's context, with its share of the progress."""

    def __init__(self, context: JobContext, name: str, start: float, share: float) -> None:
        self._context = context
        self._name = name
        self._share = share
        self.start = start

    @property
    def job(self) -> Job:
        return self._context.job

    async def step(self, name: str, progress: float) -> None:
        """Only moves the progress: the job is found again by the name of its step."""
        await self._context.step(self._name, self.start + self._share * progress)

    def outside(self) -> AbstractContextManager[None]:
        """See ``JobContext.outside``."""
        return self._context.outside()
