"""How many calls are inside, so that an overload is refused early and a drain knows its end."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any, Final

import grpc.aio
from typing_extensions import override

from reverie_server.errors import ResourceExhausted, Unavailable
from reverie_server.rpc.interceptors.handlers import Behavior, CallInterceptor

_LOOKS: Final = 5
"""In which nobody has called, for a silence."""


class AdmissionInterceptor(CallInterceptor):
    """Counts calls of its own: ``grpc.aio.Server.stop`` does not wait for handlers' last lines."""

    def __init__(self, max_in_flight: int) -> None:
        super().__init__()
        self._max = max_in_flight
        self._inside = 0
        self._draining = False
        self._holding = False
        self._last_arrival = -math.inf
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def in_flight(self) -> int:
        return self._inside

    def begin_drain(self) -> None:
        """From now on new calls are refused; those inside go on."""
        self._draining = True

    def hold(self) -> None:
        """From now on new calls get no answer: the end of their connection will be it."""
        self._holding = True

    async def drained(self) -> None:
        """Returns when no call is inside."""
        await self._empty.wait()

    async def left_alone(self, seconds: float) -> None:
        """Returns when no call has arrived for so long: at once when nobody is calling."""
        # A silence has no event at its end. It takes several looks: in the first one after it was
        # held up, a machine has not heard yet who called meanwhile.
        quiet = _LOOKS if time.monotonic() - self._last_arrival >= seconds else 0
        while quiet < _LOOKS:
            before = self._last_arrival
            await asyncio.sleep(seconds / _LOOKS)
            quiet = quiet + 1 if self._last_arrival == before else 0

    @override
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        async def admitted(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            self._last_arrival = time.monotonic()
            if self._holding:
                await asyncio.Event().wait()
            if self._draining:
                raise Unavailable("the server is shutting down", reason="SHUTTING_DOWN")
            if self._inside >= self._max:
                raise ResourceExhausted("too many calls are in flight", retry_after_seconds=0.1)
            self._inside += 1
            self._empty.clear()
            try:
                return await behavior(request, context)
            finally:
                self._inside -= 1
                if not self._inside:
                    self._empty.set()

        return admitted
