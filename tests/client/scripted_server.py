"""The network's other end, for what a real server does only when it is in trouble."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import grpc
import grpc.aio
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from reverie_server.errors import ReverieError
from reverie_server.rpc.status import internal_status, status_of

Answer = Message | ReverieError | str
"""A message, an error of the domain, or the incident id of a defect."""


@dataclass
class ScriptedServer:
    """Answers every call with the next of ``answers`` and keeps what it was sent."""

    answers: deque[Answer] = field(default_factory=deque)
    requests: list[bytes] = field(default_factory=list)
    metadata: list[dict[str, str | bytes]] = field(default_factory=list)
    seconds_left: list[float] = field(default_factory=list)
    address: str = ""
    health: health.aio.HealthServicer = field(default_factory=health.aio.HealthServicer)

    async def start(self, address: str = "127.0.0.1:0") -> None:
        """Serves on ``address``; port 0 lets the system choose."""
        self._server = grpc.aio.server(
            options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 1 << 24)]
        )
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._server)
        self._server.add_generic_rpc_handlers([_EveryMethod(self)])
        self.address = f"127.0.0.1:{self._server.add_insecure_port(address)}"
        await self._server.start()

    async def set_serving(self, serving: bool) -> None:
        """What it tells those who ask whether it may be called; at first that it may."""
        status = health_pb2.HealthCheckResponse
        await self.health.set("", status.SERVING if serving else status.NOT_SERVING)

    async def stop(self) -> None:
        """Closes its port at once."""
        await self._server.stop(None)

    async def answer(
        self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]
    ) -> bytes:
        """One call."""
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata() or ()))
        self.seconds_left.append(context.time_remaining() or 0.0)
        answer = self.answers.popleft()
        if isinstance(answer, ReverieError):
            await context.abort_with_status(status_of(answer))
        if isinstance(answer, str):
            await context.abort_with_status(internal_status(answer))
        assert isinstance(answer, Message)
        return answer.SerializeToString()


class _EveryMethod(grpc.GenericRpcHandler):
    def __init__(self, peer: ScriptedServer) -> None:
        self._peer = peer

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        return grpc.unary_unary_rpc_method_handler(self._peer.answer)
