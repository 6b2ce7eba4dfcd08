"""Bots that run the client of the recorded commit go on working when the server is a newer one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from proto import recorded
from reverie_server.bootstrap import Application
from tests.server_process import environment

_CLIENT = "clients/python"
_SCENARIOS = "clients/behaviour/scenarios"
_RUNNER = """
import runpy, reverie
print(reverie.__file__)
runpy.run_module("tests.clients.python_runner", run_name="__main__")
"""


async def test_it_plays_its_scenarios(server: Application, tmp_path: Path) -> None:
    """Those of its time, but for restarts and broken servers: these are about the client."""
    try:
        recorded.unpack(tmp_path, _CLIENT, _SCENARIOS, "tests/clients")
    except recorded.NotThereError as absent:
        pytest.skip(str(absent))
    names = set()
    for file in (tmp_path / _SCENARIOS).glob("*.json"):
        scenario = json.loads(file.read_text(encoding="utf-8"))
        about_the_server = scenario.get("server", "reverie") == "reverie"
        if about_the_server and not any({"restart", "load"} & set(s) for s in scenario["steps"]):
            names.add(scenario["name"])
        else:
            file.unlink()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _RUNNER),
        cwd=tmp_path,
        stdout=PIPE,
        stderr=PIPE,
        env=environment()
        | {
            "PYTHONPATH": os.pathsep.join((str(tmp_path / _CLIENT), str(tmp_path))),
            "BEHAVIOUR_SCENARIOS": str(tmp_path / _SCENARIOS),
            "BEHAVIOUR_SERVER": server.address,
        },
    )
    printed, errors = await process.communicate()

    client, *lines = printed.decode().splitlines()
    results = [json.loads(line) for line in lines]
    assert Path(client).is_relative_to(tmp_path), "it is the old one that ran"
    assert [each for each in results if not each["passed"]] == []
    assert {each["scenario"] for each in results} == names != set()
    assert process.returncode == 0, errors.decode()


def test_a_history_without_it_says_so(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(("git", *arguments), cwd=tmp_path, check=True, capture_output=True)

    with pytest.raises(recorded.NotThereError, match="no git checkout"):
        recorded.unpack(tmp_path / "out", "proto", root=tmp_path)
    git("init", "whole")
    named = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    git("-C", "whole", *named, "commit", "--allow-empty", "-m", "one")
    with pytest.raises(recorded.NotThereError, match=recorded.COMMIT):
        recorded.unpack(tmp_path / "out", "proto", root=tmp_path / "whole")
