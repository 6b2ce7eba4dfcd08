"""A server that is killed while entries are appended: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import grpc.aio
import pytest

from tests.rpc.contract import answer
from tests.rpc.ledger import Ledger, hold
from tests.rpc.world import SESSION
from tests.server_process import ServerProcess, serving

WRITERS = 16


async def write_until_killed(server: ServerProcess, ledger: Ledger, after: int) -> None:
    """Appends from many callers; kills the server once so many were acknowledged."""
    enough = asyncio.Event()
    goal = len(ledger.acknowledged) + after

    async def write(channel: grpc.aio.Channel) -> None:
        while await ledger.append(channel, next(ledger.numbers)):
            if len(ledger.acknowledged) >= goal:
                enough.set()

    async with (
        grpc.aio.insecure_channel(server.address) as channel,
        asyncio.TaskGroup() as writers,
    ):
        for _ in range(WRITERS):
            writers.create_task(write(channel))
        await enough.wait()
        await server.kill()


async def survive(folder: Path, rounds: int) -> None:
    ledger = Ledger()
    async with serving(folder) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            await answer(channel, "StartSession", **SESSION)
        for number in range(rounds):
            dice = random.Random(number)
            await write_until_killed(server, ledger, after=dice.randint(20, 400))
            await server.start()
            async with grpc.aio.insecure_channel(server.address) as channel:
                await hold(channel, ledger, dice)


async def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    await survive(tmp_path / "data", rounds=2)


@pytest.mark.soak
async def test_nothing_acknowledged_is_lost_or_doubled_in_twenty_kills(tmp_path: Path) -> None:
    await survive(tmp_path / "data", rounds=20)
