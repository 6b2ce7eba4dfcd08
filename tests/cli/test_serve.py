"""``reverie serve``: how it starts, refuses and stops."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

import reverie as client
from reverie import Reverie
from tests.cli.commands import reverie_command
from tests.server_process import free_port, serving

SECRET = "a-secret-of-more-than-16-characters"
CALLERS = 16


async def test_a_second_server_on_the_folder_says_so_and_leaves(
    tmp_path: Path, backend: str
) -> None:
    if backend == "postgres":
        pytest.skip("with PostgreSQL and Qdrant a second server is welcome")
    async with serving(tmp_path / "data"):
        second = await reverie_command(
            "serve", "--port", "0", "--data-folder", str(tmp_path / "data")
        )

    assert second.exit_code == 1
    assert second.output == ""
    assert second.errors.count("\n") == 1
    assert second.errors.startswith("reverie: ")
    assert str(tmp_path / "data") in second.errors


async def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as server:
        second = await reverie_command(
            *("serve", "--port", str(server.port), "--data-folder", str(tmp_path / "other"))
        )

    assert second.exit_code == 1
    sentences = [line for line in second.errors.splitlines() if line.startswith("reverie: ")]
    assert len(sentences) == 1
    assert str(server.port) in sentences[0]
    assert "Traceback" not in second.errors


async def test_calls_in_flight_finish_when_it_is_told_to_stop(tmp_path: Path) -> None:
    """What was acknowledged or refused is all there is: no call is cut off."""
    acknowledged: list[str] = []
    reasons: list[str] = []
    async with serving(tmp_path / "data") as server:
        # Without retries, each call's own fate is seen.
        async with Reverie(server.address, options={"grpc.enable_retries": 0}) as reverie:
            call = await reverie.session("alice", "brad").start()
            enough = asyncio.Event()

            async def talk() -> None:
                while not reasons:
                    try:
                        acknowledged.append(await call.say("On and on."))
                    except client.UnavailableError as error:
                        reasons.append(error.reason)
                    if len(acknowledged) >= 100:
                        enough.set()

            talks = [asyncio.create_task(talk()) for _ in range(CALLERS)]
            await enough.wait()
            server.send(signal.SIGTERM)
            exit_code = await server.wait()
            # Who waits for a server that is gone need not wait for its deadline.
            for each in talks:
                each.cancel()
            outcomes = await asyncio.gather(*talks, return_exceptions=True)
        assert exit_code == 0, server.log.read_text("utf-8")
        assert not [each for each in outcomes if isinstance(each, Exception)]
        assert set(reasons) <= {"SHUTTING_DOWN"}

        await server.start()
        async with Reverie(server.address) as reverie:
            again = await reverie.resume("alice", "brad", call.session_id)
            stored = [entry.entry_id async for entry in again.entries()]

    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    async with serving(tmp_path / "data") as server:
        server.send(number)

        assert await server.wait() == 0


async def test_the_settings_are_printed_without_secrets() -> None:
    printed = await reverie_command(
        *("serve", "--print-config", "--port", "6000"),
        settings={
            "REVERIE_API_KEYS": json.dumps({"team": SECRET}),
            "REVERIE_API_KEY": SECRET,
            "REVERIE_EXTRACTOR_KEY": SECRET,
            "REVERIE_EXTRACTOR_WORKSPACES": '["team"]',
            "REVERIE_MAX_IN_FLIGHT": "7",
        },
    )

    assert printed.exit_code == 0
    assert SECRET not in printed.output + printed.errors
    settings = json.loads(printed.output)
    assert settings["port"] == 6000
    assert settings["max_in_flight"] == 7
    assert settings["api_keys"].keys() == {"team"}
    assert settings["extractor_workspaces"] == ["team"]


async def test_flags_win_over_the_environment_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "reverie.toml"
    file.write_text("port = 1\nmax_in_flight = 2\nsweep_seconds = 3\n", "utf-8")

    printed = await reverie_command(
        *("serve", "--print-config", "--settings", str(file), "--port", "6000"),
        settings={"REVERIE_PORT": "5000", "REVERIE_MAX_IN_FLIGHT": "7"},
    )

    settings = json.loads(printed.output)
    assert (settings["port"], settings["max_in_flight"], settings["sweep_seconds"]) == (6000, 7, 3)


async def test_beyond_loopback_has_to_be_spelled_out(tmp_path: Path) -> None:
    arguments = ("serve", "--host", "192.0.2.1", "--data-folder", str(tmp_path / "data"))

    refused = await reverie_command(*arguments)
    printed = await reverie_command(*arguments, "--insecure", "--print-config")

    assert refused.exit_code == 2
    assert "--insecure" in refused.errors
    assert refused.errors.count("\n") == 1
    assert not (tmp_path / "data").exists()
    assert json.loads(printed.output)["insecure"] is True


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"REVERIE_PORT": "many"}, "port"),
        ({"REVERIE_LOG_LEVEL": "LOUD"}, "log_level"),
        ({"REVERIE_API_KEYS": "{not json"}, "api_keys"),
        ({"REVERIE_API_KEYS": '{"team": "short-secret"}'}, "api_keys"),
        ({"REVERIE_API_KEYS": json.dumps({"team": SECRET, "crew": SECRET})}, "'team' and 'crew'"),
        ({"REVERIE_DATABASE_URL": "postgresql://ann:short-secret@x@db/main"}, "%40"),
        ({"REVERIE_DATABASE_URL": "postgresql://ann:short-secret/x@db/main"}, "%40"),
        ({"REVERIE_DATABASE_URL": "postgresql://ann:short-secret?x@db/main"}, "%40"),
        ({"REVERIE_DATABASE_URL": "postgresql://ann:short-secret#x@db/main"}, "%40"),
        ({"REVERIE_DATABASE_URL": "postgresql://ann:[short-secret]x@db/main"}, "%40"),
        ({"REVERIE_DATABASE_URL": "postgresql://ann:short-secret\uff1fx@db/main"}, "%40"),
        ({"REVERIE_DATABASE_URL": "postgresql://ann:short-secret/a?x@db/main"}, "%40"),
    ],
)
async def test_wrong_settings_are_named_and_not_shown(settings: dict[str, str], named: str) -> None:
    refused = await reverie_command("serve", settings=settings)

    assert refused.exit_code == 2
    assert named in refused.errors
    assert "Traceback" not in refused.errors
    assert not any(value in refused.errors for value in settings.values())
    assert "short-secret" not in refused.errors


async def test_a_settings_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "reverie.toml"
    file.write_text("port = [", "utf-8")

    refused = await reverie_command("serve", "--settings", str(file))

    assert refused.exit_code == 2
    assert "not TOML" in refused.errors
    assert "Traceback" not in refused.errors


async def test_keys_keep_strangers_out(tmp_path: Path) -> None:
    keys = {"REVERIE_API_KEYS": json.dumps({"team": SECRET})}
    async with serving(tmp_path / "data", keys) as server:
        stranger = await reverie_command("stats", "--address", server.address)
        friend = await reverie_command(
            "stats", "--address", server.address, settings={"REVERIE_API_KEY": SECRET}
        )
        neighbour = await reverie_command("stats", "--address", server.address, settings=keys)

    assert stranger.exit_code == 1
    assert "REVERIE_API_KEY" in stranger.errors
    assert friend.exit_code == neighbour.exit_code == 0


async def test_without_a_server_commands_say_one_sentence() -> None:
    address = f"127.0.0.1:{free_port()}"
    for command in ("stats", "reindex", "reconcile", "compact", "demo"):
        result = await reverie_command(command, "--address", address)

        assert result.exit_code == 1
        assert result.output == ""
        assert result.errors == (
            f"reverie: no server answers at {address}; start one with `reverie serve`, or name"
            " another with --address: host:port, such as 127.0.0.1:50051\n"
        )


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:50051", "127.0.0.1", "localhost", ":50051", "::1:50051", "a:b", ""],
)
async def test_what_is_no_address_is_told_what_one_is(address: str) -> None:
    told = "address: must be host:port, such as 127.0.0.1:50051"

    refused = await reverie_command("stats", "--address", address)

    assert (refused.exit_code, refused.output) == (2, "")
    assert refused.errors == f"reverie: {told}\n"


async def test_a_server_does_not_care_where_commands_look_for_one(tmp_path: Path) -> None:
    shared = {"REVERIE_ADDRESS": "reverie"}
    async with serving(tmp_path, settings=shared):
        refused = await reverie_command("stats", settings=shared)

    assert refused.exit_code == 2
    assert "address: must be host:port" in refused.errors


async def test_a_host_that_nobody_knows_is_named() -> None:
    refused = await reverie_command("stats", "--address", "nowhere.invalid:50051")

    assert refused.exit_code == 1
    assert "the host nowhere.invalid of the address" in refused.errors
    assert "host:port, such as" in refused.errors
