"""Load generator: one entry a call, 64 calls in flight, on the echo and on the server in turn.

    python -m bench.append_load ECHO_ADDRESS SERVER_ADDRESS PAIRS SECONDS

Prints one JSON object: calls per second of each round, and the server's latencies in
milliseconds. Between rounds it waits until the server's index has caught up, so that the echo
never pays for the server's background work; during its own round the server pays for that itself.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable
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
from reverie.v1.working_memory_service_pb2 import ROLE_USER, AppendEntriesRequest, Entry
from reverie.v1.working_memory_service_pb2_grpc import WorkingMemoryServiceStub


async def measure(echo: str, server: str, pairs: int, seconds: float) -> dict[str, Any]:
    async with (
        grpc.aio.insecure_channel(echo) as echo_channel,
        grpc.aio.insecure_channel(server) as server_channel,
        Reverie(server) as reverie,
    ):
        callers = [await requests_of(reverie, caller) for caller in range(IN_FLIGHT)]
        bare = echo_server.stub(echo_channel, "AppendEntries")
        durable = WorkingMemoryServiceStub(server_channel).AppendEntries
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


async def requests_of(reverie: Reverie, caller: int) -> Callable[[], AppendEntriesRequest]:
    """Makes the next request of a caller, who has a user and a session of its own."""
    user = user_id(caller)
    session = await reverie.session(user, PERSONA).start()
    said = memories(user, sys.maxsize)

    def request() -> AppendEntriesRequest:
        return AppendEntriesRequest(
            user_id=user,
            persona_id=PERSONA,
            session_id=session.session_id,
            entries=[Entry(role=ROLE_USER, content=next(said))],
            request_id=str(uuid.uuid4()),
        )

    return request


if __name__ == "__main__":
    echo_address, server_address, number, length = sys.argv[1:]
    print(json.dumps(run(measure(echo_address, server_address, int(number), float(length)))))
