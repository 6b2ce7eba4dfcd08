"""Every command of docs/operations.md is run, in its order; those that install are the image's."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reverie import Reverie
from reverie_server.cli import app
from tests.deploy.manifests import dockerfile
from tests.docs.markdown import blocks, read
from tests.server_process import ServerProcess

INSTALLING, *OTHERS = blocks(read("docs/operations.md"), "sh")
COMMANDS = [line for block in OTHERS for line in block.splitlines()]


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


def test_it_is_installed_as_in_the_image() -> None:
    """Whose steps tests/deploy/test_dockerfile.py runs."""
    steps = [
        step.replace('"$VENV/', "~/reverie/").replace('"$VENV"', "~/reverie").replace('"', "")
        for each in dockerfile()
        if each.name == "RUN"
        for step in each.argument.replace("--no-cache-dir ", "").split(" && ")
    ]

    *installing, serving = INSTALLING.splitlines()
    assert [step.replace("python3", "python") for step in installing] == steps[: len(installing)]
    assert [each.partition(" ")[0] for each in (serving, steps[3])] == ["~/reverie/bin/reverie"] * 2


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
