"""How long each call took, and how it ended. Around everything else."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import grpc
import grpc.aio
from typing_extensions import override

from reverie_server.observability.meter import OTHER, Meter
from reverie_server.rpc.interceptors.handlers import OWN_SERVICES, Behavior, CallInterceptor

_NAMES: Final = {code.value[0]: code.name for code in grpc.StatusCode}
_OK: Final = grpc.StatusCode.OK.name


class MeteringInterceptor(CallInterceptor):
    def __init__(self, meter: Meter, methods: frozenset[str]) -> None:
        """
        Args:
            methods: the contract's, ``/reverie.v1.UserService/GetUser``. All others, whose names
                callers choose, are counted as one.
        """
        super().__init__()
        self._meter = meter
        self._methods = methods
        self._other: grpc.RpcMethodHandler[Any, Any] | None = None

    @override
    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        method = handler_call_details.method
        if method in self._methods or not method.startswith(OWN_SERVICES):
            return await super().intercept_service(continuation, handler_call_details)
        if self._other is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._other = grpc.unary_unary_rpc_method_handler(
                self.wrap(OTHER, cast(Behavior, handler.unary_unary))
            )
        return self._other

    @override
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        name = method.rpartition("/")[2]
        ended = self._meter.call_ended
        now = time.perf_counter

        async def metered(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            started = now()
            try:
                answer = await behavior(request, context)
            except grpc.aio.AbortError:
                ended(name, code_name(context), now() - started)
                raise
            except BaseException:  # nobody was there to hear the answer; it goes on its way
                ended(name, code_of_departure(context), now() - started)
                raise
            ended(name, _OK, now() - started)
            return answer

        return metered


def code_name(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """The code that a call was aborted with."""
    code: Any = context.code()
    return code.name if isinstance(code, grpc.StatusCode) else _NAMES[code]


def code_of_departure(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """What a caller who did not wait for the answer sees."""
    late = context.time_remaining() == 0
    return (grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.CANCELLED).name
