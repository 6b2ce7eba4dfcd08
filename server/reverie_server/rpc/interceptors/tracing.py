"""A span for each call. Around everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
from typing_extensions import override

from reverie_server.observability.spans import Tracer
from reverie_server.rpc.call import served_call
from reverie_server.rpc.interceptors.handlers import Behavior, CallInterceptor
from reverie_server.rpc.interceptors.metering import code_name, code_of_departure


class TracingInterceptor(CallInterceptor):
    def __init__(self, tracer: Tracer, methods: frozenset[str]) -> None:
        """
        Args:
            methods: the contract's; others have no span, since their names are the callers'.
        """
        super().__init__()
        self._tracer = tracer
        self._methods = methods

    @override
    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        if handler_call_details.method not in self._methods:
            return await continuation(handler_call_details)
        return await super().intercept_service(continuation, handler_call_details)

    @override
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        async def traced(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            told = context.invocation_metadata() or ()
            metadata = {key: value for key, value in told if isinstance(value, str)}
            with self._tracer.call(method, metadata) as span:
                try:
                    answer = await behavior(request, context)
                except grpc.aio.AbortError:
                    span.ended(code_name(context), _workspace())
                    raise
                except BaseException:  # nobody was there to hear the answer; it goes on its way
                    span.ended(code_of_departure(context), _workspace())
                    raise
                span.ended(grpc.StatusCode.OK.name, _workspace())
                return answer

        return traced


def _workspace() -> str:
    call = served_call()
    return call.workspace_id if call is not None else ""
