"""Assembles the gRPC server: interceptors, servicers, health, reflection, and its drain."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from reverie_server.clock import Clock
from reverie_server.observability.meter import Meter
from reverie_server.observability.spans import Tracer
from reverie_server.rpc.health import Health
from reverie_server.rpc.interceptors.admission import AdmissionInterceptor
from reverie_server.rpc.interceptors.authentication import (
    AuthenticationInterceptor,
    Authenticator,
)
from reverie_server.rpc.interceptors.errors import ErrorInterceptor
from reverie_server.rpc.interceptors.metering import MeteringInterceptor
from reverie_server.rpc.interceptors.tracing import TracingInterceptor
from reverie_server.rpc.interceptors.validation import ValidationInterceptor
from reverie_server.rpc.limits import MAX_MESSAGE_BYTES

_QUIET_SECONDS = 0.1
_HEARING_SECONDS = 2.0
_HOLDING_SECONDS = 0.5
_SEND_BYTES = 8 * 1024 * 1024
"""A page ends at 2 MiB of payload or with one item, so an answer stays well below this."""


_PENDING = 100_000
"""Calls that gRPC holds before they are admitted or refused. Beyond, it drops them as CANCELLED
and without a reason; its own default is 1,000."""


@dataclass(frozen=True, slots=True)
class Servicer:
    """A service of the contract and what registers it."""

    name: str
    """Full name, ``reverie.v1.UserService``."""
    add: Callable[[Any, grpc.aio.Server], None]
    implementation: Any


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How the port is served."""

    address: str
    """host:port; port 0 lets the system choose."""
    max_in_flight: int
    reuse_port: bool = False
    """Several processes on one port; never over one data folder."""
    reflection: bool = True
    credentials: grpc.ServerCredentials | None = None


class _GenericHandlers:
    """What generated code adds a service to.

    It adds every method twice: to a generic handler and as a registered method. grpc.aio's loop
    waits on one future for each registered method on every call, so with some sixty of them that
    alone costs a tenth of a call; the generic handler answers just the same.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        self._server.add_generic_rpc_handlers(handlers)

    def add_registered_method_handlers(self, _service: str, _handlers: Any) -> None:
        """Left out on purpose."""


class RpcServer:
    """A gRPC server on one address. Start, then drain once."""

    def __init__(
        self,
        options: ServerOptions,
        authenticator: Authenticator,
        clock: Clock,
        servicers: Mapping[str, Servicer],
        *,
        meter: Meter | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._options = options
        self._admission = AdmissionInterceptor(options.max_in_flight)
        self.health = Health(servicers)
        self._server = grpc.aio.server(
            interceptors=(
                *([TracingInterceptor(tracer, _methods(servicers))] if tracer else ()),
                *([MeteringInterceptor(meter, _methods(servicers))] if meter else ()),
                ErrorInterceptor(),
                AuthenticationInterceptor(authenticator, clock),
                self._admission,
                ValidationInterceptor(),
            ),
            options=(
                ("grpc.so_reuseport", int(options.reuse_port)),
                ("grpc.server.max_pending_requests", _PENDING),
                ("grpc.server.max_pending_requests_hard_limit", _PENDING),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_send_message_length", _SEND_BYTES),
                ("grpc.keepalive_time_ms", 60_000),
                ("grpc.keepalive_timeout_ms", 20_000),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
            ),
        )
        handlers: Any = _GenericHandlers(self._server)
        for servicer in servicers.values():
            servicer.add(servicer.implementation, handlers)
        health_pb2_grpc.add_HealthServicer_to_server(self.health.servicer, self._server)
        if options.reflection:
            names = (*servicers, "grpc.health.v1.Health", reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, self._server)

    @property
    def in_flight(self) -> int:
        """How many calls are inside."""
        return self._admission.in_flight

    async def start(self) -> int:
        """Binds and starts; gives the port.

        Raises:
            OSError: the address cannot be bound.
        """
        try:
            if self._options.credentials is None:
                port = self._server.add_insecure_port(self._options.address)
            else:
                port = self._server.add_secure_port(
                    self._options.address, self._options.credentials
                )
        except RuntimeError as error:
            raise OSError(
                f"cannot listen on {self._options.address}: the port is taken (another can"
                " be named: --port), or the address is not this machine's"
            ) from error
        await self.health.starting()
        await self._server.start()
        return port

    async def drain(self, grace_seconds: float) -> None:
        """Lets calls in flight finish within the grace, then closes the port."""
        await self.health.draining()
        self._admission.begin_drain()
        # Out of grace, the stop below cancels what is left.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self._admission.drained()
        # Calls that have arrived and that gRPC has not handed to us yet when it stops end as
        # CANCELLED, which nobody tries again. So who is still calling is refused properly until it
        # has heard. Who calls again and again all the same is kept waiting in the end: then all
        # calls are inside, and those end as UNAVAILABLE with their connections.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._admission.left_alone(_QUIET_SECONDS), _HEARING_SECONDS)
        self._admission.hold()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._admission.left_alone(_QUIET_SECONDS), _HOLDING_SECONDS)
        await self._server.stop(None)
        await self._admission.drained()


def _methods(services: Iterable[str]) -> frozenset[str]:
    """Full names of all methods that the services have in the contract."""
    find = descriptor_pool.Default().FindServiceByName
    return frozenset(
        f"/{service}/{method.name}" for service in services for method in find(service).methods
    )
