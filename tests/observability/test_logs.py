"""What is in the log, and above all what is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from pydantic import SecretStr
from structlog.testing import capture_logs

from reverie.v1 import user_service_pb2 as pb
from reverie_server.cli.logs import add_call
from reverie_server.observability.redaction import HIDDEN, Redaction
from reverie_server.observability.trace_context import trace_id_of
from reverie_server.settings import Settings
from tests.channels import connect
from tests.cli.commands import reverie_command
from tests.observability.conftest import Scene
from tests.rpc.contract import RPCS, ask
from tests.rpc.world import SUMMARIES, TEXTS, World, build_world, valid_request
from tests.server_process import ServerProcess, free_port, serving

SECRET = "canary-secret-of-the-endpoint"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
NAMED = (("x-request-id", "call-7"), ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01"))


OF_GRPC = re.compile(r"[IWE]\d{4} \d\d:")
"""What gRPC's core writes past everybody."""


def texts_of(message: Message) -> Iterator[str]:
    """Whatever in a request reads like something that was said."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        if field.message_type and field.message_type.GetOptions().map_entry:
            values = list(value.values())
        for each in values:
            if isinstance(each, Message):
                yield from texts_of(each)
            elif field.type == FieldDescriptor.TYPE_STRING and " " in each:
                yield each


async def call_everything(channel: grpc.aio.Channel, world: World) -> set[str]:
    """Every RPC, what destroys after the rest; gives what was said in them."""
    said = {*TEXTS, *SUMMARIES.values()}
    for rpc in sorted(RPCS, key=lambda each: (not each.reads, "Delete" in each.name)):
        request: Any = valid_request(rpc.name, world)
        said.update(texts_of(request))
        await ask(channel, rpc, request, NAMED)
    await ask(channel, RPCS[0], b"\xff" + TEXTS[0].encode())
    return said


def lines(server: ServerProcess) -> list[dict[str, Any]]:
    written = server.log.read_text("utf-8").splitlines()
    return [json.loads(line) for line in written if not OF_GRPC.match(line)]


async def test_no_memory_and_no_secret_is_logged(tmp_path: Path) -> None:
    """With an embedder that is away, so that there is something to complain about."""
    settings = {
        "REVERIE_LOG_LEVEL": "INFO",
        "REVERIE_LOG_FORMAT": "json",
        "REVERIE_COMPARE_PERSONAS": "true",
        "REVERIE_EMBEDDER": "openai",
        "REVERIE_EMBEDDER_URL": f"http://127.0.0.1:{free_port()}/{SECRET}",
        "REVERIE_EMBEDDER_KEY": SECRET,
        "REVERIE_EMBEDDER_MODEL": "none",
        "REVERIE_EMBEDDER_DIMENSION": "4",
    }
    async with (
        serving(tmp_path / "data", settings) as server,
        connect(server.address, "team") as channel,
    ):
        said = await call_everything(channel, await build_world(channel))
        text = server.log.read_text("utf-8")

    assert len(said) > 12
    assert [each for each in said if each in text] == []
    assert SECRET not in text
    assert {each["level"] for each in lines(server)} >= {"info", "warning"}


async def test_what_is_written_in_a_call_says_which(scene: Scene) -> None:
    fail = pb.GetUserRequest(user_id="fail")
    with capture_logs(processors=[add_call]) as logged:
        await scene.stub.GetUser(fail, metadata=NAMED).code()
        await scene.stub.GetUser(fail, metadata=(("x-request-id", "two words"),)).code()

    named, unnamed = logged
    assert named["event"] == "rpc defect"
    assert named["request_id"] == "call-7"
    assert named["trace_id"] == TRACE
    assert named["workspace_id"] == "default"
    assert named["method"] == "/reverie.v1.UserService/GetUser"
    assert len(unnamed["request_id"]) == 36, "one of ours, since a name is one word"
    assert "trace_id" not in unnamed


def test_secrets_are_hidden_wherever_they_are() -> None:
    settings = Settings(
        database_url=SecretStr("postgresql://reverie:p%40ssword@db/reverie"),
        api_keys={"team": SecretStr("a-long-key-of-the-team")},
    )
    event = {
        "event": "connecting to postgresql://reverie:p%40ssword@db/reverie",
        "exception": "Traceback: password p@ssword was refused; a-long-key-of-the-team, too",
        "authorization": "Bearer whatever",
        "error": ValueError("p@ssword"),
        "seconds": 4,
    }

    shown = Redaction(settings.secrets())(None, "", dict(event))

    assert shown["event"] == f"connecting to {HIDDEN}"
    assert "ssword was" not in str(shown["exception"])
    assert "long-key" not in str(shown)
    assert "p@ssword" not in str(shown)
    assert shown["authorization"] == HIDDEN
    assert shown["seconds"] == 4
    assert Redaction(())(None, "", {"event": "nothing to hide"}) == {"event": "nothing to hide"}


def test_outside_of_a_call_nothing_is_added() -> None:
    assert add_call(None, "", {"event": "x"}) == {"event": "x"}


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "x",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}",
    ],
)
def test_what_is_no_trace_is_none(told: str | None) -> None:
    assert trace_id_of(told) == ""


# Settings out of files -----------------------------------------------------------------------


async def test_secrets_come_out_of_a_folder(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "reverie_api_keys").write_text('{"team": "a-key-out-of-a-file"}\n', "utf-8")
    (secrets / "REVERIE_PORT").write_text("6001\n", "utf-8")
    (secrets / "REVERIE_MAX_IN_FLIGHT").write_text("3\n", "utf-8")
    (secrets / "unrelated").write_text("x", "utf-8")

    printed = await reverie_command(
        "serve",
        "--print-config",
        settings={"REVERIE_SECRETS_FOLDER": str(secrets), "REVERIE_PORT": "6002"},
    )
    missing = await reverie_command(
        "serve", "--print-config", settings={"REVERIE_SECRETS_FOLDER": str(tmp_path / "none")}
    )

    shown = json.loads(printed.output)
    assert shown["api_keys"].keys() == {"team"}
    assert "a-key-out-of-a-file" not in printed.output
    assert (shown["port"], shown["max_in_flight"]) == (6002, 3)
    assert missing.exit_code == 2
    assert missing.errors.count("\n") == 1
    assert str(tmp_path / "none") in missing.errors


# Health --------------------------------------------------------------------------------------


async def test_health_is_an_exit_code(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as server:
        well = await reverie_command("health", "--address", server.address)
        alive = await reverie_command(
            "health", "--service", "liveness", "--address", server.address
        )
        unknown = await reverie_command(
            "health", "--service", "no.such", "--address", server.address
        )
    gone = await reverie_command("health", settings={"REVERIE_ADDRESS": server.address})

    assert [(each.exit_code, each.output) for each in (well, alive)] == [(0, "SERVING\n")] * 2
    assert unknown.exit_code == gone.exit_code == 1
    assert "no.such" in unknown.errors
