"""The double's gRPC server, and what can be wrong with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import grpc
import grpc.aio
from qdrant_client import grpc as q

from tests.qdrant_double.engine import Engine, NoSuchCollection


class Fault(StrEnum):
    """What happens to every call."""

    NONE = "none"
    REFUSE = "refuse"
    """Nobody listens."""
    HANG = "hang"
    """It is taken, and never answered. Nothing has happened."""
    DRIP = "drip"
    """It takes ``drip_seconds``, and is carried out though nobody may wait for the answer."""
    LATE = "late"
    """It is carried out, and never answered."""


class QdrantDouble:
    """On the loop that starts it. Its collections stay when it is refused and back."""

    def __init__(self, api_key: str = "") -> None:
        self.engine = Engine()
        self.drip_seconds = 5.0
        self.port = 0
        self.met = asyncio.Event()
        """Set when a call has met a fault."""
        self._api_key = api_key
        self._fault = Fault.NONE
        self._cleared = asyncio.Event()
        self._slow: set[asyncio.Task[Any]] = set()
        self._server: grpc.aio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listens, on the port of the time before if there was one."""
        server = grpc.aio.server(
            options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1)]
        )
        for service, methods in self._methods().items():
            handlers: dict[str, Any] = {
                name: grpc.unary_unary_rpc_method_handler(
                    self._answer(work),
                    request_deserializer=request.FromString,
                    response_serializer=lambda response: response.SerializeToString(),
                )
                for name, (request, work) in methods.items()
            }
            generic = grpc.method_handlers_generic_handler(f"qdrant.{service}", handlers)
            server.add_generic_rpc_handlers((generic,))
        self.port = server.add_insecure_port(f"127.0.0.1:{self.port}")
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """Idempotent."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(None)

    async def suffer(self, fault: Fault) -> None:
        """From now on; ends what came before. Calls that hang stay without an answer."""
        self._cleared.set()
        self._cleared = asyncio.Event()
        self.met.clear()
        self._fault = fault
        if fault is Fault.REFUSE:
            await self.stop()
        elif self._server is None:
            await self.start()

    def _methods(self) -> dict[str, dict[str, tuple[Any, Callable[[Any], Any]]]]:
        engine = self.engine
        return {
            "Collections": {
                "Create": (q.CreateCollection, engine.create),
                "Get": (q.GetCollectionInfoRequest, engine.get),
                "List": (q.ListCollectionsRequest, engine.list),
                "Delete": (q.DeleteCollection, engine.delete_collection),
                "CreateShardKey": (q.CreateShardKeyRequest, engine.create_shard_key),
            },
            "Points": {
                "CreateFieldIndex": (q.CreateFieldIndexCollection, engine.index_field),
                "Upsert": (q.UpsertPoints, engine.upsert),
                "Delete": (q.DeletePoints, engine.delete),
                "Get": (q.GetPoints, engine.retrieve),
                "Scroll": (q.ScrollPoints, engine.scroll),
                "Count": (q.CountPoints, engine.count),
                "QueryBatch": (q.QueryBatchPoints, engine.query_batch),
            },
            "Qdrant": {
                "HealthCheck": (
                    q.HealthCheckRequest,
                    lambda _: q.HealthCheckReply(title="qdrant", version=engine.version),
                ),
            },
        }

    def _answer(
        self, work: Callable[[Any], Any]
    ) -> Callable[[Any, grpc.aio.ServicerContext[Any, Any]], Awaitable[Any]]:
        async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            fault, cleared = self._fault, self._cleared
            if fault is not Fault.NONE:
                self.met.set()
            if self._api_key and dict(context.invocation_metadata() or ()).get("api-key") != (
                self._api_key
            ):
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "Invalid API key")
            if fault is Fault.HANG:
                await self._never()
            if fault is Fault.DRIP:
                carried_out = asyncio.create_task(self._slowly(work, request, cleared))
                self._slow.add(carried_out)
                carried_out.add_done_callback(self._slow.discard)
                pending: Awaitable[Any] = asyncio.shield(carried_out)
            else:
                pending = _at_once(work, request)
            try:
                result = await pending
            except NoSuchCollection as error:
                await context.abort(
                    grpc.StatusCode.NOT_FOUND, f"Collection `{error}` doesn't exist!"
                )
            except ValueError as error:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            if fault is Fault.LATE:
                await self._never()
            return result

        return answer

    async def _slowly(
        self, work: Callable[[Any], Any], request: Any, cleared: asyncio.Event
    ) -> Any:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.drip_seconds):
                await cleared.wait()
        return work(request)

    async def _never(self) -> None:
        """Until the caller gives up, which cancels this."""
        await asyncio.Event().wait()


async def _at_once(work: Callable[[Any], Any], request: Any) -> Any:
    return work(request)
