"""The first thing a newcomer runs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from reverie_server.bootstrap import Application
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
