"""``reverie move`` from folder to folder, to PostgreSQL and back."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from reverie import Reverie
from reverie_server.bootstrap import Application
from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from tests.cli.commands import reverie_command
from tests.fresh_database import schema_file, sqlite
from tests.server_process import environment

__all__ = ["schema_file", "sqlite"]

KILLED = """
import asyncio, sys
from reverie_server.governance.portability.moving import Move
from reverie_server.cli import app

def tell_slowly(step, told=print):
    told(step.done, flush=True)
    sys.stdin.readline()

run = Move.run
Move.run = lambda self, tell: run(self, tell_slowly)
app(["move", *sys.argv[1:]])
"""
"""The command, which waits after every owner."""


async def filled(folder: Path) -> None:
    """On SQLite, whatever the backend: it is what a folder holds."""
    server = await Application.start(Settings(data_folder=folder, port=0, metrics=False))
    async with Reverie(server.address) as reverie:
        for user_id in ("alice", "bob", "carol"):
            async with reverie.session(user_id, "brad") as call:
                await call.say("I love rock climbing.")
    await server.stop()


async def test_there_and_back_though_it_was_killed(
    tmp_path: Path, migrated_postgres: PostgresOptions
) -> None:
    start, middle, end = (str(tmp_path / name) for name in ("from", "middle", "to"))
    database = tmp_path / "production.toml"
    database.write_text(f'database_url = "{migrated_postgres.url}"\n')
    await filled(Path(start))

    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, "--from", start, "--to", middle),
        env=environment(None),
        stdin=PIPE,
        stdout=PIPE,
    )
    assert killed.stdin is not None
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"1\n"
    killed.stdin.write(b"\n")
    assert await killed.stdout.readline() == b"2\n"
    killed.kill()
    await killed.wait()

    on = await reverie_command("move", "--from", start, "--to", middle, "--json")
    there = await reverie_command("move", "--from", middle, "--to", str(database))
    back, again = await asyncio.gather(
        reverie_command("move", "--from", str(database), "--to", end),
        reverie_command("move", "--from", start, "--to", middle),
    )

    moved = json.loads(on.output)
    assert (moved["workspaces"], moved["users"], moved["copied"]) == (1, 3, 2)
    assert there.exit_code == 0, there.errors
    assert back.exit_code == 0, back.errors
    assert f"SHA-256 {moved['sha256']}\n" in back.output
    assert f"{sum(moved['counts'].values())} records" in back.output
    assert again.exit_code == 1
    assert "holds data already, of a complete move" in again.errors


@pytest.mark.usefixtures("sqlite")
async def test_nothing_is_moved_that_is_served_or_not_there(tmp_path: Path) -> None:
    # The fixture's, which it has open.
    served, nowhere = str(tmp_path / "sqlite"), str(tmp_path / "nowhere")
    refused, missing, same = await asyncio.gather(
        reverie_command("move", "--from", served, "--to", str(tmp_path)),
        reverie_command("move", "--from", nowhere, "--to", str(tmp_path)),
        reverie_command("move", "--from", nowhere, "--to", nowhere),
    )
    assert refused.exit_code == missing.exit_code == 1
    assert "in use by another Reverie server" in refused.errors
    assert "there is no database in" in missing.errors
    assert not (tmp_path / "nowhere").exists()
    assert same.exit_code == 2
