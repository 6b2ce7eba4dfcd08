"""The standard health service: what load balancers and probes ask.

Names: "" and "readiness" (may be sent calls), "liveness" (must not be restarted), and one for each
service of the contract. An index that is rebuilding or away is degradation, not NOT_SERVING. While
the database is away only "readiness" is NOT_SERVING, for those who choose where calls go. The rest
stays SERVING: calls are taken, and refused with a word on when to try again, which a client that
looks at "" before it calls would never hear; and to start the server anew would help nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from grpc_health.v1 import health, health_pb2

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Health:
    def __init__(self, services: Iterable[str]) -> None:
        self.servicer = health.aio.HealthServicer()
        self._names = ("", "readiness", *services)

    async def starting(self) -> None:
        """Alive, but not to be called yet."""
        await self.servicer.set("liveness", _SERVING)
        await self._set_all(_NOT_SERVING)

    async def serving(self) -> None:
        await self._set_all(_SERVING)

    async def ready(self, is_ready: bool) -> None:
        """Whether calls would get an answer."""
        await self.servicer.set("readiness", _SERVING if is_ready else _NOT_SERVING)

    async def lost(self) -> None:
        """Of no use any more, and only a restart can change that."""
        await self.servicer.set("liveness", _NOT_SERVING)
        await self._set_all(_NOT_SERVING)

    async def draining(self) -> None:
        """No new calls, please; those who watch are told at once. Cannot be undone."""
        await self.servicer.enter_graceful_shutdown()

    async def _set_all(self, status: int) -> None:
        for name in self._names:
            await self.servicer.set(name, status)
