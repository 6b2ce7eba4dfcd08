"""Whoever calls a server that stops hears that it may call another."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest

from reverie.v1 import user_service_pb2 as pb
from reverie.v1 import user_service_pb2_grpc as stubs
from reverie_server.clock import SystemClock
from reverie_server.rpc import server as rpc_server
from reverie_server.rpc.interceptors.admission import AdmissionInterceptor
from reverie_server.rpc.interceptors.authentication import Authenticator
from reverie_server.rpc.interceptors.errors import ErrorInterceptor
from reverie_server.rpc.server import RpcServer, ServerOptions, Servicer

NAME = "reverie.v1.UserService"
CONNECTIONS, CALLERS = 4, 8


class Users(stubs.UserServiceServicer):
    """Answers at once, or never."""

    def __init__(self) -> None:
        self.inside = asyncio.Event()
        self.left: list[str] = []

    async def GetUser(self, request: pb.GetUserRequest, context: Any) -> pb.GetUserResponse:  # noqa: N802
        if request.user_id == "wait":
            self.inside.set()
            try:
                await asyncio.Event().wait()
            except BaseException as error:
                self.left.append(type(error).__name__)
                raise
        return pb.GetUserResponse()


@pytest.fixture
async def users() -> Users:
    return Users()


@pytest.fixture
async def server(users: Users) -> AsyncIterator[tuple[RpcServer, str]]:
    server = RpcServer(
        ServerOptions(address="127.0.0.1:0", max_in_flight=1_000),
        Authenticator({}, permissions=frozenset(), workspace_choice=True),
        SystemClock(),
        {NAME: Servicer(NAME, stubs.add_UserServiceServicer_to_server, users)},
    )
    yield server, f"127.0.0.1:{await server.start()}"
    await server.drain(0)


async def code_of(channel: grpc.aio.Channel, user_id: str) -> grpc.StatusCode:
    call = stubs.UserServiceStub(channel).GetUser(pb.GetUserRequest(user_id=user_id))
    code: grpc.StatusCode = await call.code()
    return code


async def test_a_call_that_outlasts_the_grace_is_unavailable(
    server: tuple[RpcServer, str], users: Users
) -> None:
    async with grpc.aio.insecure_channel(server[1]) as channel:
        call = asyncio.ensure_future(code_of(channel, "wait"))
        await users.inside.wait()
        await server[0].drain(0.01)
        assert await call is grpc.StatusCode.UNAVAILABLE
    assert users.left == ["CancelledError"]
    assert server[0].in_flight == 0


async def test_whoever_goes_on_calling_meanwhile_is_told_to_call_elsewhere(
    server: tuple[RpcServer, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # They never stop, and each of them calls once more while it is held: that ends by itself.
    monkeypatch.setattr(rpc_server, "_HEARING_SECONDS", 0.3)
    monkeypatch.setattr(rpc_server, "_HOLDING_SECONDS", 30.0)
    codes: Counter[grpc.StatusCode] = Counter()
    serving, stopped = asyncio.Event(), asyncio.Event()

    async def go_on_calling(channel: grpc.aio.Channel) -> None:
        while not stopped.is_set():
            code = await code_of(channel, "alice")
            codes[code] += 1
            if code is grpc.StatusCode.OK:
                serving.set()

    channels = [
        # One connection each: by default channels to one address share theirs.
        grpc.aio.insecure_channel(server[1], options=[("grpc.use_local_subchannel_pool", 1)])
        for _ in range(CONNECTIONS)
    ]
    callers = [asyncio.ensure_future(go_on_calling(channel)) for channel in channels * CALLERS]
    await serving.wait()
    await server[0].drain(1.0)
    stopped.set()
    await asyncio.gather(*callers)
    for channel in channels:
        await channel.close()

    assert codes.keys() <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}, codes
    assert codes[grpc.StatusCode.UNAVAILABLE]


async def test_a_machine_that_was_held_up_has_not_heard_a_silence() -> None:
    admission = AdmissionInterceptor(1)
    quiet = 0.02

    async def empty(*_: Any) -> None:
        pass

    context: Any = None
    await admission.wrap("/a/b", empty)(None, context)
    alone = asyncio.ensure_future(admission.left_alone(quiet))
    await asyncio.sleep(0)
    time.sleep(quiet * 2)  # noqa: ASYNC251 - what holds it up
    for _ in range(3):  # in each of which it looks once at most
        await asyncio.sleep(0)
    assert not alone.done()
    await alone


async def test_a_call_that_is_over_is_not_answered() -> None:
    """gRPC has told its caller already, and cancelled the task."""
    answered: list[Any] = []

    class Context:
        def cancelled(self) -> bool:
            return False  # as gRPC says all the same

        async def abort_with_status(self, status: Any) -> None:
            answered.append(status)

    async def wait(*_: Any) -> None:
        await asyncio.Event().wait()

    context: Any = Context()
    call = asyncio.ensure_future(ErrorInterceptor().wrap("/a/b", wait)(None, context))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert answered == []
