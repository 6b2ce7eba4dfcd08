"""``reverie serve --workers``: several processes on one port, and who looks after them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import re
import signal
import socket
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from pydantic import SecretStr

from reverie_server.bootstrap import CannotStart
from reverie_server.cli import workers
from reverie_server.cli.worker import Word
from reverie_server.cli.workers import Workers
from reverie_server.settings import Settings
from tests.cli.commands import reverie_command
from tests.postgres_databases import PostgresDatabases
from tests.replicas.fleet import Stores
from tests.rpc.contract import DEADLINE, answer
from tests.server_process import environment, free_port

pytestmark = [
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="only Linux deals a port's connections out"
    ),
    pytest.mark.once,
]


class Supervisor:
    """``reverie serve`` with workers, and what its log says of them."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.address = f"127.0.0.1:{port}"
        self.pids: list[int] = []
        """Of the workers, in the order in which they came to serve."""

    async def serves(self, workers: int) -> None:
        """Waits until so many workers have come to serve in all."""
        assert self.process.stderr is not None
        while len(self.pids) < workers:
            line = await self.process.stderr.readline()
            assert line, "it has ended"
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event["event"] == "a worker serves":
                    self.pids.append(int(event["at"].rpartition(" ")[2].rstrip(")")))


@asynccontextmanager
async def supervising(settings: Mapping[str, str]) -> AsyncIterator[Supervisor]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reverie_server", "serve", "--workers", "2"),
        *("--port", str(port)),
        env=environment(settings),
        stdout=PIPE,
        stderr=PIPE,
    )
    supervisor = Supervisor(process, port)
    try:
        yield supervisor
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        for pid in supervisor.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def call(address: str) -> None:
    """On a connection of its own, which the system gives to any worker."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        async with asyncio.timeout(DEADLINE):
            await channel.channel_ready()
        await answer(channel, "GetCapabilities")


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_dead_worker_is_replaced_and_all_end_when_told_to(
    postgres_databases: PostgresDatabases, qdrant_url: str
) -> None:
    stores = await Stores.make(postgres_databases, qdrant_url)
    async with supervising(stores.environment) as supervisor:
        await supervisor.serves(2)
        assert supervisor.process.stdout is not None
        assert b"with 2 workers" in await supervisor.process.stdout.readline()
        await asyncio.gather(*(call(supervisor.address) for _ in range(8)))
        os.kill(supervisor.pids[0], signal.SIGKILL)
        await call(supervisor.address)
        await supervisor.serves(3)
        await asyncio.gather(*(call(supervisor.address) for _ in range(8)))
        supervisor.process.send_signal(signal.SIGTERM)
        assert await supervisor.process.wait() == 0
        assert not any(is_there(pid) for pid in supervisor.pids)


async def test_workers_need_what_they_can_share(tmp_path: Path) -> None:
    refused = await reverie_command(
        *("serve", "--workers", "2", "--port", "0", "--data-folder", str(tmp_path / "data"))
    )
    assert refused.exit_code == 1
    assert refused.errors.startswith("reverie: several workers need PostgreSQL and a Qdrant")
    assert refused.errors.count("\n") == 1
    assert not (tmp_path / "data").exists()


def settings(port: int = 0) -> Settings:
    """Of workers that reach for nothing."""
    return Settings(
        port=port,
        workers=2,
        database_url=SecretStr("postgresql://nobody@/nothing"),
        qdrant_url="http://127.0.0.1:1",
    )


def die_young(_: Settings, supervisor: Connection) -> None:
    """A worker that never comes to serve."""
    supervisor.close()
    raise SystemExit(3)


def serve_once(settings: Settings, supervisor: Connection) -> None:
    """A worker that serves on, if it is the first; each other one serves once, and no replacement
    of it can start."""
    here = settings.data_folder
    with contextlib.suppress(FileExistsError):
        (here / "first").mkdir()
        serve(settings, supervisor)
        return
    with contextlib.suppress(FileExistsError):
        (here / "other").mkdir()
        supervisor.send(Word("serving", "other"))
        raise SystemExit(3)
    with (here / "tries").open("a") as tries:
        tries.write("x")
    if len((here / "tries").read_text("utf-8")) % 2:
        supervisor.send(Word("cannot start", "the database is away"))
    raise SystemExit(1)


def serve(_: Settings, supervisor: Connection) -> None:
    """A worker that serves until its supervisor is gone."""
    supervisor.send(Word("serving", "somewhere"))
    with contextlib.suppress(EOFError):
        supervisor.recv()


def second_cannot_start(settings: Settings, supervisor: Connection) -> None:
    if multiprocessing.current_process().name != "worker 1":
        serve(settings, supervisor)
        return
    supervisor.send(Word("cannot start", "there is a reason"))
    raise SystemExit(1)


def note_and_die(settings: Settings, supervisor: Connection) -> None:
    """A worker that writes down whether it is to compute vectors anew, serves if so, and is
    gone."""
    with (settings.data_folder / "starts").open("a") as starts:
        starts.write(f"{settings.reindex}\n")
    if settings.reindex:
        supervisor.send(Word("serving", "somewhere"))
    raise SystemExit(3)


def nothing(*_: Any) -> None:
    """Nobody needs to be told."""


async def test_workers_that_die_again_and_again_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(workers, "MOST_YOUNG_DEATHS", 2)
    with pytest.raises(CannotStart, match=r"2 times in a row .* exit code 3"):
        await Workers(settings(), nothing, work=die_young).run()


async def test_one_that_cannot_start_again_does_not_end_those_that_serve(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(workers, "MOST_YOUNG_DEATHS", 2)
    some = settings().model_copy(update={"data_folder": tmp_path})
    ends: list[int | None] = []
    enough = asyncio.Event()

    class Watched(Workers):
        async def _watch(self, number: int, port: int) -> int | None:
            ends.append(await super()._watch(number, port))
            if len(ends) == 3:
                enough.set()
            return ends[-1]

    supervisor = Watched(some, nothing, work=serve_once)
    running = asyncio.create_task(supervisor.run())
    waiting = asyncio.create_task(enough.wait())
    await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    assert not running.done(), running.exception()
    supervisor.stop()
    await running


async def test_a_start_that_is_cancelled_leaves_no_worker_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, begun, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    started: list[BaseProcess] = []
    start = SpawnProcess.start

    def slowly(process: BaseProcess) -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(10)
        start(process)
        started.append(process)

    monkeypatch.setattr(SpawnProcess, "start", slowly)
    running = asyncio.create_task(Workers(settings(), nothing, work=serve).run())
    await begun.wait()
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert started
    assert [each.exitcode for each in started] == [-signal.SIGTERM] * len(started)


async def test_vectors_are_computed_anew_by_one_worker_at_one_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(workers, "MOST_YOUNG_DEATHS", 3)
    told = settings().model_copy(update={"reindex": True, "data_folder": tmp_path})
    with pytest.raises(CannotStart, match="3 times in a row"):
        await Workers(told, nothing, work=note_and_die).run()
    first, *others = (tmp_path / "starts").read_text().split()
    assert first == "True"
    assert len(others) >= 2
    assert set(others) == {"False"}


async def test_one_that_cannot_start_ends_all_and_says_which_and_why() -> None:
    with pytest.raises(CannotStart, match=r"^worker 1 cannot start: there is a reason$"):
        await Workers(settings(), nothing, work=second_cannot_start).run()
    assert not multiprocessing.active_children()


async def test_a_first_start_that_fails_is_told_with_the_exit_code(tmp_path: Path) -> None:
    refused = await reverie_command(
        *("serve", "--workers", "2", "--port", "0", "--data-folder", str(tmp_path / "data")),
        settings={
            "REVERIE_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/nothing",
            "REVERIE_QDRANT_URL": f"http://127.0.0.1:{free_port()}",
        },
    )
    assert refused.exit_code == 1
    last = refused.errors.splitlines()[-1]
    assert re.fullmatch(r"reverie: worker [01] cannot start: .*database.*", last), last


async def test_a_port_that_other_workers_have_is_taken() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CannotStart, match="cannot listen"):
            await Workers(settings(other.getsockname()[1]), nothing, work=die_young).run()
