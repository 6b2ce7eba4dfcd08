"""What a call that a stream is sent to was answered, also if the answer came while it was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
T = TypeVar("T")

_OF_THE_WRITER: Final = "Internal error from Core"
"""What gRPC says of a message that it could not send any more."""


async def answer_to(
    send: grpc.aio.StreamUnaryMultiCallable[Q, R],
    requests: AsyncIterator[Q],
    *,
    timeout: float | None,  # noqa: ASYNC109 - gRPC's own, which the server sees
    metadata: tuple[tuple[str, str], ...],
) -> R:
    """Sends all of them and gives the answer.

    Raises:
        grpc.aio.AioRpcError: as the server said it. When the server ends a call under a message
            that is on its way, gRPC puts the failure of that message over what the server said, so
            what it said is noted when it comes.
    """
    call = send(requests, timeout=timeout, metadata=metadata)
    said: list[grpc.aio.AioRpcError] = []
    call.add_done_callback(lambda ended: said.append(_at_once(_status(ended))))
    try:
        return await call
    except grpc.aio.AioRpcError as failure:
        of_the_server = (each for each in said if each.details() != _OF_THE_WRITER)
        raise next(of_the_server, failure) from failure


async def _status(call: grpc.aio.Call) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        await call.code(),
        await call.initial_metadata(),
        await call.trailing_metadata(),
        details=await call.details(),
    )


def _at_once(known: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for: a call's that is done."""
    try:
        known.send(None)
    except StopIteration as result:
        value: T = result.value
        return value
    raise RuntimeError("the call is not done")
