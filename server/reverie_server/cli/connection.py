"""Commands that talk to the running server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import grpc
import grpc.aio
import typer
from grpc_health.v1 import health_pb2

from reverie import Reverie, ReverieError
from reverie.address import FORM, host_and_port
from reverie_server.settings import Settings

FAILED: Final = 1
"""Exit code of a command that could not do its work, or that found a problem."""
HEALTH_SECONDS: Final = 3.0

_SERVING: Final = health_pb2.HealthCheckResponse.SERVING


class NoServer(Exception):
    """Nobody serves there; why, and what to do, in one sentence."""

    def __init__(self, why: str, advice: str = "") -> None:
        super().__init__("; ".join(filter(None, (why, advice))))
        self.why = why


def run_with_server(settings: Settings, work: Callable[[Reverie], Awaitable[int]]) -> NoReturn:
    """Does the work over a connection and leaves the program with its exit code; when there is no
    server, or when it refuses, with one sentence."""
    try:
        code = asyncio.run(_connected(settings, work))
    except NoServer as error:
        typer.echo(f"reverie: {error}", err=True)
        code = FAILED
    except ReverieError as error:
        typer.echo(f"reverie: {told(error)}", err=True)
        code = FAILED
    raise typer.Exit(code)


async def check_serving(address: str, service: str = "") -> None:
    """
    Args:
        service: whose health is asked for; by default the whole server's.

    Raises:
        NoServer: what answers at ``address``, if anything does, is not to be called.
    """
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            answer = await channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )(health_pb2.HealthCheckRequest(service=service), timeout=HEALTH_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() in (
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.DEADLINE_EXCEEDED,
            ):
                raise await _nobody(address) from None
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise NoServer(f"the server at {address} has no service {service!r}") from None
            raise NoServer(
                f"what answers at {address} is not a Reverie server ({error.code().name})"
            ) from None
    if answer.status != _SERVING:
        raise NoServer(
            f"the server at {address} is starting or stopping, or its database is away",
            "try again in a moment; its log says which",
        )


def told(error: ReverieError) -> str:
    """An error of a call, for people."""
    advice = {
        "CREDENTIALS_INVALID": "; set REVERIE_API_KEY to a key of that server",
        "PERMISSION_MISSING": "; use a key that carries it",
    }.get(error.reason, "")
    return f"{error.message}{advice}"


async def _nobody(address: str) -> NoServer:
    """Why nobody answers, as far as that can be seen from here."""
    place = host_and_port(address)
    if place is not None:
        try:
            await asyncio.get_running_loop().getaddrinfo(*place)
        except OSError:
            return NoServer(
                f"the host {place[0]} of the address {address} is not known here",
                f"name another with --address: {FORM}",
            )
    return NoServer(
        f"no server answers at {address}",
        f"start one with `reverie serve`, or name another with --address: {FORM}",
    )


async def _connected(settings: Settings, work: Callable[[Reverie], Awaitable[int]]) -> int:
    await check_serving(settings.server_address)
    async with Reverie(settings.server_address, api_key=settings.client_key) as reverie:
        return await work(reverie)
