"""A gRPC server with some servicers only, interceptors and all, for tests of single rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from reverie_server.clock import Clock
from reverie_server.rpc.interceptors.authentication import Authenticator
from reverie_server.rpc.server import RpcServer, ServerOptions, Servicer


@asynccontextmanager
async def serve(clock: Clock, servicers: Mapping[str, Servicer]) -> AsyncIterator[str]:
    """Serves on a free port of loopback; gives the address."""
    server = RpcServer(
        ServerOptions(address="127.0.0.1:0", max_in_flight=100),
        Authenticator({}, permissions=frozenset(), workspace_choice=True),
        clock,
        servicers,
    )
    port = await server.start()
    yield f"127.0.0.1:{port}"
    await server.drain(1.0)
