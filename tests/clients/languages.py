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

from clients import builds

Command = Sequence[str]
ROOT = Path(__file__).resolve().parents[2]
# Go's programs that look for races sleep for a second at their end, for goroutines that still run.
os.environ.setdefault("GORACE", "atexit_sleep_ms=0")
SHORT_JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For programs that are over before it pays to compile them for speed."""


@dataclass(frozen=True, slots=True)
class Language:
    """A client, and the program that plays the scenarios through it."""

    name: str
    build: Callable[[], Awaitable[Sequence[Command]]]
    """Makes the runner ready; gives the commands to run against servers: the runner's is last,
    before it may be tests of examples."""
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


async def _python() -> Sequence[Command]:
    return [(sys.executable, "-m", "tests.clients.python_runner")]


async def _blocking_python() -> Sequence[Command]:
    return [(sys.executable, "-m", "tests.clients.python_runner", "blocking")]


async def _go() -> Sequence[Command]:
    folder = await asyncio.to_thread(builds.go_programs, race=True)
    tests, example = str(folder / "go.test"), str(folder / "callhandler.test")
    await succeed(tests)
    await succeed(example)
    return [(tests, "-test.run=^TestBehaviour$")]


async def _typescript() -> Sequence[Command]:
    tests = await asyncio.to_thread(builds.typescript_programs)
    await succeed("node", "--test", *map(str, sorted(tests.glob("*.test.js"))))
    return [("node", str(tests / "chat-handler.js")), ("node", str(tests / "behaviour.js"))]


async def _java() -> Sequence[Command]:
    built = await asyncio.to_thread(builds.java_build)
    java = ("java", *SHORT_JAVA, "-cp", built.classpath)
    await succeed(*java, "dev.reverie.Units")
    return [
        (*java, "dev.reverie.examples.CallServiceCheck"),
        (*java, "dev.reverie.Behaviour"),
    ]


LANGUAGES = (
    Language("Python", _python),
    Language("blocking Python", _blocking_python),
    Language("Go", _go, ("go", "gcc")),
    Language("TypeScript", _typescript, ("node", "npm")),
    Language("Java", _java, ("javac", "mvn")),
)


def required() -> bool:
    """Whether a missing toolchain is a failure: in CI, which is there to run everything."""
    return os.environ.get("CI") == "true"
