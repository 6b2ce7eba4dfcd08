"""Channels for tests: plain gRPC, without the client's comforts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio


def _in_workspace(
    workspace: str, details: grpc.aio.ClientCallDetails
) -> grpc.aio.ClientCallDetails:
    """With the metadata key that chooses a workspace."""
    metadata = grpc.aio.Metadata(*(details.metadata or ()))
    metadata.add("reverie-workspace", workspace)
    return grpc.aio.ClientCallDetails(
        method=details.method,
        timeout=details.timeout,
        metadata=metadata,
        credentials=details.credentials,
        wait_for_ready=details.wait_for_ready,
    )


Continuation = Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]]


class _Calls(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, workspace: str) -> None:
        self._workspace = workspace

    async def intercept_unary_unary(
        self,
        continuation: Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        return await continuation(_in_workspace(self._workspace, client_call_details), request)


class _Downloads(grpc.aio.UnaryStreamClientInterceptor):
    def __init__(self, workspace: str) -> None:
        self._workspace = workspace

    async def intercept_unary_stream(
        self,
        continuation: Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        return await continuation(_in_workspace(self._workspace, client_call_details), request)


class _Uploads(grpc.aio.StreamUnaryClientInterceptor):
    def __init__(self, workspace: str) -> None:
        self._workspace = workspace

    async def intercept_stream_unary(
        self,
        continuation: Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request_iterator: Any,
    ) -> Any:
        details = _in_workspace(self._workspace, client_call_details)
        return await continuation(details, request_iterator)


@asynccontextmanager
async def connect(address: str, workspace: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server on loopback whose calls go to this workspace."""
    interceptors = [_Calls(workspace), _Downloads(workspace), _Uploads(workspace)]
    async with grpc.aio.insecure_channel(address, interceptors=interceptors) as channel:
        yield channel
