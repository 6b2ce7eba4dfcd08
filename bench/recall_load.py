"""Load generator: one client asks one question after another, the echo and the server in turn.

    python -m bench.recall_load ECHO_ADDRESS SERVER_ADDRESS PAIRS CALLS MEMORIES

The questions are about the first user's MEMORIES made-up memories (see `bench.filling`); no
question comes twice. Prints one JSON object: the median latency of each round, and the server's
over all rounds, in milliseconds. `first_ms` is the user's first question ever.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from statistics import median
from typing import Any

import grpc.aio

from bench import echo_server
from bench.filling import PERSONA, user_id
from bench.loops import run
from bench.scores import percentile
from bench.texts import memories, questions
from reverie.v1.recall_service_pb2 import RecallRequest
from reverie.v1.recall_service_pb2_grpc import RecallServiceStub

USER = user_id(0)


async def measure(echo: str, server: str, pairs: int, calls: int, known: int) -> dict[str, Any]:
    requests = _requests(known)
    async with (
        grpc.aio.insecure_channel(echo) as echo_channel,
        grpc.aio.insecure_channel(server) as server_channel,
    ):
        bare = echo_server.stub(echo_channel, "Recall")
        hybrid = RecallServiceStub(server_channel).Recall
        (first,) = await timed_round(hybrid, islice(requests, 1))
        await timed_round(bare, islice(requests, calls))
        await timed_round(hybrid, islice(requests, calls))
        echo_medians, server_medians, latencies = [], [], []
        for _ in range(pairs):
            echo_medians.append(median(await timed_round(bare, islice(requests, calls))))
            took = await timed_round(hybrid, islice(requests, calls))
            server_medians.append(median(took))
            latencies += took
        answer = await hybrid(next(requests))
        return {
            "echo_p50_ms": echo_medians,
            "server_p50_ms": server_medians,
            "server_p99_ms": percentile(latencies, 99),
            "first_ms": first,
            "hits": len(answer.hits),
            "degraded": answer.degraded,
        }


def _requests(known: int) -> Iterator[RecallRequest]:
    for question in questions("questions", list(memories(USER, known))):
        yield RecallRequest(user_id=USER, persona_id=PERSONA, query=question)


async def timed_round(
    call: Callable[[Any], Awaitable[Any]], requests: Iterator[Any]
) -> list[float]:
    """The latencies of one call after another, in milliseconds."""
    latencies = []
    for request in requests:
        started = time.perf_counter()
        await call(request)
        latencies.append((time.perf_counter() - started) * 1_000)
    return latencies


if __name__ == "__main__":
    echo_address, server_address, number, length, size = sys.argv[1:]
    figures = run(measure(echo_address, server_address, int(number), int(length), int(size)))
    print(json.dumps(figures))
