"""What an error tells its caller, and what it never does."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.struct_pb2 import Struct

import reverie_server
from reverie.v1 import error_reason_pb2
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server import errors
from reverie_server.bootstrap import Application
from reverie_server.errors import Code, ResourceExhausted, ReverieError, Unavailable
from reverie_server.identity.users.service import UserService
from reverie_server.rpc import status
from reverie_server.tiers.recall.service import RecallService
from reverie_server.tiers.semantic.service import DocumentService
from reverie_server.tiers.working.sessions import Sessions
from tests.backends import settings_of
from tests.rpc.contract import BY_NAME, Refused, answer, ask
from tests.rpc.source_comments import enum_value_comments
from tests.rpc.world import PAIR, SESSION, World, valid_request

SECRET = "hunter2-Xq9"
REASONS = {
    name.removeprefix("ERROR_REASON_"): comment.partition(":")[0]
    for name, comment in enum_value_comments("ErrorReason").items()
    if name != "ERROR_REASON_UNSPECIFIED"
}
"""Reason -> the canonical code that the contract says it comes with."""

NOT_RAISED = {
    "INTERNAL": "is what anything else becomes",
    "DEADLINE_PASSED": "gRPC itself answers when a deadline passes; kept for what asks others",
}


def defect() -> Exception:
    """As it comes from somewhere deep down."""
    try:
        raise KeyError(f"the password is {SECRET}")
    except KeyError as error:
        wrapped = RuntimeError(f"could not log in with {SECRET}")
        wrapped.__cause__ = error
        return wrapped


def planted(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, error: BaseException) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(owner, name, fail)


@pytest.mark.parametrize(
    ("owner", "method", "rpc"),
    [
        (UserService, "get", "GetUser"),
        (RecallService, "recall", "Recall"),
        (DocumentService, "put", "PutDocument"),
        (Sessions, "start", "StartSession"),
    ],
)
@pytest.mark.parametrize("make", [defect, lambda: ValueError(SECRET), lambda: OSError(1, SECRET)])
async def test_a_defect_tells_its_incident_and_nothing_else(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    rpc: str,
    make: Callable[[], Exception],
) -> None:
    request = valid_request(rpc, world)
    with monkeypatch.context() as planting:
        planted(planting, owner, method, make())
        outcome = await ask(world.channel, BY_NAME[rpc], request)
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.INTERNAL
    assert (outcome.reason, outcome.domain) == ("INTERNAL", "reverie")
    assert outcome.incident
    assert outcome.incident in outcome.message
    for told in ("hunter2", SECRET, "Traceback", "KeyError", ".py", "password"):
        assert told not in outcome.everything
    assert not isinstance(await ask(world.channel, BY_NAME[rpc], request), Refused)


async def test_what_the_server_cancels_is_unavailable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, UserService, "get", asyncio.CancelledError(SECRET))
    outcome = await ask(world.channel, BY_NAME["GetUser"], valid_request("GetUser", world))
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.UNAVAILABLE
    assert (outcome.reason, outcome.domain) == ("SHUTTING_DOWN", "reverie")
    assert outcome.retries
    assert SECRET not in outcome.everything


async def test_what_the_client_cancels_leaves_the_server_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def wait(*_: Any) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with monkeypatch.context() as patched:
        patched.setattr(UserService, "get", wait)
        call = asyncio.ensure_future(answer(world.channel, "GetUser", user_id="alice"))
        await started.wait()
        call.cancel()
        await ended.wait()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await answer(world.channel, "GetUser", user_id="alice")).user.user_id == "alice"


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("gone"),
        Unavailable("gone", retry_after_seconds=2.5),
        ResourceExhausted("full"),
        ResourceExhausted("full", retry_after_seconds=0.0),
    ],
)
async def test_who_may_try_again_is_told_when(
    world: World, monkeypatch: pytest.MonkeyPatch, error: ReverieError
) -> None:
    planted(monkeypatch, UserService, "get", error)
    outcome = await ask(world.channel, BY_NAME["GetUser"], valid_request("GetUser", world))
    assert isinstance(outcome, Refused)
    assert (outcome.code.name, outcome.reason) == (error.code.name, error.reason)
    assert outcome.domain == "reverie"
    assert outcome.retries


def test_codes_are_those_of_grpc() -> None:
    for code in Code:
        assert grpc.StatusCode[code.name].value[0] == code


def test_every_class_of_errors_has_a_reason_of_the_contract() -> None:
    for each in ReverieError.__subclasses__():
        assert REASONS[each.default_reason] == each.code.name, each


def raised_reasons() -> Iterator[tuple[str, str, str]]:
    """Where an error is made with a reason: the file, the class, the reason."""
    classes = {each.__name__ for each in ReverieError.__subclasses__()}
    for file in Path(reverie_server.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            made = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            if isinstance(made, ast.Name) and made.id in classes:
                for keyword in node.keywords:
                    if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant):
                        yield str(file), made.id, str(keyword.value.value)


def test_every_reason_that_is_raised_is_in_the_contract_with_its_code() -> None:
    found = list(raised_reasons())
    assert len(found) > 20
    for file, name, reason in found:
        assert REASONS.get(reason) == getattr(errors, name).code.name, (file, reason)


def test_every_reason_of_the_contract_is_raised() -> None:
    raised = {reason for _, _, reason in raised_reasons()}
    raised |= {each.default_reason for each in ReverieError.__subclasses__()}
    by_validation = {"FIELD_REQUIRED", "FIELD_TOO_LARGE", "INVALID_FIELD"}
    assert set(REASONS) - raised - by_validation - set(NOT_RAISED) == set()
    numbers = error_reason_pb2.ErrorReason.values()
    assert sorted(numbers) == list(range(len(numbers)))


async def test_an_error_about_very_many_fields_still_arrives(channel: grpc.aio.Channel) -> None:
    """Errors travel as metadata, which has a limit of its own."""
    deep: Any = Struct()
    inner = deep
    for _ in range(30):
        inner = inner.fields["é" * 32].struct_value
    for number in range(100):
        inner.fields[f"{number}"].SetInParent()
    request = BY_NAME["PutDocument"].request(**PAIR, document_id="d", content=deep)
    outcome = await ask(channel, BY_NAME["PutDocument"], request)
    assert isinstance(outcome, Refused)
    assert (outcome.code.name, outcome.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert outcome.fields[0].startswith("content.é")

    names = [f"{'n' * 120}{number}" for number in range(64)]
    template = "".join(f"{{{name}}}" for name in names)
    await answer(channel, "PutProcedure", **PAIR, key="many", template=template)
    request = BY_NAME["RenderProcedure"].request(**PAIR, key="many")
    outcome = await ask(channel, BY_NAME["RenderProcedure"], request)
    assert isinstance(outcome, Refused)
    assert (outcome.code.name, outcome.reason) == ("INVALID_ARGUMENT", "PLACEHOLDER_MISSING")
    assert f"values[{names[0]}]" in outcome.fields

    await answer(channel, "StartSession", **SESSION)
    await answer(channel, "OpenTimeline", **SESSION, timeline="é" * 64)
    await answer(channel, "CloseTimeline", **SESSION, timeline="é" * 64)
    entries = [working.Entry(content="a", timeline="é" * 64)] * 1_000
    request = BY_NAME["AppendEntries"].request(**SESSION, entries=entries)
    outcome = await ask(channel, BY_NAME["AppendEntries"], request)
    assert isinstance(outcome, Refused)
    assert (outcome.code.name, outcome.reason) == ("FAILED_PRECONDITION", "TIMELINE_CLOSED")
    assert outcome.fields[:2] == ("entries[0].timeline", "entries[1].timeline")


async def test_ids_of_any_script_are_told_back(channel: grpc.aio.Channel) -> None:
    user_id = "🧗" * 32
    outcome = await ask(channel, BY_NAME["GetUser"], BY_NAME["GetUser"].request(user_id=user_id))
    assert isinstance(outcome, Refused)
    assert (outcome.code.name, outcome.reason) == ("NOT_FOUND", "RESOURCE_NOT_FOUND")
    assert user_id in outcome.message


def test_the_domain() -> None:
    assert status.DOMAIN == "reverie"


async def test_a_full_house_says_when_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def linger(*_: Any) -> None:
        inside.set()
        await leave.wait()

    application = await Application.start(await settings_of(tmp_path / "data", max_in_flight=1))
    async with grpc.aio.insecure_channel(application.address) as channel:
        get = BY_NAME["GetUser"]
        with monkeypatch.context() as patched:
            patched.setattr(UserService, "get", linger)
            guest = asyncio.ensure_future(ask(channel, get, get.request(user_id="alice")))
            await inside.wait()
            # More than gRPC by itself would hold, dropping some of them without a reason.
            crowd = [ask(channel, get, get.request(user_id="alice")) for _ in range(1_200)]
            outcomes = await asyncio.gather(*crowd)
            leave.set()
            await guest
    await application.stop()
    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert (outcome.code.name, outcome.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
        assert outcome.retries
