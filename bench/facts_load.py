"""Load generator: one fact a call, 64 calls in flight, on the echo and on the server in turn.

    python -m bench.facts_load ECHO_ADDRESS SERVER_ADDRESS PAIRS SECONDS

Each caller has a user of its own, and every fact is a new one; every second has a predicate and an
object. Prints one JSON object, as `bench.append_load` does.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable
from itertools import count
from typing import Any

import grpc.aio

from bench import echo_server
from bench.callers import IN_FLIGHT, WARM_UP_SECONDS, round_of
from bench.filling import PERSONA, user_id
from bench.loops import run
from bench.scores import percentile
from bench.settled import settled
from bench.texts import memories
from reverie import Reverie
from reverie.v1.fact_service_pb2 import AddFactsRequest, NewFact
from reverie.v1.fact_service_pb2_grpc import FactServiceStub


async def measure(echo: str, server: str, pairs: int, seconds: float) -> dict[str, Any]:
    callers = [_requests(caller) for caller in range(IN_FLIGHT)]
    async with (
        grpc.aio.insecure_channel(echo) as echo_channel,
        grpc.aio.insecure_channel(server) as server_channel,
        Reverie(server) as reverie,
    ):
        bare = echo_server.stub(echo_channel, "AddFacts")
        durable = FactServiceStub(server_channel).AddFacts
        await round_of(bare, callers, WARM_UP_SECONDS)
        await round_of(durable, callers, WARM_UP_SECONDS)
        echo_rates, server_rates, latencies = [], [], []
        for _ in range(pairs):
            await settled(reverie)
            echo_rates.append(len(await round_of(bare, callers, seconds)) / seconds)
            took = await round_of(durable, callers, seconds)
            server_rates.append(len(took) / seconds)
            latencies += took
        return {
            "echo_per_s": echo_rates,
            "server_per_s": server_rates,
            "server_p50_ms": percentile(latencies, 50),
            "server_p99_ms": percentile(latencies, 99),
        }


def _requests(caller: int) -> Callable[[], AddFactsRequest]:
    """Makes the next request of a caller."""
    user = user_id(caller)
    told = memories(user, sys.maxsize)
    numbers = count()

    def request() -> AddFactsRequest:
        number, text = next(numbers), next(told)
        statement = f"{text} {number}"
        fact = NewFact(statement=statement)
        if number % 2:
            fact.predicate, fact.object = "likes", statement
        return AddFactsRequest(
            user_id=user,
            persona_id=PERSONA,
            facts=[fact],
            request_id=str(uuid.uuid4()),
        )

    return request


if __name__ == "__main__":
    echo_address, server_address, number_of_pairs, length = sys.argv[1:]
    print(
        json.dumps(run(measure(echo_address, server_address, int(number_of_pairs), float(length))))
    )
