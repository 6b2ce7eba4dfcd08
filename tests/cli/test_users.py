"""``reverie export`` and ``reverie import`` over a running server."""

from __future__ import annotations

import json
from pathlib import Path

from reverie import Reverie
from reverie.v1.user_service_pb2 import DeleteUserRequest
from tests.cli.commands import reverie_command
from tests.server_process import ServerProcess

USERS = ("alice", "../bob/😀")


async def test_users_go_out_and_come_in(running: ServerProcess, tmp_path: Path) -> None:
    where = ("--address", running.address)
    async with Reverie(running.address) as reverie:
        for user_id in USERS:
            async with reverie.session(user_id, "brad") as call:
                await call.say("I love rock climbing.")

        folder = tmp_path / "users"
        out = await reverie_command("export", *USERS, "-o", str(folder), "--json", *where)
        told = [json.loads(line) for line in out.output.splitlines()]
        files = [line["file"] for line in told]
        assert [line["user_id"] for line in told] == [*USERS], out.errors
        assert sorted(files) == sorted(str(path) for path in folder.iterdir())

        refused = await reverie_command("import", files[0], *where)
        for user_id in USERS:
            await reverie.users.DeleteUser(DeleteUserRequest(user_id=user_id))
        back = await reverie_command("import", *files, "--json", *where)
        other = await reverie_command("import", files[0], "--as", "carol", "--replace", *where)

    assert refused.exit_code == 1
    assert "replace" in refused.errors
    stored = [json.loads(line) for line in back.output.splitlines()]
    assert [line["imported"]["user"] for line in stored] == [1, 1], back.errors
    # Its sessions' ids are alice's, who is back.
    assert other.exit_code == 1
    assert "another user has" in other.errors


async def test_a_file_that_is_no_export_is_told_so(running: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello\n", encoding="utf-8")
    refused = await reverie_command(
        "import", str(tmp_path / "file"), "--as", "dora", "--address", running.address
    )
    unnamed = await reverie_command("import", str(tmp_path / "file"), "--address", running.address)
    assert refused.exit_code == unnamed.exit_code == 1
    assert "lines[1]" in refused.errors
    assert "is no export" in unnamed.errors
