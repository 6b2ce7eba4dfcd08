"""Which server ``reverie doctor`` speaks of, where there may be several."""

from __future__ import annotations

from pathlib import Path

import pytest

from reverie_server.bootstrap import Application
from reverie_server.cli.doctor import examine
from reverie_server.cli.findings import Finding
from reverie_server.settings import Settings
from tests.cli.commands import reverie_command
from tests.cli.test_doctor import settings_in
from tests.server_process import free_port

pytestmark = pytest.mark.once


async def examined(settings: Settings) -> dict[str, Finding]:
    return {each.check: each for each in await examine(settings)}


async def test_a_mistyped_address_is_no_reason_to_stop_the_healthy_server(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    application = await Application.start(settings)
    typo = f"127.0.0.1:{free_port()}"
    try:
        found = await examined(settings.model_copy(update={"address": typo}))
        elsewhere = settings.model_copy(update={"address": typo, "port": free_port()})
        moved = await examined(elsewhere)
        unnamed = await examined(elsewhere.model_copy(update={"address": None}))
    finally:
        await application.stop()

    for each in (found, moved, unnamed):
        assert [check for check in each if each[check].is_problem] == ["server"]
        assert each["lock"].detail.endswith(f"serves the data folder at {application.address}")
        assert application.address in each["server"].fix
    for each in (found, moved):
        assert each["server"].detail == f"no server answers at {typo}"
        assert "host:port, such as 127.0.0.1:50051" in each["server"].fix
    assert unnamed["server"].fix.startswith(f"name it with --address {application.address}")


async def test_each_line_says_whom_it_is_about(tmp_path: Path) -> None:
    settings, other = settings_in(tmp_path), tmp_path / "other"
    application = await Application.start(settings)
    try:
        same = await examined(settings)
        apart = await examined(settings.model_copy(update={"data_folder": other}))
        told = await reverie_command(
            *("doctor", "--data-folder", str(other), "--address", application.address)
        )
    finally:
        await application.stop()

    assert same["server"].detail.endswith(", with this data folder")
    assert "other data than this data folder's" in apart["server"].detail
    assert "does not have this data folder" in apart["port"].detail
    assert {each.about for each in apart.values()} == {
        f"these settings, with data in {other}",
        f"the server at {application.address}",
    }
    headings = [line for line in told.output.splitlines() if line.startswith("About ")]
    assert headings == [
        f"About {about}" for about in dict.fromkeys(apart[each].about for each in apart)
    ]
