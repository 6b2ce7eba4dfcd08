"""A client's own record of what it has appended, to be held against what the server has."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import grpc.aio

from reverie.v1 import working_memory_service_pb2 as working
from tests.rpc.contract import BY_NAME, Refused, answer, ask
from tests.rpc.world import SESSION

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


async def hold(channel: grpc.aio.Channel, ledger: Ledger, dice: random.Random) -> None:
    """Whether all that was acknowledged is there, once, and what is sent again has no effect."""
    found = await contents(channel)
    for acknowledged in ledger.acknowledged:
        assert found[f"{acknowledged} first"] == 1, "lost or doubled"
        assert found[f"{acknowledged} second"] == 1, "lost or doubled"
    await replay(channel, ledger, dice)
    found = await contents(channel)
    assert set(found.values()) == {1}, "doubled"
    assert len(found) == 2 * len(ledger.acknowledged), "half there"
    assert not ledger.unanswered
