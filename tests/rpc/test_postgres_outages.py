"""PostgreSQL crashes, and loses backends, while entries are appended: callers hear UNAVAILABLE at
worst, and what was acknowledged is there, once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import grpc.aio
import pytest
from pydantic import SecretStr

from reverie_server.bootstrap import Application
from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_server import SERVING_ROLE, PostgresServer
from tests.rpc.contract import answer
from tests.rpc.ledger import Ledger, hold
from tests.rpc.world import SESSION

WRITERS = 16
KILL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = $1 AND random() < 0.5
"""


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """One that the test may crash."""
    server = PostgresServer.start()
    yield server
    server.stop()


async def trouble(postgres: PostgresServer, number: int) -> None:
    """A crash or a loss of backends, in turns; returns when it is over."""
    if number % 2:
        connection = await asyncpg.connect(postgres.url())
        await connection.execute(KILL, SERVING_ROLE)
        await connection.close()
    else:
        await asyncio.to_thread(postgres.crash)
        await asyncio.to_thread(postgres.up)


async def append_through(
    postgres: PostgresServer, address: str, ledger: Ledger, troubles: int, dice: random.Random
) -> None:
    """Appends from many callers, through so many troubles."""
    stop = asyncio.Event()
    progress = asyncio.Condition()

    async def write(channel: grpc.aio.Channel) -> None:
        while not stop.is_set():
            if await ledger.append(channel, next(ledger.numbers)):
                async with progress:
                    progress.notify_all()

    async def reach(goal: int) -> None:
        async with progress:
            await progress.wait_for(lambda: len(ledger.acknowledged) >= goal)

    async with grpc.aio.insecure_channel(address) as channel, asyncio.TaskGroup() as writers:
        for _ in range(WRITERS):
            writers.create_task(write(channel))
        for number in range(troubles):
            goal = len(ledger.acknowledged) + dice.randint(20, 100)
            await reach(goal)
            await trouble(postgres, number)
        await reach(len(ledger.acknowledged) + 20)
        stop.set()


async def survive(postgres: PostgresServer, folder: Path, troubles: int) -> None:
    await migrate_postgres(PostgresOptions(postgres.url()), grant_to=SERVING_ROLE)
    url = SecretStr(postgres.url(user=SERVING_ROLE))
    application = await Application.start(Settings(data_folder=folder, port=0, database_url=url))
    try:
        ledger, dice = Ledger(), random.Random(7)
        async with grpc.aio.insecure_channel(application.address) as channel:
            await answer(channel, "StartSession", **SESSION)
            await append_through(postgres, application.address, ledger, troubles, dice)
            await hold(channel, ledger, dice)
    finally:
        await application.stop()


async def test_nothing_acknowledged_is_lost_or_doubled(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    await survive(own_postgres, tmp_path, troubles=4)


@pytest.mark.soak
async def test_nothing_acknowledged_is_lost_or_doubled_in_forty_troubles(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    await survive(own_postgres, tmp_path, troubles=40)
