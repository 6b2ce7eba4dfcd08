"""What ``reverie.uploads`` is for channels that block, where gRPC keeps what the server said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import grpc
from google.protobuf.message import Message

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


def answer_to(
    send: grpc.StreamUnaryMultiCallable[Q, R],
    requests: Iterator[Q],
    *,
    timeout: float | None,
    metadata: tuple[tuple[str, str], ...],
) -> R:
    """Sends all of them and gives the answer.

    Raises:
        grpc.RpcError: as the server said it.
    """
    return send(requests, timeout=timeout, metadata=metadata)
