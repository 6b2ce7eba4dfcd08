"""Every client plays every scenario of ``clients/behaviour`` against servers of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
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


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, str]]:
    """What tells a runner of a server that it may have killed. The languages take turns."""
    folder = tmp_path_factory.mktemp("behaviour") / "data"
    async with serving(folder) as server, control(server) as url:
        yield {"BEHAVIOUR_SERVER": server.address, "BEHAVIOUR_CONTROL": url}


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
    language: Language,
    server: Mapping[str, str],
    peer: Peer,
    tmp_path: Path,
    record_property: Record,
) -> None:
    if missing := language.missing():
        record_property(PROPERTY, (language.name, "", missing))
        if required():
            pytest.fail(missing)
        pytest.skip(missing)
    *examples, runner = await language.build()
    # Those with the peer mostly wait, and the others mostly work.
    with_peer, with_server = (
        [(runner, {**server, "BEHAVIOUR_PEER": peer.address, "BEHAVIOUR_SCENARIOS": str(folder)})]
        for folder in _sorted_by_server(tmp_path)
    )
    runs = await asyncio.gather(
        _in_turn(with_peer), _in_turn([*((each, server) for each in examples), *with_server])
    )

    results = _results("".join(printed for printed, _ in runs))
    errors = "".join(errors for _, errors in runs)
    for name in NAMES:
        passed = results.get(name, {}).get("passed", False)
        record_property(PROPERTY, (language.name, name, "passed" if passed else "failed"))
    assert [each for each in results.values() if not each["passed"]] == []
    assert sorted(results) == NAMES, errors
    assert errors == ""


def _sorted_by_server(folder: Path) -> tuple[Path, Path]:
    """Folders with the scenarios for the peer, and with the others."""
    kinds = folder / "peer", folder / "reverie"
    for kind in kinds:
        kind.mkdir()
    for name in NAMES:
        scenario = json.loads((SCENARIOS / f"{name}.json").read_text(encoding="utf-8"))
        shutil.copy(SCENARIOS / f"{name}.json", folder / scenario.get("server", "reverie"))
    return kinds


async def _in_turn(runs: Sequence[tuple[Command, Mapping[str, str]]]) -> tuple[str, str]:
    """What commands have printed, and what those said that failed."""
    all_printed, all_errors = [], []
    for command, told in runs:
        exit_code, printed, errors = await _run(command, environment() | dict(told))
        all_printed.append(printed)
        if exit_code:
            all_errors.append(errors or f"exit code {exit_code}")
    return "".join(all_printed), "".join(all_errors)


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
