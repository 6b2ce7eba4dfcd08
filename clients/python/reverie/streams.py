"""RPCs with a stream on one side. They have no deadline unless they are given one: how long one
takes depends on how much there is. gRPC tries again while the server is away, but not after the
first answer has come.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Generic, TypeVar

import grpc.aio
from google.protobuf.message import Message

from reverie.errors import error_of
from reverie.rpc import Caller
from reverie.uploads import answer_to

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


class DownloadRpc(Generic[Q, R]):
    """A method that answers with a stream."""

    def __init__(
        self, caller: Caller, path: str, request_type: type[Q], response_type: type[R]
    ) -> None:
        self._caller = caller
        self.request_type = request_type
        self._send: grpc.aio.UnaryStreamMultiCallable[Q, R] = caller.channel.unary_stream(
            path,
            request_serializer=request_type.SerializeToString,
            response_deserializer=response_type.FromString,
        )

    async def __call__(
        self,
        request: Q,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own, which the server sees
    ) -> AsyncIterator[R]:
        """The answers as they come. Leaving the loop early ends the call.

        Args:
            timeout: seconds for all of it; None: none.

        Raises:
            ReverieError: the class says which status code, ``reason`` says why.
        """
        call = self._send(request, timeout=timeout, metadata=self._caller.metadata)
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as failure:
            raise error_of(failure, failure.details() or "no message", request_id="") from failure
        finally:
            call.cancel()


class UploadRpc(Generic[Q, R]):
    """A method that a stream is sent to."""

    def __init__(
        self, caller: Caller, path: str, request_type: type[Q], response_type: type[R]
    ) -> None:
        self._caller = caller
        self.request_type = request_type
        self._send: grpc.aio.StreamUnaryMultiCallable[Q, R] = caller.channel.stream_unary(
            path,
            request_serializer=request_type.SerializeToString,
            response_deserializer=response_type.FromString,
        )

    async def __call__(
        self,
        requests: AsyncIterator[Q],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> R:
        """Sends all of them and gives the answer, which may come before the last.

        Args:
            timeout: seconds for all of it; None: none.

        Raises:
            ReverieError: as ``DownloadRpc``.
        """
        try:
            return await answer_to(
                self._send, requests, timeout=timeout, metadata=self._caller.metadata
            )
        except grpc.aio.AioRpcError as failure:
            raise error_of(failure, failure.details() or "no message", request_id="") from failure
