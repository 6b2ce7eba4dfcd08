"""A server in a process of its own, as an operator runs it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.backends import environment_of


class ServerProcess:
    """``reverie serve`` on one port and one data folder; may be killed and started again."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        program: Sequence[str] = (),
    ) -> None:
        """
        Args:
            program: what Python runs in place of ``-m reverie_server``.
        """
        self.folder = folder
        self.port = free_port() if port is None else port
        self.address = f"127.0.0.1:{self.port}"
        self.log = folder.with_name(f"{folder.name}.log")
        self._settings = dict(settings or {})
        self._program = tuple(program) or ("-m", "reverie_server")
        self._process: Process | None = None

    async def start(self) -> None:
        """Returns when it says that it is serving."""
        database = await environment_of(self.folder)
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self._program, "serve"),
                *("--port", str(self.port), "--data-folder", str(self.folder)),
                env=environment(database | self._settings),
                stdout=PIPE,
                stderr=log,
            )
        self._process = process
        assert process.stdout is not None
        line = await process.stdout.readline()
        assert b"is serving" in line, self.log.read_text("utf-8")

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> None:
        """Ends it with -9; returns when it is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def serving(
    folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[ServerProcess]:
    """A server on a port of its own, killed at the end."""
    server = ServerProcess(folder, settings=settings)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, without its settings of Reverie and with these instead."""
    inherited = {name: value for name, value in os.environ.items() if "REVERIE_" not in name}
    # Many servers run at once, and metrics have one default port.
    return inherited | {"REVERIE_METRICS": "false"} | dict(settings or {})
