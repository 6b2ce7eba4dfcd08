"""Servers and load generators in processes of their own, pinned to a core each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
STOP_SECONDS = 60.0

_ADDRESS = re.compile(r"serving on ([^\s,]+)")


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores the two sides of a measurement run on; None: wherever the system puts them."""

    server: int | None
    generator: int | None

    @classmethod
    def choose(cls) -> Cores:
        """The last two of the cores this process may use, where the system can pin and has two."""
        if sys.platform != "linux":
            return cls(None, None)
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            return cls(None, None)
        return cls(server=cores[-2], generator=cores[-1])


@dataclass(frozen=True, slots=True)
class Child:
    """A server that has said where it serves."""

    process: asyncio.subprocess.Process
    address: str

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def stop(self) -> str:
        """Ends it with SIGTERM; gives what it printed after its address.

        Raises:
            RuntimeError: it did not exit cleanly.
        """
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        output, _ = await asyncio.wait_for(self.process.communicate(), STOP_SECONDS)
        if self.process.returncode:
            raise RuntimeError(f"the server exited with code {self.process.returncode}")
        return output.decode()


@asynccontextmanager
async def serving(
    command: Sequence[str], core: int | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Child]:
    """Runs a server (a Python module and its arguments) that prints `serving on <address>`.

    It runs with the default settings but for these variables, whatever the environment says. Stops
    it at the end unless that was done before.
    """
    child = await start(command, core, settings)
    try:
        yield child
    finally:
        if child.process.returncode is None:
            await child.stop()


async def start(
    command: Sequence[str], core: int | None = None, settings: Mapping[str, str] | None = None
) -> Child:
    """As `serving`, without the end.

    Raises:
        RuntimeError: it ended, or took too long, before it said where it serves.
    """
    process = await _spawn(_python(command), core, settings or {})
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while line := await process.stdout.readline():
                if match := _ADDRESS.search(line.decode()):
                    return Child(process, match[1])
    except TimeoutError:
        process.kill()
    raise RuntimeError(f"{command[0]} ended without serving: exit code {await process.wait()}")


async def run(command: Sequence[str], core: int | None = None) -> str:
    """Runs a Python module to its end; gives what it printed.

    Raises:
        RuntimeError: it failed.
    """
    return await run_program(_python(command), core)


async def run_program(
    program: Sequence[str], core: int | None = None, settings: Mapping[str, str] | None = None
) -> str:
    """As `run`, of any program, which also finds these variables in its environment."""
    process = await _spawn(program, core, settings or {})
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(program)} failed: exit code {process.returncode}")
    return output.decode()


def reverie(folder: Path) -> list[str]:
    """The command of the product over a data folder."""
    return ["reverie_server", "serve", "--port", "0", "--data-folder", str(folder)]


def _python(command: Sequence[str]) -> Sequence[str]:
    """The program that runs a module and its arguments."""
    return (sys.executable, "-m", *command)


async def _spawn(
    program: Sequence[str], core: int | None, settings: Mapping[str, str]
) -> asyncio.subprocess.Process:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("REVERIE_")
    }
    arguments: dict[str, Any] = {
        "stdout": asyncio.subprocess.PIPE,
        "env": environment
        | {"REVERIE_LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1"}
        | dict(settings),
    }
    with _pinned(core):
        return await asyncio.create_subprocess_exec(*program, **arguments)


@contextmanager
def _pinned(core: int | None) -> Iterator[None]:
    """Children started inside inherit the core, and so do theirs."""
    if sys.platform != "linux" or core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
