"""Every command of docs/operations.md is run, in its order."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reverie import Reverie
from reverie_server.cli import app
from tests.docs.markdown import blocks, read
from tests.server_process import ServerProcess

COMMANDS = [
    line for block in blocks(read("docs/operations.md"), "sh") for line in block.splitlines()
]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """Where the commands find it, with something in it."""
    server = ServerProcess(
        tmp_path / "data", settings={"REVERIE_BACKUP_FOLDER": str(tmp_path / "backups")}
    )
    await server.start()
    async with Reverie(server.address) as reverie, reverie.session("ann", "brad") as call:
        await call.say("I climb on Tuesdays.")
    yield server
    await server.kill()


def test_every_command_does_what_it_says(
    server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    env = {
        "REVERIE_PORT": str(server.port),
        "REVERIE_DATA_FOLDER": str(server.folder),
        "REVERIE_BACKUP_FOLDER": str(tmp_path / "backups"),
    }
    for command in COMMANDS:
        program, *arguments = shlex.split(command)
        assert program == "reverie"
        if arguments == ["serve", "--data-folder", "restored"]:
            arguments.append("--print-config")  # it would serve for ever
        if arguments == ["migrate"]:
            # One that a server has open is not migrated: this one has none.
            arguments += ["--data-folder", "restored"]
        result = runner.invoke(app, arguments, env=env, catch_exceptions=False)
        assert result.exit_code == 0, (command, result.output)
    assert (tmp_path / "restored" / "reverie.db").exists()
    assert (tmp_path / "backups" / "nightly" / "manifest.json").exists()
