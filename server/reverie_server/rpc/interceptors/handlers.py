"""Wrapping gRPC handlers: the part that all interceptors share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, cast

import grpc
import grpc.aio

OWN_SERVICES = "/reverie.v1."
"""Methods of the contract. Health and reflection are not ours to wrap: they need no caller."""

Behavior = Callable[[Any, "grpc.aio.ServicerContext[Any, Any]"], Awaitable[Any]]


class UnaryInterceptor(grpc.aio.ServerInterceptor, ABC):
    """Wraps the contract's unary methods, once each: a handler is made at its first call."""

    def __init__(self) -> None:
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    @abstractmethod
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        """The method's behaviour with this interceptor's concern around it."""

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
        wrapped = grpc.unary_unary_rpc_method_handler(
            self.wrap(method, cast(Behavior, handler.unary_unary)),
            request_deserializer=self.deserializer(
                cast(Callable[[bytes], Any], handler.request_deserializer)
            ),
            response_serializer=handler.response_serializer,
        )
        self._wrapped[method] = wrapped
        return wrapped
