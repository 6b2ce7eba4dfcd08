"""Tasks that run for as long as the server does, or while it has a duty to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial

import structlog

from reverie_server.scope import work_for_every_workspace
from reverie_server.storage.standing import Standing

RESTART_SECONDS = 1.0
"""Before a background task that has ended is started again."""

Work = Callable[[], Coroutine[None, None, None]]

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(work: Work, name: str) -> AsyncIterator[None]:
    """Runs a background task for as long as the context is open."""
    task = asyncio.create_task(_kept_alive(work, name), name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def running_on_duty(work: Work, name: str, standing: Standing) -> AsyncIterator[None]:
    """The same, but only while this server is on duty: it ends with the duty, and starts again."""
    async with running(partial(_on_duty, work, standing), name):
        yield


async def _on_duty(work: Work, standing: Standing) -> None:
    while True:
        await standing.begins()
        at_work = asyncio.create_task(work())
        ended = asyncio.create_task(standing.ends())
        try:
            await asyncio.wait((at_work, ended), return_when=asyncio.FIRST_COMPLETED)
            if at_work.done():
                at_work.result()
                return
        finally:
            for task in (at_work, ended):
                task.cancel()
            await asyncio.gather(at_work, ended, return_exceptions=True)


async def _kept_alive(work: Work, name: str) -> None:
    """Starts the work again whenever it ends: it is made to run for ever, so that is a defect."""
    work_for_every_workspace()
    while True:
        try:
            await work()
        except Exception:  # whatever it is, the server must not go on without this work
            log.exception("background task ended", task=name)
        await asyncio.sleep(RESTART_SECONDS)
