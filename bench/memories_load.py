"""Load generator: one client lists all that is known of a user, the echo and the server in turn.

    python -m bench.memories_load ECHO_ADDRESS SERVER_ADDRESS PAIRS CALLS

Of the user 47 facts, 10 past calls and 43 entries of a session that goes on are known, which one
page holds. Prints one JSON object, as `bench.prompt_load` does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import repeat
from statistics import median
from typing import Any

import grpc.aio

from bench import echo_server, prompt_load
from bench.loops import run
from bench.prompt_load import PERSONA, USER
from bench.recall_load import timed_round
from bench.scores import percentile
from bench.settled import settled
from bench.texts import memories
from reverie import Reverie
from reverie.v1.relationship_service_pb2 import ListMemoriesRequest
from reverie.v1.relationship_service_pb2_grpc import RelationshipServiceStub
from reverie.v1.working_memory_service_pb2 import ROLE_USER, Entry

ENTRIES = 43
ALL = prompt_load.KNOWN + prompt_load.CALLS + ENTRIES


async def measure(echo: str, server: str, pairs: int, calls: int) -> dict[str, Any]:
    async with Reverie(server) as reverie:
        await prompt_load.fill(reverie)
        session = await reverie.session(USER, PERSONA).start()
        said = memories("said", ENTRIES)
        await session.append([Entry(role=ROLE_USER, content=text) for text in said])
        await settled(reverie)
    async with (
        grpc.aio.insecure_channel(echo) as echo_channel,
        grpc.aio.insecure_channel(server) as server_channel,
    ):
        bare = echo_server.stub(echo_channel, "ListMemories")
        listing = RelationshipServiceStub(server_channel).ListMemories
        (first,) = await timed_round(listing, _requests(1))
        await timed_round(bare, _requests(calls))
        await timed_round(listing, _requests(calls))
        echo_medians, server_medians, latencies = [], [], []
        for _ in range(pairs):
            echo_medians.append(median(await timed_round(bare, _requests(calls))))
            took = await timed_round(listing, _requests(calls))
            server_medians.append(median(took))
            latencies += took
        answer = await listing(next(_requests(1)))
        return {
            "echo_p50_ms": echo_medians,
            "server_p50_ms": server_medians,
            "server_p99_ms": percentile(latencies, 99),
            "first_ms": first,
            "memories": len(answer.memories),
            "bytes": answer.ByteSize(),
        }


def _requests(calls: int) -> Iterator[ListMemoriesRequest]:
    return repeat(ListMemoriesRequest(user_id=USER, persona_id=PERSONA, page_size=ALL), calls)


if __name__ == "__main__":
    echo_address, server_address, number, length = sys.argv[1:]
    print(json.dumps(run(measure(echo_address, server_address, int(number), int(length)))))
