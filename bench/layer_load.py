"""What the Python client's layer costs over the raw stub, or with ``blocking`` the blocking one's.

What it reads and prints is what `bench.clients` says of each language's program.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import grpc
import grpc.aio

from bench.loops import run
from bench.scores import percentile
from reverie import Reverie
from reverie.blocking import Reverie as BlockingReverie
from reverie.v1.user_service_pb2 import GetUserRequest
from reverie.v1.user_service_pb2_grpc import UserServiceStub
from reverie.v1.working_memory_service_pb2 import (
    ROLE_USER,
    AppendEntriesRequest,
    Entry,
    StartSessionRequest,
)
from reverie.v1.working_memory_service_pb2_grpc import WorkingMemoryServiceStub

PERSONA = "brad"
WARM_UP_ROUNDS = 2

Call = Callable[[Any], Awaitable[Any]]
Request = Callable[[], Any]
"""Makes the next request of a side."""


def appends(user_id: str, session_id: str, *, with_id: bool) -> Request:
    """Requests to append one entry.

    Args:
        with_id: each has a request id already, as the layer would fill one in.
    """

    def request() -> AppendEntriesRequest:
        return AppendEntriesRequest(
            user_id=user_id,
            persona_id=PERSONA,
            session_id=session_id,
            entries=[Entry(role=ROLE_USER, content="I am allergic to peanuts.")],
            request_id=str(uuid.uuid4()) if with_id else "",
        )

    return request


def report(name: str, sides: Sequence[Sequence[float]]) -> None:
    """Prints the line of one call.

    Args:
        sides: the rounds' p50 in seconds, of the raw stub and of the layer.
    """
    raw, layer = ([round(seconds * 1e6, 1) for seconds in side] for side in sides)
    print(json.dumps({"call": name, "raw_us": raw, "layer_us": layer}), flush=True)


async def rounds_of(
    calls: Sequence[Call],
    requests: Sequence[Request],
    rounds: int,
    pairs: int,
) -> Sequence[Sequence[float]]:
    """The p50 in seconds of each round, of both sides, whose calls take turns."""
    sides: tuple[list[float], list[float]] = ([], [])
    for round_number in range(-WARM_UP_ROUNDS, rounds):
        took: tuple[list[float], list[float]] = ([], [])
        for number in range(pairs):
            for side in (0, 1) if number % 2 else (1, 0):
                request = requests[side]()
                started = time.perf_counter()
                await calls[side](request)
                took[side].append(time.perf_counter() - started)
        if round_number >= 0:
            for p50s, times in zip(sides, took, strict=True):
                p50s.append(percentile(times, 50))
    return sides


def started(user_id: str) -> StartSessionRequest:
    """The request for a session of a side."""
    return StartSessionRequest(user_id=user_id, persona_id=PERSONA, request_id=str(uuid.uuid4()))


async def measure(
    channel: Any,
    reverie: Any,
    told: Callable[[Callable[[Any], Any]], Call],
    rounds: int,
    pairs: int,
) -> None:
    """Prints a line a call.

    Args:
        channel: what the raw stubs are called over; ``reverie`` has a connection of its own.
        told: makes a call of one of either client something to await.
    """
    ids = [f"{side}-{uuid.uuid4()}" for side in ("raw", "layer")]
    working, users = WorkingMemoryServiceStub(channel), UserServiceStub(channel)
    start = told(working.StartSession)
    requests = [
        appends(user_id, (await start(started(user_id))).session.session_id, with_id=side == 0)
        for side, user_id in enumerate(ids)
    ]
    both = [told(each) for each in (working.AppendEntries, reverie.working.AppendEntries)]
    report("AppendEntries", await rounds_of(both, requests, rounds, pairs))
    reads = [partial(GetUserRequest, user_id=user_id) for user_id in ids]
    both = [told(each) for each in (users.GetUser, reverie.users.GetUser)]
    report("GetUser", await rounds_of(both, reads, rounds, pairs))


async def main(server: str, rounds: int, pairs: int, *, blocking: bool) -> None:
    """Measures one of the two clients."""
    if blocking:
        with grpc.insecure_channel(server) as plain, BlockingReverie(server) as blocked:
            await measure(plain, blocked, at_once, rounds, pairs)
    else:
        async with grpc.aio.insecure_channel(server) as channel, Reverie(server) as reverie:
            await measure(channel, reverie, lambda call: call, rounds, pairs)


def at_once(call: Callable[[Any], Any]) -> Call:
    """A call that blocks, as one to await."""

    async def called(request: Any) -> Any:
        return call(request)

    return called


if __name__ == "__main__":
    run(
        main(
            os.environ["BENCH_SERVER"],
            int(os.environ["BENCH_ROUNDS"]),
            int(os.environ["BENCH_PAIRS"]),
            blocking=sys.argv[1:] == ["blocking"],
        )
    )
