"""What the README tells a newcomer to do works, as it is written there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, blocks, read
from tests.server_process import environment, free_port

README = read("README.md")
EXAMPLE = "examples/quickstart.py"
PATIENCE = 120.0
"""Seconds after which a command hangs."""
CLOSE = 0.02
"""How far scores may be from what is printed: processors round differently."""
_ADDRESS = '"127.0.0.1:50051"'
_OF_MAKE = frozenset({"ARGS", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"})
"""What a make that runs these tests leaves to the makes that it starts."""


def test_every_command_is_one_of_those_tried_below() -> None:
    commands = [line for block in blocks(README, "sh") for line in block.splitlines()]

    assert commands == ["make serve", f".venv/bin/python {EXAMPLE}", ".venv/bin/reverie demo"]


def test_the_example_is_the_file() -> None:
    (example,) = blocks(README, "python")

    assert example == (ROOT / EXAMPLE).read_text(encoding="utf-8")
    assert len([line for line in example.splitlines() if line]) <= 12


def test_make_serve_and_the_example_in_another_terminal(tmp_path: Path) -> None:
    with _made_server(tmp_path / "data") as address:
        first = _run_example(tmp_path, address)
        second = _run_example(tmp_path, address)

    (promised,) = blocks(README, "text")[:1]
    assert len(_hits(first)) == len(_hits(promised))
    for (score, text), (promised_score, promised_text) in zip(
        _hits(first), _hits(promised), strict=True
    ):
        assert text == promised_text
        assert score == pytest.approx(promised_score, abs=CLOSE)
    remembered = [text for _, text in _hits(second)]
    assert all(remembered.count(text) == 2 for _, text in _hits(first)), "both calls are found"


def test_the_demo() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "reverie_server", "demo"],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "Brad" in ran.stdout


@contextmanager
def _made_server(folder: Path) -> Iterator[str]:
    """``make serve``, on a port and a folder of its own; gives the address."""
    env = {name: value for name, value in environment().items() if name not in _OF_MAKE}
    current = subprocess.run(
        ["make", "--question", ".venv/.packages"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        check=False,
    )
    if current.returncode:
        pytest.skip("make would install packages under the running tests: run `make test`")
    process = subprocess.Popen(
        ["make", "serve"],
        cwd=ROOT,
        env=env | {"REVERIE_PORT": str(free_port()), "REVERIE_DATA_FOLDER": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = next((line for line in process.stdout if "serving" in line), "")
        found = re.fullmatch(r"Reverie is serving on (\S+), data in (.+)\n", said)
        assert found, said
        assert Path(found[2]) == folder.resolve()
        yield found[1]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def _run_example(folder: Path, address: str) -> str:
    """What the example prints when its server is at this address."""
    code = (ROOT / EXAMPLE).read_text(encoding="utf-8")
    assert _ADDRESS in code
    script = folder / "quickstart.py"
    script.write_text(code.replace(_ADDRESS, f'"{address}"'), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, script],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return ran.stdout


def _hits(output: str) -> list[tuple[float, str]]:
    """Scores and texts, as the example prints them."""
    return [
        (float(score), text)
        for score, _, text in (line.partition("  ") for line in output.splitlines())
    ]
