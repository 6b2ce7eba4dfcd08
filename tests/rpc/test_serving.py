"""The server as a whole: starting, health, reflection, stopping."""

from __future__ import annotations

from typing import Any

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from reverie.v1 import user_service_pb2 as pb
from reverie.v1 import user_service_pb2_grpc

SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("name", ["", "liveness", "readiness", "reverie.v1.UserService"])
async def test_health_says_serving(channel: grpc.aio.Channel, name: str) -> None:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
    assert answer.status == SERVING


async def test_a_created_user_is_there(channel: grpc.aio.Channel) -> None:
    users = user_service_pb2_grpc.UserServiceStub(channel)
    created = await users.CreateUser(pb.CreateUserRequest(user_id="alice"))
    got = await users.GetUser(pb.GetUserRequest(user_id="alice"))
    assert got.user == created.user
    assert created.revision == got.user.revision
