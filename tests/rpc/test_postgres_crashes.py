"""PostgreSQL crashes and loses backends while entries are appended: callers hear nothing worse than
that they may try again, and what was acknowledged is there, once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg
import grpc.aio
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from reverie.v1 import working_memory_service_pb2 as working
from reverie.v1.working_memory_service_pb2_grpc import WorkingMemoryServiceStub
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.load import Load, load_on
from tests.load_client import RETRYABLE
from tests.postgres_server import SERVING_ROLE, PostgresServer
from tests.rpc.world import SESSION
from tests.server_process import ServerProcess

pytestmark = pytest.mark.once

STATEMENT_SECONDS: Final = 2.0
AIM_SECONDS: Final = 2.0
"""From when PostgreSQL takes connections until something is acknowledged: reported only."""
KILL: Final = """
    SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE usename = $1 AND xact_start IS NOT NULL
"""
IN_TRANSACTION: Final = """
    SELECT pid FROM pg_stat_activity
    WHERE usename = $1 AND state = 'idle in transaction' LIMIT 1
"""
HEARD: Final = "SELECT content, COUNT(*) FROM entries GROUP BY content"


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """One that the test may crash."""
    server = PostgresServer.start()
    yield server
    server.stop()


async def start_server(
    postgres: PostgresServer, folder: Path, program: tuple[str, ...] = ()
) -> ServerProcess:
    await migrate_postgres(PostgresOptions(postgres.url()), grant_to=SERVING_ROLE)
    settings = {
        "REVERIE_DATABASE_URL": postgres.url(user=SERVING_ROLE),
        "REVERIE_DATABASE_STATEMENT_SECONDS": str(STATEMENT_SECONDS),
    }
    server = ServerProcess(folder, settings=settings, program=program)
    await server.start()
    return server


@dataclass(slots=True)
class Troubles:
    """What was done to PostgreSQL, and how long it took to be over it."""

    postgres: PostgresServer
    load: Load
    killed: int = 0
    frozen: int = 0
    up: list[float] = field(default_factory=list)
    """When it took connections again."""

    async def crash(self) -> None:
        await asyncio.to_thread(self.postgres.crash)
        await asyncio.to_thread(self.postgres.up)
        self.up.append(time.monotonic())

    async def kill(self) -> None:
        """Ends backends in the middle of a transaction."""
        connection = await asyncpg.connect(self.postgres.url())
        before = self.killed
        while self.killed == before:
            self.killed += await connection.fetchval(KILL, SERVING_ROLE)
        await connection.close()

    async def freeze(self, answers: int) -> None:
        """Stops a backend in the middle of a transaction while so many more calls are answered. It
        keeps its locks meanwhile, and who appends for its users can only be refused.
        """
        connection = await asyncpg.connect(self.postgres.url())
        pid = None
        while pid is None:
            pid = await connection.fetchval(IN_TRANSACTION, SERVING_ROLE)
        await connection.close()
        os.kill(pid, signal.SIGSTOP)
        try:
            await self.load.answers(answers)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.frozen += 1

    def report(self) -> str:
        recovered = [self.load.recovery_after(moment) for moment in self.up]
        return (
            f"{len(self.load.acknowledged)} acknowledged, {self.load.rate:.0f}/s;"
            f" {len(self.up)} crashes, {self.killed} backends killed, {self.frozen} frozen;"
            f" refused: {dict(self.load.refused)}; recovered after median"
            f" {median(recovered):.2f} s, at most {max(recovered):.2f} s (aim {AIM_SECONDS:.0f} s)"
        )


async def held_against(postgres: PostgresServer, load: Load) -> tuple[set[str], set[str]]:
    """What was acknowledged and is lost, and what is there more than once or unasked."""
    connection = await asyncpg.connect(postgres.url())
    stored = Counter({row[0]: row[1] for row in await connection.fetch(HEARD)})
    await connection.close()
    acknowledged = {content for _, content in load.acknowledged}
    assert len(acknowledged) == len(load.acknowledged)
    return acknowledged - stored.keys(), {
        content for content, count in stored.items() if count > 1 or content not in acknowledged
    }


async def survive(
    postgres: PostgresServer, server: ServerProcess, crashes: int, per_second: int
) -> None:
    async with load_on(server.address, clients=2, per_second=per_second) as load:
        troubles = Troubles(postgres, load)
        for number in range(crashes):
            await load.more(per_second)
            await troubles.kill()
            await load.more(per_second // 5)
            if number == crashes // 2:
                await troubles.freeze(answers=per_second)
            await troubles.crash()
        await load.more(per_second)
    print(troubles.report())
    assert load.refused.keys() <= RETRYABLE
    assert await held_against(postgres, load) == (set(), set())


async def test_nothing_acknowledged_is_lost_or_doubled(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    server = await start_server(own_postgres, tmp_path / "data")
    try:
        await survive(own_postgres, server, crashes=2, per_second=100)
    finally:
        await server.kill()


@pytest.mark.soak
async def test_nothing_acknowledged_is_lost_or_doubled_in_twenty_crashes(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    server = await start_server(own_postgres, tmp_path / "data")
    try:
        # Outages and all, 500 a second are to be acknowledged.
        await survive(own_postgres, server, crashes=20, per_second=560)
    finally:
        await server.kill()


async def test_acknowledging_before_the_commit_would_be_noticed(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    hasty = ("-m", "tests.rpc.hasty_server")
    server = await start_server(own_postgres, tmp_path / "data", hasty)
    try:
        async with load_on(server.address, clients=1, per_second=100) as load:
            troubles = Troubles(own_postgres, load)
            await load.more(100)
            await troubles.crash()
            await load.more(50)
        lost, _ = await held_against(own_postgres, load)
        assert lost
    finally:
        await server.kill()


async def test_while_it_is_away_calls_and_health_say_so_and_it_is_found_again(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    """Readiness is NOT_SERVING, since every call would be refused; liveness is not, since to start
    the server anew would help nobody.
    """
    server = await start_server(own_postgres, tmp_path / "data")
    started = working.StartSessionRequest(**SESSION)
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            memory: Any = WorkingMemoryServiceStub(channel)
            health: Any = health_pb2_grpc.HealthStub(channel)

            async def status(name: str) -> int:
                answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
                return int(answer.status)

            readiness = aiter(health.Watch(health_pb2.HealthCheckRequest(service="readiness")))
            assert (await anext(readiness)).status == health_pb2.HealthCheckResponse.SERVING
            await asyncio.to_thread(own_postgres.crash)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await memory.StartSession(started, timeout=30)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
            refusal: Any = caught.value
            details = rpc_status.from_call(refusal).details
            retry = error_details_pb2.RetryInfo()
            assert any(detail.Unpack(retry) for detail in details)
            assert retry.retry_delay.ToMicroseconds() > 0
            assert (await anext(readiness)).status == health_pb2.HealthCheckResponse.NOT_SERVING
            assert await status("liveness") == health_pb2.HealthCheckResponse.SERVING
            await asyncio.to_thread(own_postgres.up)
            assert (await anext(readiness)).status == health_pb2.HealthCheckResponse.SERVING
            await memory.StartSession(started, timeout=30)
    finally:
        await server.kill()
