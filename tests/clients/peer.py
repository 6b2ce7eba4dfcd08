"""A scripted peer on a real port: what a server does only when it is in trouble.

It answers a few methods, by the ``user_id`` that they name, and counts for each workspace how often
it has been asked. ``clients/behaviour`` says what clients must make of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2_grpc

from reverie.v1 import privacy_service_pb2 as privacy
from reverie.v1 import recall_service_pb2 as recall
from reverie.v1 import user_service_pb2 as users
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.errors import (
    FailedPrecondition,
    InvalidArgument,
    ResourceExhausted,
    Unavailable,
)
from reverie_server.rpc.status import internal_status, status_of

REVISION = 7
"""What every mutation answers."""
Context = grpc.aio.ServicerContext[Any, Any]
Handler = Callable[[Any, Context], Awaitable[Any]]


class Peer:
    """The scripted peer; ``start`` it, and ``stop`` it."""

    def __init__(self) -> None:
        self.address = "127.0.0.1:0"
        self._restarts: set[asyncio.Task[None]] = set()
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._request_ids: dict[str, set[str]] = defaultdict(set)

    async def start(self) -> None:
        """Serves on a free port of loopback, and after ``stop`` again on that one."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), self._server)
        methods: dict[str, dict[str, tuple[Handler, Any]]] = {
            "UserService": {
                "GetUser": (self._get_user, users.GetUserRequest),
                "DeleteUser": (self._delete_user, users.DeleteUserRequest),
            },
            "WorkingMemoryService": {
                "AppendEntries": (self._append_entries, working.AppendEntriesRequest)
            },
            "RecallService": {"Recall": (self._recall, recall.RecallRequest)},
        }
        self._server.add_generic_rpc_handlers(
            [
                grpc.method_handlers_generic_handler(
                    f"reverie.v1.{service}",
                    {
                        name: grpc.unary_unary_rpc_method_handler(
                            handler, request.FromString, lambda answer: answer.SerializeToString()
                        )
                        for name, (handler, request) in handlers.items()
                    },
                )
                for service, handlers in methods.items()
            ]
        )
        self._server.add_generic_rpc_handlers([self._streams()])
        self.address = f"127.0.0.1:{self._server.add_insecure_port(self.address)}"
        await self._server.start()

    async def stop(self) -> None:
        """Closes its port."""
        await self._server.stop(None)

    async def _attempt(self, context: Context, what: str) -> int:
        """Which attempt at something it is, from 1. If that starts with "restarting", the first one
        hears nothing: its server goes away, and another one comes."""
        asked = _workspace(context), what
        self._attempts[asked] += 1
        if what.startswith("restarting") and self._attempts[asked] == 1:
            await self._go_away()
        return self._attempts[asked]

    async def _go_away(self) -> None:
        async def restart() -> None:
            await self.stop()
            await self.start()

        restarting = asyncio.create_task(restart())
        self._restarts.add(restarting)
        restarting.add_done_callback(self._restarts.discard)
        await asyncio.Event().wait()

    def _streams(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            "reverie.v1.PrivacyService",
            {
                "ExportUser": grpc.unary_stream_rpc_method_handler(
                    self._export_user,
                    privacy.ExportUserRequest.FromString,
                    privacy.ExportUserResponse.SerializeToString,
                ),
                "ImportUser": grpc.stream_unary_rpc_method_handler(
                    self._import_user,
                    privacy.ImportUserRequest.FromString,
                    privacy.ImportUserResponse.SerializeToString,
                ),
            },
        )

    async def _export_user(
        self, request: privacy.ExportUserRequest, context: Context
    ) -> AsyncIterator[privacy.ExportUserResponse]:
        attempt = await self._attempt(context, f"{request.user_id} exports")
        for number in range(3):
            yield privacy.ExportUserResponse(data=bytes([number]), total_bytes=3, revision=attempt)
            if request.user_id == "interrupted":
                await self._go_away()
        if request.user_id == "changed":
            error = FailedPrecondition("changed meanwhile", reason="EXPORT_CHANGED")
            await context.abort_with_status(status_of(error))
        if request.user_id == "slow":
            await asyncio.Event().wait()

    async def _import_user(
        self, requests: AsyncIterator[privacy.ImportUserRequest], context: Context
    ) -> privacy.ImportUserResponse:
        came = attempt = 0
        async for request in requests:
            came += 1
            if came == 1:
                attempt = await self._attempt(context, f"{request.user_id} imports")
            if request.user_id == "refused":
                error = InvalidArgument.of("data", "is no file")
                await context.abort_with_status(status_of(error))
            if request.user_id == "unwanted":
                return privacy.ImportUserResponse(next_offset=came)
            if request.user_id == "overloaded":
                busy = ResourceExhausted("too many imports", retry_after_seconds=2.5)
                await context.abort_with_status(status_of(busy))
            if request.user_id == "slow":
                await asyncio.Event().wait()
        return privacy.ImportUserResponse(done=True, next_offset=came, revision=attempt)

    async def _get_user(
        self, request: users.GetUserRequest, context: Context
    ) -> users.GetUserResponse:
        workspace, user_id = _workspace(context), request.user_id
        name = ""
        if user_id.startswith("attempts of "):
            name = str(self._attempts[workspace, user_id.removeprefix("attempts of ")])
        self._attempts[workspace, user_id] += 1
        match user_id:
            case "overloaded":
                error = ResourceExhausted("too many calls", retry_after_seconds=2.5)
                await context.abort_with_status(status_of(error))
            case "defect":
                await context.abort_with_status(internal_status("incident-7"))
            case "slow":
                await asyncio.Event().wait()
            case "restarting":
                name = f"attempt {await self._attempt(context, 'restarting calls')}"
            case "flaky":
                attempt = self._attempts[workspace, user_id]
                name = f"attempt {attempt}"
                if attempt < 3:
                    await context.abort_with_status(status_of(_away()))
            case "away":
                await context.abort_with_status(status_of(_away()))
        return users.GetUserResponse(user=users.User(user_id=user_id, display_name=name))

    async def _delete_user(
        self, request: users.DeleteUserRequest, context: Context
    ) -> users.DeleteUserResponse:
        return users.DeleteUserResponse(revision=REVISION)

    async def _append_entries(
        self, request: working.AppendEntriesRequest, context: Context
    ) -> working.AppendEntriesResponse:
        workspace = _workspace(context)
        asked = workspace, f"{request.user_id} appends"
        self._attempts[asked] += 1
        self._request_ids[workspace].add(request.request_id)
        if request.user_id == "flaky" and self._attempts[asked] < 3:
            await context.abort_with_status(status_of(_away()))
        request_ids = len(self._request_ids[workspace] - {""})
        told = [f"{self._attempts[asked]} attempts", f"{request_ids} request id"]
        return working.AppendEntriesResponse(entry_ids=told, revision=REVISION)

    async def _recall(
        self, request: recall.RecallRequest, context: Context
    ) -> recall.RecallResponse:
        if request.user_id == "restored" and request.min_revision:
            error = FailedPrecondition("never committed", reason="REVISION_UNKNOWN")
            await context.abort_with_status(status_of(error))
        return recall.RecallResponse(revision=request.min_revision)


def _workspace(context: Context) -> str:
    metadata = dict(context.invocation_metadata() or ())
    return str(metadata.get("reverie-workspace", ""))


def _away() -> Unavailable:
    return Unavailable("away", reason="STORAGE_UNAVAILABLE", retry_after_seconds=1.5)
