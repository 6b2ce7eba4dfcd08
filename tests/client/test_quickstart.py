"""The first thing a newcomer runs."""

from __future__ import annotations

import ast
import asyncio
import inspect
import sys
from pathlib import Path

from reverie import Reverie
from reverie_server.bootstrap import Application
from tests.docs.markdown import blocks, read
from tests.server_process import environment

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "examples/quickstart.py"
ADDRESS = "127.0.0.1:50051"


async def test_the_quickstart_remembers(server: Application, tmp_path: Path) -> None:
    text = QUICKSTART.read_text("utf-8")
    assert text.count(ADDRESS) == 1
    here = tmp_path / "quickstart.py"
    here.write_text(text.replace(ADDRESS, server.address), "utf-8")

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(here),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()

    assert process.returncode == 0, errors.decode()
    assert errors == b""
    first, *_ = output.decode().splitlines()
    assert "allergic to peanuts" in first
    assert float(first.split()[0]) > 0.5


def test_it_has_twelve_lines_at_most() -> None:
    lines = [line for line in QUICKSTART.read_text("utf-8").splitlines() if line.strip()]

    assert len(lines) <= 12


def test_the_clients_readme_shows_it_as_it_is() -> None:
    readme = (ROOT / "clients/python/README.md").read_text("utf-8")

    assert f"```python\n{QUICKSTART.read_text('utf-8')}```" in readme


async def test_what_else_the_clients_readme_shows_runs(server: Application, workspace: str) -> None:
    """Pieces of a coroutine that has a client."""
    pieces = [
        code
        for code in blocks(read("clients/python/README.md"), "python")
        if "127.0.0.1:50051" not in code
    ]
    assert pieces
    async with Reverie(server.address, workspace=workspace) as reverie:
        for code in pieces:
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            piece = eval(compile(code, "README.md", "exec", flags), {"reverie": reverie})  # noqa: S307 - ours
            assert inspect.isawaitable(piece)
            await piece
