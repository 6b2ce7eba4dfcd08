"""The client while its server dies, and while it is replaced."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverie import Reverie
from reverie.session import Session
from tests.server_process import ServerProcess

ENTRIES = 200
CALLERS = 8
PATIENCE = 60.0
"""Seconds that a call may take here: a server that starts on two busy cores needs some."""


@pytest.fixture
async def server_process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data")
    await server.start()
    yield server
    await server.kill()


async def _append(session: Session, numbers: asyncio.Queue[int], done: asyncio.Queue[int]) -> None:
    while not numbers.empty():
        number = numbers.get_nowait()
        await session.say(f"{number}")
        done.put_nowait(number)


async def _append_all(session: Session, server: ServerProcess, number: signal.Signals) -> int:
    """Appends from several callers; in the middle of it the server gets the signal and, once it
    has ended, is started again. Gives its exit code."""
    numbers: asyncio.Queue[int] = asyncio.Queue()
    for each in range(ENTRIES):
        numbers.put_nowait(each)
    done: asyncio.Queue[int] = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CALLERS):
            tasks.create_task(_append(session, numbers, done))
        for _ in range(ENTRIES // 4):
            await done.get()
        server.send(number)
        exit_code = await server.wait()
        assert not numbers.empty(), "the signal came in the middle"
        await server.start()
    return exit_code


async def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(
    server_process: ServerProcess,
) -> None:
    async with Reverie(server_process.address, timeout=PATIENCE) as reverie:
        session = await reverie.session("alice", "brad").start()
        await _append_all(session, server_process, signal.SIGKILL)
        contents = [entry.content async for entry in session.entries()]

    assert sorted(contents, key=int) == [str(number) for number in range(ENTRIES)]


async def test_a_server_that_is_replaced_is_not_noticed(server_process: ServerProcess) -> None:
    async with Reverie(server_process.address, timeout=PATIENCE) as reverie:
        session = await reverie.session("alice", "brad").start()
        exit_code = await _append_all(session, server_process, signal.SIGTERM)
        contents = [entry.content async for entry in session.entries()]

    assert sorted(contents, key=int) == [str(number) for number in range(ENTRIES)]
    assert exit_code == 0, server_process.log.read_text("utf-8")


async def test_what_was_written_is_recalled_at_once(server_process: ServerProcess) -> None:
    async with (
        Reverie(server_process.address, timeout=PATIENCE) as reverie,
        reverie.session("alice", "brad") as call,
    ):
        for number in range(20):
            said = await call.say(f"My locker at the climbing gym has the number {number}.")
            found = await call.recall(f"climbing gym locker number {number}", limit=50)
            assert said in {hit.memory_id for hit in found.hits}


async def test_an_old_copy_of_the_data_put_in_place_is_read_on(
    server_process: ServerProcess, tmp_path: Path, backend: str
) -> None:
    if backend == "postgres":
        pytest.skip("the data is not in the folder that is copied here")
    async with Reverie(server_process.address, timeout=PATIENCE) as reverie:
        session = await reverie.session("alice", "brad").start()
        await session.say("I climb.")
        server_process.send(signal.SIGTERM)
        await server_process.wait()
        shutil.copytree(server_process.folder, tmp_path / "copy")
        await server_process.start()
        await session.say("I also swim.")
        lost = reverie.revisions.of("alice")
        await server_process.kill()
        shutil.rmtree(server_process.folder)
        (tmp_path / "copy").rename(server_process.folder)
        await server_process.start()

        found = await reverie.recall("alice", "brad", "Does she climb or swim?")

        assert [hit.text for hit in found.hits] == ["I climb."]
        assert reverie.revisions.of("alice") == 0
        await session.say("I ski.")
        assert 0 < reverie.revisions.of("alice") <= lost
