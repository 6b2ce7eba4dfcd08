"""Channels for tests: plain gRPC, without the client's comforts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio


class _InWorkspace(grpc.aio.UnaryUnaryClientInterceptor):
    """Adds the metadata key that chooses a workspace."""

    def __init__(self, workspace: str) -> None:
        self._workspace = workspace

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        metadata = grpc.aio.Metadata(*(client_call_details.metadata or ()))
        metadata.add("reverie-workspace", self._workspace)
        details = grpc.aio.ClientCallDetails(
            method=client_call_details.method,
            timeout=client_call_details.timeout,
            metadata=metadata,
            credentials=client_call_details.credentials,
            wait_for_ready=client_call_details.wait_for_ready,
        )
        return await continuation(details, request)


@asynccontextmanager
async def connect(address: str, workspace: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server on loopback whose calls go to this workspace."""
    async with grpc.aio.insecure_channel(
        address, interceptors=[_InWorkspace(workspace)]
    ) as channel:
        yield channel
