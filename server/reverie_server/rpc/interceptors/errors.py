"""Outermost: whatever happens inside, the caller gets a canonical code, a reason and no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
import structlog
from google.protobuf.message import DecodeError
from typing_extensions import override

from reverie_server.clock import new_id
from reverie_server.errors import InvalidArgument, ReverieError, Unavailable, Unimplemented
from reverie_server.rpc.interceptors.handlers import OWN_SERVICES, Behavior, CallInterceptor, each
from reverie_server.rpc.status import internal_status, status_of

log = structlog.get_logger(__name__)

_UNDECODABLE = object()
"""Stands in for a request whose bytes are not a message; grpc.aio itself would answer UNKNOWN."""


class ErrorInterceptor(CallInterceptor):
    @override
    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        handler = await super().intercept_service(continuation, handler_call_details)
        if handler is None and handler_call_details.method.startswith(OWN_SERVICES):
            return _UNKNOWN_METHOD  # gRPC's own answer would not say why
        return handler

    @override
    def deserializer(self, decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        def decode_or_mark(data: bytes) -> Any:
            try:
                return decode(data)
            except (DecodeError, ValueError, RecursionError):
                return _UNDECODABLE

        return decode_or_mark

    @override
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        async def guarded(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            try:
                _require_decoded(request)
                return await behavior(request, context)
            except ReverieError as error:
                if error.__cause__ is not None:
                    log.warning(
                        "rpc failed",
                        method=method,
                        reason=error.reason,
                        cause=type(error.__cause__).__name__,
                        sqlstate=getattr(error.__cause__, "sqlstate", None),
                        # While a store is away every call fails alike.
                        exc_info=not isinstance(error, Unavailable),
                    )
                status = status_of(error)
            except asyncio.CancelledError:
                if _is_over():
                    raise
                # Something that the call waited for ended; the caller would hang to its deadline.
                status = status_of(
                    Unavailable("the server is shutting down", reason="SHUTTING_DOWN")
                )
            except grpc.aio.AbortError:
                raise
            except Exception:  # a defect of ours: its text may hold anything, so only logs get it
                incident_id = new_id()
                log.exception("rpc defect", method=method, incident_id=incident_id)
                status = internal_status(incident_id)
            await context.abort_with_status(status)
            return None

        return guarded

    @override
    def wrap_stream(self, method: str, behavior: Behavior) -> Behavior:
        return self.wrap(
            method, lambda requests, context: behavior(each(_require_decoded, requests), context)
        )


def _is_over() -> bool:
    """Whether gRPC has ended this call, because its caller has left or the server stops: there is
    nobody to answer any more. ``context.cancelled()`` does not know; it tells of the status sent.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _require_decoded(request: Any) -> None:
    if request is _UNDECODABLE:
        raise InvalidArgument(
            "the request is not a message of this method's type", reason="UNDECODABLE_REQUEST"
        )


async def _unknown_method(_: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
    await context.abort_with_status(
        status_of(Unimplemented("this server does not have the method"))
    )


_UNKNOWN_METHOD: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(
    _unknown_method
)
