"""One of several server processes on a port: what the process that a supervisor spawns runs."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

import uvloop

from reverie_server.bootstrap import Application, CannotStart
from reverie_server.cli.logs import log_to_stderr
from reverie_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Word:
    """What a worker tells its supervisor."""

    kind: Literal["serving", "cannot start"]
    text: str
    """Where, or why not."""


def run_worker(settings: Settings, supervisor: Connection) -> None:
    """Serves until it is told to stop, or its supervisor is gone. Ends the process with 1 when it
    cannot start."""
    log_to_stderr(settings.log_level, settings.log_format, settings.secrets())
    try:
        uvloop.run(_serve(settings, supervisor))
    except CannotStart as error:
        supervisor.send(Word("cannot start", str(error)))
        raise SystemExit(1) from error


async def _serve(settings: Settings, supervisor: Connection) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    # It never sends: what can be read is its end.
    loop.add_reader(supervisor.fileno(), stop.set)
    application = await Application.start(settings)
    supervisor.send(Word("serving", f"{application.address} (process {os.getpid()})"))
    await stop.wait()
    loop.remove_reader(supervisor.fileno())
    await application.stop()
