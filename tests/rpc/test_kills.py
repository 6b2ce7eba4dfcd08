"""A server that is killed while entries are appended: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from reverie.v1 import working_memory_service_pb2 as working
from tests.rpc.contract import BY_NAME, Refused, answer, ask
from tests.rpc.world import SESSION
from tests.server_process import ServerProcess, serving

WRITERS = 16
APPEND = BY_NAME["AppendEntries"]


def appending(number: int) -> Any:
    """A request of two entries, so that half of one would be noticed."""
    return APPEND.request(
        **SESSION,
        entries=[working.Entry(content=f"{number} {half}") for half in ("first", "second")],
        request_id=f"append-{number}",
    )


@dataclass(slots=True)
class Ledger:
    """What was sent, and what the server has said."""

    numbers: itertools.count[int] = field(default_factory=itertools.count)
    acknowledged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """By number: the ids that the server gave."""
    unanswered: set[int] = field(default_factory=set)

    async def append(self, channel: grpc.aio.Channel, number: int) -> bool:
        """Sends one request; whether it was acknowledged."""
        self.unanswered.add(number)
        outcome: Any = await ask(channel, APPEND, appending(number))
        if isinstance(outcome, Refused):
            assert outcome.code is grpc.StatusCode.UNAVAILABLE, outcome
            return False
        self.unanswered.discard(number)
        ids = tuple(outcome.entry_ids)
        assert self.acknowledged.setdefault(number, ids) == ids, "a replay has the same answer"
        return True


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


async def replay(channel: grpc.aio.Channel, ledger: Ledger, dice: random.Random) -> None:
    """Sends again what had no answer, and some of what had."""
    again = dice.sample(sorted(ledger.acknowledged), 10)
    for number in (*sorted(ledger.unanswered), *again):
        assert await ledger.append(channel, number)


async def contents(channel: grpc.aio.Channel) -> Counter[str]:
    """How often each entry is there, page by page."""
    found: Counter[str] = Counter()
    token = ""
    while True:
        page = await answer(channel, "ListEntries", **SESSION, page_size=1_000, page_token=token)
        found.update(entry.content for entry in page.entries)
        token = page.next_page_token
        if not token:
            return found


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
                found = await contents(channel)
                for acknowledged in ledger.acknowledged:
                    assert found[f"{acknowledged} first"] == 1, "lost or doubled"
                    assert found[f"{acknowledged} second"] == 1, "lost or doubled"
                await replay(channel, ledger, dice)
                found = await contents(channel)
            assert set(found.values()) == {1}, "doubled"
            assert len(found) == 2 * len(ledger.acknowledged), "half there"
            assert not ledger.unanswered


async def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    await survive(tmp_path / "data", rounds=2)


@pytest.mark.soak
async def test_nothing_acknowledged_is_lost_or_doubled_in_twenty_kills(tmp_path: Path) -> None:
    await survive(tmp_path / "data", rounds=20)
