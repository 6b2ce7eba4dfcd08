"""``reverie export`` and ``reverie import`` over a running server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

from reverie import Reverie
from reverie.v1.privacy_service_pb2 import ImportUserRequest
from reverie.v1.user_service_pb2 import DeleteUserRequest
from reverie_server.governance.portability.arrivals import AT_ONCE
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
    assert "--request-id" not in refused.errors
    stored = [json.loads(line) for line in back.output.splitlines()]
    assert [line["imported"]["user"] for line in stored] == [1, 1], back.errors
    # Its sessions' ids are alice's, who is back.
    assert other.exit_code == 1
    assert "another user of this workspace, 'alice', has the session" in other.errors
    assert "delete that user first, or import into another workspace" in other.errors


async def test_an_export_overwrites_only_what_it_is_told_to(
    running: ServerProcess, tmp_path: Path
) -> None:
    where = ("--address", running.address)
    async with (
        Reverie(running.address) as reverie,
        reverie.session("fay", "brad") as call,
    ):
        await call.say("I love rock climbing.")
    file = tmp_path / "fay.jsonl"
    file.write_text("the only copy", "utf-8")

    refused = await reverie_command("export", "fay", "-o", str(file), *where)
    kept = file.read_text("utf-8")
    forced = await reverie_command("export", "fay", "-o", str(file), "--force", *where)
    in_folder = await reverie_command("export", "fay", "-o", str(tmp_path), *where)
    again = await reverie_command("export", "fay", "-o", str(tmp_path), *where)

    assert (refused.exit_code, kept) == (2, "the only copy")
    assert f"already there: {file}; --force" in refused.errors
    assert forced.exit_code == in_folder.exit_code == 0, forced.errors
    assert file.read_text("utf-8").startswith("{")
    assert f"1 user is in {file}." in forced.output
    assert again.exit_code == 2
    assert f"already there: {tmp_path / 'user-fay.jsonl'};" in again.errors


async def test_an_export_of_several_goes_on_with_those_that_are_not_there(
    running: ServerProcess, tmp_path: Path
) -> None:
    command = ("export", "gil", "hal", "-o", str(tmp_path), "--json", "--address", running.address)
    gil, hal = (tmp_path / f"user-{user_id}.jsonl" for user_id in ("gil", "hal"))
    async with Reverie(running.address) as reverie:
        async with reverie.session("gil", "brad") as call:
            await call.say("I love rock climbing.")
        broken = await reverie_command(*command)
        gil.write_text("as it came", "utf-8")
        async with reverie.session("hal", "brad") as call:
            await call.say("I love rock climbing.")
        on = await reverie_command(*command)
    all_there = await reverie_command(*command)
    hal.replace(f"{hal}.part")
    gone_on = await reverie_command(*command)
    gil.with_name(f"{gil.name}.part").touch()
    hal.unlink()
    begun_over = await reverie_command(*command)

    assert broken.exit_code == 1
    for each in (on, gone_on):
        assert each.exit_code == 0, each.errors
        assert json.loads(each.output)["user_id"] == "hal"
        assert f"already there, and left as it is: {gil}\n" in each.errors
    assert gil.read_text("utf-8") == "as it came"
    assert all_there.exit_code == begun_over.exit_code == 2
    assert f"already there: {gil}, {hal};" in all_there.errors
    assert f"already there: {gil};" in begun_over.errors
    assert not hal.exists()


async def test_an_import_that_broke_off_goes_on_with_the_id_that_it_told(
    running: ServerProcess, tmp_path: Path
) -> None:
    file, where = tmp_path / "erin.jsonl", ("--address", running.address)
    enough = asyncio.Event()

    async def slow(number: int) -> AsyncIterator[ImportUserRequest]:
        yield ImportUserRequest(user_id=f"slow {number}", request_id=f"slow {number}")
        await enough.wait()

    async with Reverie(running.address) as reverie:
        async with reverie.session("erin", "brad") as call:
            await call.say("I love rock climbing.")
        await reverie_command("export", "erin", "-o", str(file), *where)
        await reverie.users.DeleteUser(DeleteUserRequest(user_id="erin"))
        others = [
            asyncio.ensure_future(reverie.privacy.ImportUser(slow(number)))
            for number in range(AT_ONCE)
        ]
        broken = await reverie_command("import", str(file), *where)
        enough.set()
        await asyncio.gather(*others)
        found = re.search(r"--request-id (\S+)", broken.errors)
        assert found, broken.errors
        again = ("import", str(file), "--request-id", found[1], "--json", *where)
        done, repeated = await reverie_command(*again), await reverie_command(*again)

    assert broken.exit_code == 1
    assert "too many imports" in broken.errors
    assert done.exit_code == 0, done.errors
    assert json.loads(repeated.output) == json.loads(done.output)


async def test_a_file_that_is_no_export_is_told_so(running: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello\n", encoding="utf-8")
    refused = await reverie_command(
        "import", str(tmp_path / "file"), "--as", "dora", "--address", running.address
    )
    unnamed = await reverie_command("import", str(tmp_path / "file"), "--address", running.address)
    assert refused.exit_code == unnamed.exit_code == 1
    assert "lines[1]" in refused.errors
    assert "is no export" in unnamed.errors


async def test_a_place_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    refused = await reverie_command("export", "ann", "-o", str(tmp_path / "none" / "ann.jsonl"))
    assert refused.exit_code == 2
    assert "there is no folder" in " ".join(refused.errors.split())
