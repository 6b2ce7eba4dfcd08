"""The yardstick: a bare grpc.aio server that parses a message and sends it back.

Run as a process of its own, on the event loop that the product runs on. It serves the methods that
benchmarks call under the same names, so that both sides do the same work for the wire.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from typing import Any

import grpc
import grpc.aio

from bench.loops import run
from reverie.v1.fact_service_pb2 import AddFactsRequest
from reverie.v1.prompt_service_pb2 import ComposePromptRequest
from reverie.v1.recall_service_pb2 import RecallRequest
from reverie.v1.relationship_service_pb2 import ListMemoriesRequest
from reverie.v1.working_memory_service_pb2 import AppendEntriesRequest

SERVICE = "bench.Echo"
MESSAGES: Mapping[str, Any] = {
    "AppendEntries": AppendEntriesRequest,
    "Recall": RecallRequest,
    "ComposePrompt": ComposePromptRequest,
    "AddFacts": AddFactsRequest,
    "ListMemories": ListMemoriesRequest,
}


async def echo(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:  # noqa: ARG001
    return request


async def serve() -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = grpc.aio.server()
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            echo,
            request_deserializer=message.FromString,
            response_serializer=message.SerializeToString,
        )
        for name, message in MESSAGES.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"serving on 127.0.0.1:{port}", flush=True)
    await stop.wait()
    await server.stop(None)


def stub(channel: grpc.aio.Channel, name: str) -> Any:
    """Calls the echo of a message."""
    message = MESSAGES[name]
    return channel.unary_unary(
        f"/{SERVICE}/{name}",
        request_serializer=message.SerializeToString,
        response_deserializer=message.FromString,
    )


if __name__ == "__main__":
    sys.exit(run(serve()))
