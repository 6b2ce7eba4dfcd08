"""Two server processes on one database under load, one killed with -9: the other carries on, takes
over what it was at, and every job ends once in effect.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import grpc.aio
import pytest

from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.storage.postgres_fence import EVERYTHING
from tests.postgres_databases import PostgresDatabases
from tests.replicas.fleet import Stores
from tests.rpc.contract import BY_NAME, Refused, answer, ask
from tests.rpc.world import at_rest, indexed
from tests.server_process import ServerProcess

CALLERS = 6
SENTENCES = ("I live in Bern.", "I love climbing.", "My sister is called Nora.")


@dataclass(slots=True)
class Load:
    """Calls that each are a session with a few words, ended with a job to follow."""

    numbers: Any = field(default_factory=itertools.count)
    ended: dict[int, str] = field(default_factory=dict)
    """By number: the episode that EndSession has acknowledged."""
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def call(self, channels: list[grpc.aio.Channel], number: int) -> None:
        """One session, through whatever server answers."""
        place = {
            "user_id": f"user {number % 40}",
            "persona_id": "brad",
            "session_id": f"session {number}",
        }
        entries = [working.Entry(role=working.ROLE_USER, content=text) for text in SENTENCES]
        await self._surely(channels, number, "StartSession", **place, request_id=f"start {number}")
        await self._surely(
            channels, number, "AppendEntries", **place, entries=entries, request_id=f"say {number}"
        )
        ended = await self._surely(
            channels, number, "EndSession", **place, request_id=f"end {number}"
        )
        self.ended[number] = ended.episode_id
        async with self.progress:
            self.progress.notify_all()

    async def _surely(
        self, channels: list[grpc.aio.Channel], number: int, name: str, **fields: Any
    ) -> Any:
        """Sends it again, elsewhere, until it is answered: with the same request id."""
        rpc = BY_NAME[name]
        request = rpc.request(**fields)
        for attempt in itertools.count(number):
            outcome = await ask(channels[attempt % len(channels)], rpc, request)
            if not isinstance(outcome, Refused):
                return outcome
            assert outcome.code in (
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.ABORTED,
                grpc.StatusCode.RESOURCE_EXHAUSTED,
            ), outcome
            await asyncio.sleep(0.02)
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def running(self, channels: list[grpc.aio.Channel]) -> AsyncIterator[None]:
        stop = asyncio.Event()

        async def work() -> None:
            while not stop.is_set():
                await self.call(channels, next(self.numbers))

        async with asyncio.TaskGroup() as callers:
            for _ in range(CALLERS):
                callers.create_task(work())
            try:
                yield
            finally:
                stop.set()

    async def reach(self, goal: int) -> None:
        """Waits until so many sessions have ended."""
        async with self.progress:
            await self.progress.wait_for(lambda: len(self.ended) >= goal)


async def everything(stores: Stores, query: str, *args: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(stores.database.url)
    async with connection.transaction():
        await connection.execute(EVERYTHING)
        rows: list[asyncpg.Record] = await connection.fetch(query, *args)
    await connection.close()
    return rows


async def survive(stores: Stores, folder: Path, kills: int, sessions: int) -> None:
    """``sessions``: how many are to end between two kills."""
    load = Load()
    async with AsyncExitStack() as stack:
        servers = [ServerProcess(folder / str(n), settings=stores.environment) for n in range(2)]
        for each in servers:
            stack.push_async_callback(each.kill)
            await each.start()
        channels = [
            await stack.enter_async_context(grpc.aio.insecure_channel(each.address))
            for each in servers
        ]
        async with load.running(channels):
            await load.reach(sessions)
            for number in range(kills):
                await servers[number % 2].kill()
                await load.reach(len(load.ended) + sessions)
                if number < kills - 1:
                    await servers[number % 2].start()
        left = channels[kills % 2]
        await at_rest(left)
        await hold(stores, left, load)


async def hold(stores: Stores, channel: grpc.aio.Channel, load: Load) -> None:
    """Nothing acknowledged is missing, nothing was done twice, and the one that is left works."""
    sessions = {f"session {number}" for number in load.ended}
    jobs = await everything(stores, "SELECT session_id, state, attempt FROM jobs WHERE kind <> ''")
    of_sessions = Counter(row["session_id"] for row in jobs)
    assert sessions <= of_sessions.keys()
    assert set(of_sessions.values()) == {1}, "one end, one job"
    assert {row["state"] for row in jobs} == {3}, "each has succeeded"
    episodes = await everything(stores, "SELECT session_id, summary FROM episodes")
    assert Counter(row["session_id"] for row in episodes) == of_sessions
    assert all(row["summary"] for row in episodes)
    entries = await everything(stores, "SELECT session_id, count(*) n FROM entries GROUP BY 1")
    assert {row["n"] for row in entries if row["session_id"] in sessions} == {len(SENTENCES)}
    told = await everything(
        stores,
        "SELECT user_id, object, count(*) n FROM facts WHERE predicate = 'lives_in' GROUP BY 1, 2",
    )
    assert {row["n"] for row in told} == {1}, "told again and again, and kept once"
    await indexed(channel)
    job = (await answer(channel, "Reconcile")).job
    await at_rest(channel)
    done = (await answer(channel, "GetJob", job_id=job.job_id)).job
    assert done.state == operations.JOB_STATE_SUCCEEDED
    assert done.result["compared"] > 0
    assert done.result["missing"] + done.result["stale"] + done.result["extra"] == 0
    taken = sum(row["attempt"] > 1 for row in jobs)
    print(f"{len(load.ended)} sessions ended, {taken} of {len(jobs)} jobs were taken over")


@pytest.fixture
async def stores(postgres_databases: PostgresDatabases, qdrant_url: str) -> Stores:
    return await Stores.make(postgres_databases, qdrant_url)


async def test_the_other_server_carries_on(stores: Stores, tmp_path: Path) -> None:
    await survive(stores, tmp_path, kills=1, sessions=15)


@pytest.mark.soak
async def test_the_other_server_carries_on_twenty_times(stores: Stores, tmp_path: Path) -> None:
    await survive(stores, tmp_path, kills=20, sessions=40)
