"""Several server processes on one port, and who looks after them.

Each worker is a server of its own, as on another machine: all that they share is the database, the
index and the port, whose connections the system deals out among them (SO_REUSEPORT). The supervisor
holds the port, and serves nothing itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import socket
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

import structlog

from reverie_server.bootstrap import CannotStart
from reverie_server.cli.worker import Word, run_worker
from reverie_server.settings import Settings

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 15.0
"""Before a worker that has died is replaced: it doubles while they die young."""
OLD_SECONDS: Final = 30.0
"""A worker that has lived so long has not died young."""
MOST_YOUNG_DEATHS: Final = 5
"""So many in a row are no accident, until all have served once."""
GRACE_SECONDS: Final = 10.0
"""What a worker gets beyond its drain before it is killed."""

log = structlog.get_logger(__name__)


class Workers:
    """``run`` it once; ``stop`` ends it."""

    def __init__(
        self,
        settings: Settings,
        on_serving: Callable[[str], None],
        *,
        work: Callable[[Settings, Connection], None] = run_worker,
    ) -> None:
        """
        Args:
            on_serving: called once, with the address, when all workers serve.
            work: what each process runs.

        Raises:
            CannotStart: these settings, or this platform, allow no workers.
        """
        self._settings = settings
        self._on_serving = on_serving
        self._work = work
        self._serving: set[int] = set()
        self._told = False
        """All have served once."""
        self._stop = asyncio.Event()
        self._reindexed = asyncio.Event()
        """Nothing is to be computed anew, or a worker that serves has done so."""
        if not settings.reindex:
            self._reindexed.set()
        _check(settings)

    def stop(self) -> None:
        """Has all workers finish their calls and end."""
        self._stop.set()
        # Nobody starts any more, and who waits for a start need not.
        self._reindexed.set()

    async def run(self) -> None:
        """Returns when all have ended because they were told to.

        Raises:
            CannotStart: the port is taken; or, before all have served once, a worker says that it
                cannot start, or dies young again and again: which, and why. All have ended. Later,
                whatever keeps one from starting may pass, and does not end those that serve.
        """
        with _reserved(self._settings.host, self._settings.port) as port:
            try:
                async with asyncio.TaskGroup() as keepers:
                    for number in range(self._settings.workers):
                        keepers.create_task(self._keep(number, port))
            except* CannotStart as errors:
                raise errors.exceptions[0] from None

    async def _keep(self, number: int, port: int) -> None:
        if number > 0:
            await self._reindexed.wait()
        young_deaths = 0
        while not self._stop.is_set():
            began = time.monotonic()
            died = await self._watch(number, port)
            if self._stop.is_set():
                return
            young_deaths = 0 if time.monotonic() - began > OLD_SECONDS else young_deaths + 1
            log.error("a worker has ended", worker=number, exit_code=died, in_a_row=young_deaths)
            if young_deaths >= MOST_YOUNG_DEATHS and not self._told:
                raise CannotStart(
                    f"worker {number} has ended {young_deaths} times in a row soon after its start,"
                    f" the last time with exit code {died}: its log says why"
                )
            # Of a power that stays one: nobody says how often.
            doubled = 2.0 ** min(young_deaths, MOST_YOUNG_DEATHS)
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * doubled)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stop.wait()

    async def _watch(self, number: int, port: int) -> int | None:
        """A worker from its start to its end; gives its exit code.

        Raises:
            CannotStart: it says so, and not all have served yet.
        """
        context = multiprocessing.get_context("spawn")
        ours, its = context.Pipe()
        process = context.Process(
            target=self._work, args=(self._of_worker(number, port), its), name=f"worker {number}"
        )
        seconds = self._settings.drain_seconds + GRACE_SECONDS
        with ours:
            with its:
                await _start(process, seconds)
            await self._attend(number, port, process, ours, seconds)
        return process.exitcode

    async def _attend(
        self, number: int, port: int, process: BaseProcess, ours: Connection, seconds: float
    ) -> None:
        """Listens to a worker until it has ended.

        Raises:
            CannotStart: as ``_watch``.
        """
        ended = asyncio.create_task(_readable(process.sentinel))
        word = asyncio.create_task(_readable(ours.fileno()))
        told = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((ended, word, told), return_when=asyncio.FIRST_COMPLETED)
            said = _word(ours)
            if said is not None and said.kind == "serving":
                self._note_serving(number, port)
                log.info("a worker serves", worker=number, at=said.text)
            elif said is not None and not self._told:
                raise CannotStart(f"worker {number} cannot start: {said.text}")
            elif said is not None:
                log.error("a worker cannot start", worker=number, because=said.text)
            await asyncio.wait((ended, told), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (word, told):
                task.cancel()
            await _end(process, ended, seconds)

    def _note_serving(self, number: int, port: int) -> None:
        self._serving.add(number)
        self._reindexed.set()
        if not self._told and len(self._serving) == self._settings.workers:
            self._told = True
            self._on_serving(self._settings.at(port))

    def _of_worker(self, number: int, port: int) -> Settings:
        """What a worker's settings have that others' do not: a port for its metrics, and that
        vectors are computed anew. That is done once, by the first one until it has come to serve:
        whoever starts later would delete what was computed since."""
        changes: dict[str, object] = {"port": port, "reindex": not self._reindexed.is_set()}
        if self._settings.metrics_port:
            changes["metrics_port"] = self._settings.metrics_port + number
        return self._settings.model_copy(update=changes)


def _check(settings: Settings) -> None:
    if not settings.index_is_shared:
        raise CannotStart(
            "several workers need PostgreSQL and a Qdrant, which all of them can use:"
            " set REVERIE_DATABASE_URL and REVERIE_QDRANT_URL, or leave --workers at 1"
        )
    if not sys.platform.startswith("linux") or not hasattr(socket, "SO_REUSEPORT"):
        raise CannotStart(
            "this system does not deal a port's connections out among processes: start several"
            " servers on ports of their own, behind a load balancer"
        )


@contextlib.contextmanager
def _reserved(host: str, port: int) -> Iterator[int]:
    """Keeps the port for the workers, also while none of them lives; gives its number.

    Raises:
        CannotStart: somebody else has it.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as alone:
            # Without SO_REUSEPORT: other servers' workers would let us in among them.
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
        holder = socket.socket(family, kind)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Bound, but it does not listen, so that it gets no connection.
        holder.bind(address)
    except OSError as error:
        raise CannotStart(
            f"cannot listen on {host}:{port}: {error.strerror or error} (another port can be named:"
            " --port)"
        ) from error
    with holder:
        yield holder.getsockname()[1]


async def _readable(descriptor: int) -> None:
    """Returns when something can be read there."""
    loop = asyncio.get_running_loop()
    found = asyncio.Event()
    loop.add_reader(descriptor, found.set)
    try:
        await found.wait()
    finally:
        loop.remove_reader(descriptor)


def _word(connection: Connection) -> Word | None:
    try:
        said = connection.recv() if connection.poll() else None
    except EOFError:
        return None
    return said if isinstance(said, Word) else None


async def _start(process: BaseProcess, seconds: float) -> None:
    """Returns when the process is there. Who is cancelled meanwhile leaves none behind."""
    starting = asyncio.ensure_future(asyncio.to_thread(process.start))
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Its thread goes on, and nobody else knows of the process.
        await asyncio.wait([starting])
        if starting.exception() is None:
            await _end(process, asyncio.create_task(_readable(process.sentinel)), seconds)
        raise


async def _end(process: BaseProcess, ended: asyncio.Task[None], seconds: float) -> None:
    """Returns when the process is gone: by itself, told to, or killed."""
    try:
        if not ended.done():
            process.terminate()
            await asyncio.wait((ended,), timeout=seconds)
        if not ended.done():
            log.error("a worker did not stop", worker=process.name)
            process.kill()
            await ended
    finally:
        ended.cancel()
        process.join()
