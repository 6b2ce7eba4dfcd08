"""Every client plays every scenario of ``clients/behaviour`` against servers of its own."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.control import control
from tests.clients.languages import LANGUAGES, ROOT, Command, Language, required
from tests.clients.peer import Peer
from tests.clients.report import PROPERTY
from tests.server_process import environment, serving

SCENARIOS = ROOT / "clients/behaviour/scenarios"
NAMES = sorted(file.stem for file in SCENARIOS.glob("*.json"))
PATIENCE = 300.0
"""Seconds after which a runner hangs."""
Record = Callable[[str, object], None]


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    await peer.start()
    yield peer
    await peer.stop()


def test_a_scenario_is_called_as_its_file() -> None:
    for name in NAMES:
        scenario = json.loads((SCENARIOS / f"{name}.json").read_text(encoding="utf-8"))
        assert scenario["name"] == name
        assert scenario["about"]


@pytest.mark.parametrize(
    "language",
    [
        pytest.param(each, marks=() if each.name == "Python" else pytest.mark.once)
        for each in LANGUAGES
    ],
    ids=str,
)
async def test_every_scenario(
    language: Language, peer: Peer, tmp_path: Path, record_property: Record
) -> None:
    if missing := language.missing():
        record_property(PROPERTY, (language.name, "", missing))
        if required():
            pytest.fail(missing)
        pytest.skip(missing)
    *examples, runner = await language.build()
    async with serving(tmp_path / "data") as server, control(server) as control_url:
        env = environment() | {
            "BEHAVIOUR_SCENARIOS": str(SCENARIOS),
            "BEHAVIOUR_SERVER": server.address,
            "BEHAVIOUR_PEER": peer.address,
            "BEHAVIOUR_CONTROL": control_url,
        }
        for example in examples:
            exit_code, _, errors = await _run(example, env)
            assert exit_code == 0, errors
        exit_code, printed, errors = await _run(runner, env)

    results = _results(printed)
    for name in NAMES:
        passed = results.get(name, {}).get("passed", False)
        record_property(PROPERTY, (language.name, name, "passed" if passed else "failed"))
    assert [each for each in results.values() if not each["passed"]] == []
    assert sorted(results) == NAMES, errors
    assert exit_code == 0, errors


async def _run(command: Command, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Its exit code and what it printed; killed when it hangs."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=PIPE, stderr=PIPE, env=env
    )
    try:
        async with asyncio.timeout(PATIENCE):
            printed, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, printed.decode(), errors.decode()


def _results(printed: str) -> dict[str, Any]:
    """What the runner said of each scenario; other lines are its test framework's."""
    lines = (line for line in printed.splitlines() if line.startswith('{"scenario"'))
    return {result["scenario"]: result for result in map(json.loads, lines)}
