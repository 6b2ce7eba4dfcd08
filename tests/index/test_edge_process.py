"""The child of an embedded index dies, hangs, is told to stop, or loses its parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from reverie_server.index import edge, edge_link
from reverie_server.index.edge import EdgeIndex
from reverie_server.index.memory_index import IndexAway, IndexState, Owner, SearchPlan
from tests.index.damage import child_of, generation_folder, wait_for_exit
from tests.index.memories import (
    OWNER,
    PATIENCE,
    READER,
    StampInMemory,
    by_vector,
    direction,
    empty,
    fill,
    found,
    lost,
    memory,
    open_edge,
    soon,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.once]

PLAN = SearchPlan(READER, [by_vector()])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[EdgeIndex, Path]]:
    root = tmp_path_factory.mktemp("index")
    opened = await open_edge(root, StampInMemory())
    yield opened, root
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def index(opened: tuple[EdgeIndex, Path]) -> EdgeIndex:
    await empty(opened[0])
    await opened[0].upsert([memory("m")])
    return opened[0]


async def test_a_killed_child_is_noticed_and_replaced(index: EdgeIndex) -> None:
    seen = index.health()
    child = child_of(index)
    os.kill(child, signal.SIGSTOP)
    searching = asyncio.ensure_future(index.search(PLAN))
    writing = asyncio.ensure_future(index.upsert([memory("n")]))
    await asyncio.sleep(0)  # Both have sent their requests.
    os.kill(child, signal.SIGKILL)
    for call in (searching, writing):
        with pytest.raises(IndexAway):
            await soon(call)
    health = await soon(index.health_change(seen))
    assert health.state is IndexState.AWAY
    with pytest.raises(IndexAway):
        await index.search(PLAN)
    await lost(index, seen)
    assert child_of(index) != child
    await fill(index, [memory("again")])
    assert await found(index, PLAN) == {"again"}


async def test_a_child_that_keeps_dying_keeps_being_replaced(index: EdgeIndex) -> None:
    for _ in range(3):
        seen = index.health()
        os.kill(child_of(index), signal.SIGKILL)
        await lost(index, seen)
    await fill(index, [memory("again")])
    assert await found(index, PLAN) == {"again"}


async def test_signals_for_the_server_do_not_end_the_child(index: EdgeIndex) -> None:
    generation = index.health().generation
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(child_of(index), number)
    assert await found(index, PLAN) == {"m"}
    assert index.health().generation == generation


async def test_a_search_gives_up_on_a_child_that_hangs(
    index: EdgeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "SEARCH_SECONDS", 0.05)
    os.kill(child_of(index), signal.SIGSTOP)
    try:
        with pytest.raises(IndexAway, match="in time"):
            await soon(index.search(PLAN))
    finally:
        os.kill(child_of(index), signal.SIGCONT)
    monkeypatch.undo()
    # The late answer is nobody's. Once the child is heard again, a question gets its own.
    assert await soon(heard(index)) == {"m"}


async def heard(index: EdgeIndex) -> set[str]:
    """The first answer of a child that was late."""
    while True:
        with contextlib.suppress(IndexAway):
            return await found(index, PLAN)
        await asyncio.sleep(0)


async def test_the_loop_is_free_while_the_child_is_not(index: EdgeIndex) -> None:
    os.kill(child_of(index), signal.SIGSTOP)
    points = [memory(f"p{i}", seed=i) for i in range(2_000)]
    writing = asyncio.ensure_future(index.upsert(points))
    try:
        for _ in range(100):
            await asyncio.sleep(0)
        assert not writing.done()
        # What waits in this process is bounded, however much there is to send.
        assert len(index._link._stream.waiting) <= edge.FRAMES_AHEAD
    finally:
        os.kill(child_of(index), signal.SIGCONT)
    await soon(writing)
    assert await index.count(OWNER) == 2_001


async def test_a_cancelled_call_leaves_the_rest_in_order(index: EdgeIndex) -> None:
    os.kill(child_of(index), signal.SIGSTOP)
    try:
        calls = [asyncio.ensure_future(index.search(PLAN)) for _ in range(10)]
        writing = asyncio.ensure_future(index.upsert([memory(f"c{i}") for i in range(500)]))
        await asyncio.sleep(0)
        for call in [*calls[::2], writing]:
            call.cancel()
    finally:
        os.kill(child_of(index), signal.SIGCONT)
    for call in calls[1::2]:
        assert "m" in {hit.memory_id for hit in await soon(call)}
    assert await soon(index.count(OWNER)) >= 1


async def test_a_rebuild_leaves_no_byte_of_the_old_index(
    index: EdgeIndex, opened: tuple[EdgeIndex, Path]
) -> None:
    canary = direction(4_242).tobytes()
    root = opened[1]

    def holds_canary() -> bool:
        return any(canary in path.read_bytes() for path in root.rglob("*") if path.is_file())

    await index.upsert([memory("canary", seed=4_242)])
    assert holds_canary()
    generation = await index.begin_rebuild()
    assert not holds_canary()
    assert generation_folder(root).name == generation


async def test_no_id_of_the_caller_stands_in_a_file(
    index: EdgeIndex, opened: tuple[EdgeIndex, Path]
) -> None:
    name = "canary-7f3a9b"
    owner = Owner(name, name)
    await index.upsert([memory(name, owner=owner, persona_id=name, session_id=name)])
    assert not any(
        name.encode() in path.read_bytes() for path in opened[1].rglob("*") if path.is_file()
    )


async def test_closing_gets_rid_of_a_child_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "CLOSE_SECONDS", 0.05)
    monkeypatch.setattr(edge_link, "_LEAVE_SECONDS", 0.05)
    stamps = StampInMemory()
    index = await open_edge(tmp_path, stamps)
    await fill(index)
    child = child_of(index)
    os.kill(child, signal.SIGSTOP)
    await soon(index.close())
    assert wait_for_exit(child, PATIENCE)
    assert stamps.stamp is None


async def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    file = tmp_path / "index"
    file.write_bytes(b"not a folder")
    with pytest.raises(IndexAway):
        await open_edge(file, StampInMemory())


async def test_the_child_goes_with_its_server(tmp_path: Path) -> None:
    server = """
import asyncio, sys
from pathlib import Path
from tests.index.damage import child_of
from tests.index.memories import StampInMemory, fill, open_edge

async def main():
    index = await open_edge(Path(sys.argv[1]), StampInMemory())
    await fill(index)
    print(child_of(index), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        server,
        str(tmp_path / "index"),
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    child = -1
    async for line in process.stdout:
        if line.strip().isdigit():
            child = int(line)
            break
    process.kill()
    await process.wait()
    assert wait_for_exit(child, PATIENCE)
    # Its folder is free again, and nothing of it is trusted.
    index = await open_edge(tmp_path / "index", StampInMemory())
    assert index.health().state is IndexState.REBUILDING
    await index.close()
