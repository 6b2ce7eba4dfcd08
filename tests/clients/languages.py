"""The clients that play the behaviour scenarios: what each needs, and how its runner is built."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Language:
    """A client, and the program that plays the scenarios through it."""

    name: str
    build: Callable[[], Awaitable[Sequence[str]]]
    """Makes the runner ready; gives the command that runs it."""
    programs: tuple[str, ...] = ()
    """What has to be on the PATH."""

    def missing(self) -> str:
        """Which of the programs are not here, in words; empty: all are."""
        absent = [each for each in self.programs if shutil.which(each) is None]
        return f"no {', '.join(absent)} on this machine" if absent else ""

    def __str__(self) -> str:
        return self.name


async def succeed(*command: str, cwd: Path = ROOT) -> str:
    """Runs a command; gives its output, which is in the error if it fails."""
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, stdout=PIPE, stderr=STDOUT)
    output, _ = await process.communicate()
    assert process.returncode == 0, f"{' '.join(command)}:\n{output.decode()}"
    return output.decode()


async def _python() -> Sequence[str]:
    return (sys.executable, "-m", "tests.clients.python_runner")


async def _go() -> Sequence[str]:
    runner = ROOT / "build/clients/go/behaviour.test"
    client = ROOT / "clients/go"
    await succeed("go", "vet", "./...", cwd=client)
    await succeed("go", "test", "-race", "./...", cwd=client)
    await succeed("go", "test", "-race", "-c", "-o", str(runner), ".", cwd=client)
    return (str(runner), "-test.run=^TestBehaviour$")


LANGUAGES = (
    Language("Python", _python),
    Language("Go", _go, ("go", "gcc")),
)


def required() -> bool:
    """Whether a missing toolchain is a failure: in CI, which is there to run everything."""
    return os.environ.get("CI") == "true"
