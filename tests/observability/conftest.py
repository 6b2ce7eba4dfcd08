"""A server with one RPC that does what it is told, and a meter that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
import pytest

from reverie.v1 import user_service_pb2 as pb
from reverie.v1 import user_service_pb2_grpc as stubs
from reverie_server.clock import SystemClock
from reverie_server.errors import NotFound
from reverie_server.observability.meter import NoMeter
from reverie_server.rpc.interceptors.authentication import Authenticator
from reverie_server.rpc.server import RpcServer, ServerOptions, Servicer


@dataclass
class Recorder(NoMeter):
    """A meter that remembers calls."""

    ended: list[tuple[str, str]] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.ended.append((method, code))
        self.told.set()


class Users(stubs.UserServiceServicer):
    """Does what the user's id says."""

    def __init__(self) -> None:
        self.inside = asyncio.Event()

    async def GetUser(self, request: pb.GetUserRequest, context: Any) -> pb.GetUserResponse:  # noqa: N802
        match request.user_id:
            case "wait":
                self.inside.set()
                await asyncio.Event().wait()
            case "fail":
                raise RuntimeError("planted")
            case "nobody":
                raise NotFound("no such user")
        return pb.GetUserResponse()


@dataclass
class Scene:
    users: Users
    recorder: Recorder
    server: RpcServer
    stub: Any


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    users, recorder = Users(), Recorder()
    name = "reverie.v1.UserService"
    server = RpcServer(
        ServerOptions(address="127.0.0.1:0", max_in_flight=10),
        Authenticator({}, permissions=frozenset(), workspace_choice=True),
        SystemClock(),
        {name: Servicer(name, stubs.add_UserServiceServicer_to_server, users)},
        meter=recorder,
    )
    port = await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Scene(users, recorder, server, stubs.UserServiceStub(channel))
    await server.drain(1.0)
