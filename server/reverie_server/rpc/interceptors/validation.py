"""No servicer ever sees a request that is malformed, oversized or incomplete."""

from __future__ import annotations

from typing import Any

import grpc.aio
from typing_extensions import override

from reverie_server.rpc.interceptors.handlers import Behavior, CallInterceptor, each
from reverie_server.rpc.validation import validate


class ValidationInterceptor(CallInterceptor):
    @override
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        async def validated(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            validate(request)
            return await behavior(request, context)

        return validated

    @override
    def wrap_stream(self, method: str, behavior: Behavior) -> Behavior:
        return lambda requests, context: behavior(each(validate, requests), context)
