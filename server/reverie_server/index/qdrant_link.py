"""The connection to a Qdrant: every call has a deadline, every failure is an ``IndexAway``.

``AsyncQdrantClient`` keeps the channels, with key and TLS. What goes over them are the messages of
its stubs: its own models would be made, checked and converted for every point and every hit.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import grpc
import structlog
from qdrant_client import AsyncQdrantClient
from qdrant_client import grpc as q

from reverie_server.index.memory_index import IndexAway
from reverie_server.index.qdrant_options import QdrantOptions

T = TypeVar("T")

LONGEST_DETAIL: Final = 200
"""Characters of Qdrant's own words in the log."""
_CHANNEL: Final[dict[str, Any]] = {
    # A Qdrant that is back is found within a second; gRPC alone would wait up to two minutes.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1_000,
    # A connection whose other end has vanished is noticed while calls are waiting on it.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
}
_REASONS: Final = {
    grpc.StatusCode.UNAVAILABLE: "Qdrant cannot be reached",
    grpc.StatusCode.DEADLINE_EXCEEDED: "Qdrant does not answer in time",
    grpc.StatusCode.UNAUTHENTICATED: "Qdrant refuses the API key",
    grpc.StatusCode.PERMISSION_DENIED: "Qdrant refuses the API key",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "Qdrant is overloaded",
}
_log = structlog.get_logger(__name__)


class CollectionGone(IndexAway):
    """Qdrant is there, the collection is not."""


class QdrantLink:
    """One Qdrant. Made on the loop that uses it."""

    def __init__(self, options: QdrantOptions) -> None:
        self.options = options
        with warnings.catch_warnings():
            # The client's warning of a key without TLS: the settings' documentation says so.
            warnings.simplefilter("ignore", UserWarning)
            self._client = AsyncQdrantClient(
                host=options.host,
                grpc_port=options.port,
                https=options.tls,
                api_key=options.api_key or None,
                prefer_grpc=True,
                grpc_options=dict(_CHANNEL),
                timeout=math.ceil(options.search_seconds),
                # It would ask over HTTP, from a thread of its own.
                check_compatibility=False,
            )

    @property
    def points(self) -> q.PointsStub:
        return self._client.grpc_points

    @property
    def collections(self) -> q.CollectionsStub:
        return self._client.grpc_collections

    async def version(self) -> tuple[int, int]:
        """Of the server.

        Raises:
            IndexAway: it does not answer.
        """
        info = await self._translated(self._client.info())
        major, minor, *_ = info.version.split(".")
        return int(major), int(minor)

    async def ask(
        self, call: Callable[..., Awaitable[T]], request: object, *, within: float | None = None
    ) -> T:
        """
        Args:
            within: seconds; the search's if None.

        Raises:
            CollectionGone: there is no such collection.
            IndexAway: Qdrant does not answer, or refuses.
        """
        seconds = self.options.search_seconds if within is None else within
        return await self._translated(call(request, timeout=seconds))

    async def write(self, call: Callable[..., Awaitable[T]], request: object) -> T:
        """``ask`` with a change's patience."""
        return await self.ask(call, request, within=self.options.write_seconds)

    async def close(self) -> None:
        await self._client.close()

    async def _translated(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except grpc.aio.AioRpcError as error:
            code = error.code()
            if code is grpc.StatusCode.NOT_FOUND:
                raise CollectionGone("the collection is gone") from error
            reason = _REASONS.get(code)
            if reason is None:
                # It holds no text of ours: none is ever sent there.
                detail = (error.details() or "")[:LONGEST_DETAIL]
                _log.warning("qdrant.refused", code=code.name, detail=detail)
                reason = f"Qdrant refuses a request ({code.name})"
            raise IndexAway(reason) from error
