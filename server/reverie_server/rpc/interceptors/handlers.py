"""Wrapping gRPC handlers: the part that all interceptors share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import grpc
import grpc.aio

OWN_SERVICES = "/reverie.v1."
"""Methods of the contract. Health and reflection are not ours to wrap: they need no caller."""

# What streams its answers takes the message and writes by itself; what is streamed to takes an
# iterator over messages.
Behavior = Callable[[Any, "grpc.aio.ServicerContext[Any, Any]"], Awaitable[Any]]


class CallInterceptor(grpc.aio.ServerInterceptor, ABC):
    """Wraps the contract's methods, once each: a handler is made at its first call."""

    def __init__(self) -> None:
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    @abstractmethod
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        """The method's behaviour with this interceptor's concern around it."""

    def wrap_stream(self, method: str, behavior: Behavior) -> Behavior:
        """The same of a method that a stream of messages is sent to."""
        return self.wrap(method, behavior)

    def deserializer(self, decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        """The request's decoder; an interceptor may replace it."""
        return decode

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        method = handler_call_details.method
        known = self._wrapped.get(method)
        if known is not None:
            return known
        handler = await continuation(handler_call_details)
        if handler is None or not method.startswith(OWN_SERVICES):
            return handler
        wrapped = self._around(method, handler)
        self._wrapped[method] = wrapped
        return wrapped

    def _around(
        self, method: str, handler: grpc.RpcMethodHandler[Any, Any]
    ) -> grpc.RpcMethodHandler[Any, Any]:
        make: Callable[..., grpc.RpcMethodHandler[Any, Any]]
        if handler.request_streaming:
            make = grpc.stream_unary_rpc_method_handler
            behavior = self.wrap_stream(method, cast(Behavior, handler.stream_unary))
        elif handler.response_streaming:
            make = grpc.unary_stream_rpc_method_handler
            behavior = self.wrap(method, cast(Behavior, handler.unary_stream))
        else:
            make = grpc.unary_unary_rpc_method_handler
            behavior = self.wrap(method, cast(Behavior, handler.unary_unary))
        return make(
            behavior,
            request_deserializer=self.deserializer(
                cast(Callable[[bytes], Any], handler.request_deserializer)
            ),
            response_serializer=handler.response_serializer,
        )


async def each(check: Callable[[Any], None], requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The messages of a stream, each checked before it is passed on."""
    async for request in requests:
        check(request)
        yield request
