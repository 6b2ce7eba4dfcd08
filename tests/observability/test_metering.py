"""Whatever way a call ends, the meter is told once, and after it the call is not inside."""

from __future__ import annotations

import pytest

from reverie.v1 import user_service_pb2 as pb
from tests.observability.conftest import Scene


@pytest.mark.parametrize(
    ("user_id", "code"),
    [("alice", "OK"), ("nobody", "NOT_FOUND"), ("fail", "INTERNAL"), ("", "INVALID_ARGUMENT")],
)
async def test_the_code_is_the_answers(scene: Scene, user_id: str, code: str) -> None:
    call = scene.stub.GetUser(pb.GetUserRequest(user_id=user_id))
    answered = await call.code()
    await scene.recorder.told.wait()

    assert answered.name == code
    assert scene.recorder.ended == [("GetUser", code)]


async def test_a_call_that_its_caller_gives_up_is_cancelled(scene: Scene) -> None:
    call = scene.stub.GetUser(pb.GetUserRequest(user_id="wait"))
    await scene.users.inside.wait()
    assert scene.server.in_flight == 1
    assert scene.recorder.ended == []

    call.cancel()
    await scene.recorder.told.wait()

    assert scene.recorder.ended == [("GetUser", "CANCELLED")]
    assert scene.server.in_flight == 0


async def test_a_call_whose_deadline_passes_is_late(scene: Scene) -> None:
    call = scene.stub.GetUser(pb.GetUserRequest(user_id="wait"), timeout=0.5)
    await scene.recorder.told.wait()

    assert scene.recorder.ended == [("GetUser", "DEADLINE_EXCEEDED")]
    assert (await call.code()).name == "DEADLINE_EXCEEDED"
