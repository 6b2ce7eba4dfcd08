"""A whole server in this process, with its floors within reach and room for second opinions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reverie.v1 import operations_service_pb2 as operations
from reverie_server.bootstrap.floors import Floors, open_floors
from reverie_server.bootstrap.rooms import build_rooms
from reverie_server.clock import Clock, SystemClock
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.scope import Reader
from reverie_server.storage import outbox
from reverie_server.tiers.recall.finder import Finder
from reverie_server.tiers.recall.views import Views
from tests.backends import settings_of
from tests.channels import connect
from tests.fresh_database import ManualClock
from tests.looking_again import until
from tests.recall.talk import PERSONA, USER, Talk
from tests.serving import serve

PLENTY = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class House:
    floors: Floors
    address: str
    workspace: str
    talk: Talk
    """Speaks in the workspace."""

    @property
    def reader(self) -> Reader:
        """As whom ``talk`` recalls."""
        return Reader(self.workspace, USER, PERSONA)

    def views(self, capacity_bytes: int = PLENTY) -> Views:
        """Views of their own, that have read nothing yet."""
        return Views(self.floors.database, self.floors.tokens, capacity_bytes=capacity_bytes)

    def finder(self, views: Views | None = None, *, scored_whole: int | None = None) -> Finder:
        """A finder of its own, by default over fresh views."""
        more = {} if scored_whole is None else {"scored_whole": scored_whole}
        floors = self.floors
        return Finder(views or self.views(), floors.index, floors.embedder, floors.clock, **more)

    async def idle(self) -> None:
        """Waits until every job of the workspace is done."""

        async def look() -> int:
            stats = await self.talk.operations.GetStats(operations.GetStatsRequest())
            left: int = stats.jobs["pending"] + stats.jobs["running"]
            if left and isinstance(self.floors.clock, ManualClock):
                # A job that has to be tried again waits for its time.
                self.floors.clock.advance(1)
            return left

        await until("the end of all jobs of the workspace", look, lambda left: not left)

    async def indexed(self) -> None:
        """Waits until the index has everything that was committed."""
        while (await self.floors.database.read(outbox.counts)).pending:
            await self.floors.indexer.progress()


@asynccontextmanager
async def open_house(
    folder: Path, clock: Clock | None = None, **chosen: Any
) -> AsyncIterator[House]:
    """Everything at work, on a free port, with these settings; speaks in the workspace "w"."""
    settings = await settings_of(folder, **chosen)
    async with AsyncExitStack() as stack:
        floors = await stack.enter_async_context(open_floors(settings, clock or SystemClock()))
        rooms = build_rooms(floors, settings, PageTokens(b"k" * 32), "0")
        for work in rooms.tasks.values():
            await stack.enter_async_context(_running(asyncio.create_task(work())))
        address = await stack.enter_async_context(serve(floors.clock, rooms.servicers))
        channel = await stack.enter_async_context(connect(address, "w"))
        yield House(floors, address, "w", Talk(channel))


@asynccontextmanager
async def _running(task: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
