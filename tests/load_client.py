"""A process that calls a server at a steady rate through a raw stub, and says what it was told.

``python -m tests.load_client ADDRESS NAME RATE READS`` appends entries named after NAME, RATE
calls a second, of which every READS-th is a read instead (0: none is). A call that is refused and
may be sent again is, with the same request id, until it is acknowledged. Prints ``ready`` once its
sessions are there, then a line for each answer: ``ack NUMBER``, ``read`` or ``CODE``, and with each
its time on the machine's monotonic clock. When its stdin ends it begins no more calls, and ends
with the last.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final

import grpc.aio

from reverie.v1 import (
    fact_service_pb2,
    prompt_service_pb2,
    recall_service_pb2,
    relationship_service_pb2,
)
from reverie.v1 import working_memory_service_pb2 as working
from reverie.v1.fact_service_pb2_grpc import FactServiceStub
from reverie.v1.prompt_service_pb2_grpc import PromptServiceStub
from reverie.v1.recall_service_pb2_grpc import RecallServiceStub
from reverie.v1.relationship_service_pb2_grpc import RelationshipServiceStub
from reverie.v1.working_memory_service_pb2_grpc import WorkingMemoryServiceStub

RETRYABLE: Final = {"UNAVAILABLE", "ABORTED", "RESOURCE_EXHAUSTED"}
USERS: Final = 12
PERSONA: Final = "brad"
IN_FLIGHT: Final = 256
"""Calls that may be under way: while nothing is answered, no more are begun."""
DEADLINE_SECONDS: Final = 60.0
"""Beyond every bound of the server: what it does not answer in time is its fault."""
AGAIN_SECONDS: Final = 0.1
"""Before a call is sent again."""
AWAY_SECONDS: Final = 0.3
"""So long nothing at all is sent once a server has said UNAVAILABLE: one that is being stopped
wants to hear that its callers have heard."""


def say(word: str) -> None:
    os.write(1, f"{word} {time.monotonic()}\n".encode())


class Server:
    """As far as a client knows it."""

    def __init__(self) -> None:
        self.away_until = 0.0

    async def back(self) -> None:
        """Returns when it may be called again."""
        # Others may put it off meanwhile: there is no event to wait for.
        while (rest := self.away_until - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(rest)


async def answered(server: Server, call: Callable[[], Awaitable[Any]], word: str) -> None:
    """Sends it until it is acknowledged."""
    while True:
        await server.back()
        try:
            await call()
        except grpc.aio.AioRpcError as error:
            say(error.code().name)
            if error.code().name not in RETRYABLE:
                print(error.details(), file=sys.stderr, flush=True)
                return
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                server.away_until = time.monotonic() + AWAY_SECONDS
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            say(word)
            return


def reads(channel: grpc.aio.Channel, keys: list[dict[str, Any]]) -> Iterator[Callable[[], Any]]:
    """One read after another, of all kinds."""
    memory: Any = WorkingMemoryServiceStub(channel)
    facts: Any = FactServiceStub(channel)
    recall: Any = RecallServiceStub(channel)
    prompts: Any = PromptServiceStub(channel)
    relationships: Any = RelationshipServiceStub(channel)
    for key in itertools.cycle(keys):
        pair = {"user_id": key["user_id"], "persona_id": PERSONA}
        for stub, request in (
            (memory.GetSession, working.GetSessionRequest(**key)),
            (memory.ListEntries, working.ListEntriesRequest(**key, page_size=10)),
            (facts.ListFacts, fact_service_pb2.ListFactsRequest(**pair)),
            (
                relationships.GetRelationship,
                relationship_service_pb2.GetRelationshipRequest(**pair),
            ),
            (recall.Recall, recall_service_pb2.RecallRequest(**pair, query="what was said")),
            (prompts.ComposePrompt, prompt_service_pb2.ComposePromptRequest(**pair)),
        ):
            yield partial(stub, request, timeout=DEADLINE_SECONDS)


async def main(address: str, name: str, rate: float, read_every: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hear() -> None:
        if not os.read(0, 1):
            stopped.set()

    loop.add_reader(0, hear)
    # What the client library would do by itself is what is looked at here.
    options = [("grpc.enable_retries", 0), ("grpc.max_reconnect_backoff_ms", 200)]
    async with (
        grpc.aio.insecure_channel(address, options) as channel,
        asyncio.TaskGroup() as calls,
    ):
        server = Server()
        memory: Any = WorkingMemoryServiceStub(channel)
        keys: list[dict[str, Any]] = [
            {"user_id": f"{name}-{number}", "persona_id": PERSONA, "session_id": f"{name}-{number}"}
            for number in range(USERS)
        ]
        for key in keys:
            request = working.StartSessionRequest(**key, request_id=f"start {key['session_id']}")
            await answered(server, partial(memory.StartSession, request), "started")
        say("ready")
        reading = reads(channel, keys)
        slots = asyncio.Semaphore(IN_FLIGHT)

        async def one(number: int) -> None:
            async with slots:
                if read_every and number % read_every == 0:
                    await answered(server, next(reading), "read")
                    return
                request = working.AppendEntriesRequest(
                    **keys[number % USERS],
                    entries=[working.Entry(content=f"{name} said {number}")],
                    request_id=f"{name} appends {number}",
                )
                await answered(
                    server,
                    partial(memory.AppendEntries, request, timeout=DEADLINE_SECONDS),
                    f"ack {number}",
                )

        due = loop.time()
        for number in itertools.count():
            due = max(due + 1 / rate, loop.time() - 1.0)
            try:
                async with asyncio.timeout_at(due):
                    await stopped.wait()
                break
            except TimeoutError:
                async with slots:
                    calls.create_task(one(number))
    say("end")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])))
