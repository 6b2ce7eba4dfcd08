"""The Python client's README: its code is run, and has the types that a strict checker wants."""

from __future__ import annotations

import runpy
import textwrap
from pathlib import Path

import pytest
from mypy import api

from reverie_server.bootstrap import Application
from tests.docs.markdown import ROOT, blocks, read

README = "clients/python/README.md"
_FRAME = """
from reverie import Reverie

async def main(address: str, workspace: str) -> None:
    async with Reverie(address, workspace=workspace) as reverie:
"""


def fragments() -> str:
    """The blocks that go on from a client, as one program."""
    found = [each for each in blocks(read(README), "python") if "Reverie(" not in each]
    assert len(found) == 2
    return _FRAME + textwrap.indent("".join(found), " " * 8)


async def test_its_fragments_run(server: Application, workspace: str, tmp_path: Path) -> None:
    file = tmp_path / "fragments.py"
    file.write_text(fragments(), "utf-8")

    await runpy.run_path(str(file))["main"](server.address, workspace)


@pytest.mark.once
def test_its_code_has_strict_types(tmp_path: Path) -> None:
    examples = [each for each in blocks(read(README), "python") if "Reverie(" in each]
    for number, code in enumerate([fragments(), *examples]):
        (tmp_path / f"example_{number}.py").write_text(code, "utf-8")

    said, errors, _ = api.run(
        [
            *("--strict", "--config-file", str(ROOT / "pyproject.toml")),
            *("--cache-dir", str(ROOT / ".cache/mypy-examples")),
            *map(str, sorted(tmp_path.glob("*.py"))),
        ]
    )

    assert errors == ""
    assert said.startswith("Success"), said
