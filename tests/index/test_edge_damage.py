"""Whatever happens to the files of an embedded index, it never answers from what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from reverie_server.index import schema
from reverie_server.index.edge import EdgeIndex
from reverie_server.index.memory_index import IndexState, SearchPlan
from tests.index.damage import (
    DAMAGES,
    copy,
    file_called,
    files_of,
    generation_folder,
    scramble,
    scramble_unseen,
)
from tests.index.memories import (
    OWNER,
    READER,
    StampInMemory,
    all_ids,
    by_vector,
    by_words,
    empty,
    fill,
    found,
    lost,
    memory,
    open_edge,
    soon,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.once]

POINTS = [memory(f"m{i}", seed=i, revision=i + 1) for i in range(40)]
PLAN = SearchPlan(READER, [by_vector(3), by_words("cat")])
IDS = {point.memory_id for point in POINTS}

SEGMENT = "shard/segments/*"
SOME_FILES = [
    ("manifest", "scramble"),
    ("manifest", "truncate"),
    ("points", "remove"),
    ("points", "scramble"),
    ("shard/edge_config.json", "scramble"),
    (f"{SEGMENT}/segment.json", "remove"),
    (f"{SEGMENT}/mutable_id_tracker.mappings", "truncate"),
    (f"{SEGMENT}/vector_storage-{schema.TURN}/vectors/chunk_0.mmap", "scramble"),
]
SOME_FILES_IN_USE = [
    (f"{SEGMENT}/segment.json", "remove"),
    (f"{SEGMENT}/payload_storage/page_0.dat", "truncate"),
    (f"{SEGMENT}/vector_storage-{schema.TURN}/vectors/chunk_0.mmap", "scramble"),
]


@dataclass(frozen=True, slots=True)
class Closed:
    """An index that was closed in order."""

    root: Path
    stamp: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    root = tmp_path_factory.mktemp("closed")
    stamps = StampInMemory()
    index = await open_edge(root, stamps)
    await fill(index, POINTS)
    await index.close()
    assert stamps.stamp is not None
    return Closed(root, stamps.stamp)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serving(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[EdgeIndex, Path]]:
    root = tmp_path_factory.mktemp("serving")
    index = await open_edge(root, StampInMemory())
    yield index, root
    await index.close()


async def opened_after(harm: Callable[[Path], None], closed: Closed, root: Path) -> EdgeIndex:
    """The closed index, copied, harmed, and opened again."""
    copy(closed.root, root)
    harm(root)
    stamps = StampInMemory()
    await stamps.put(closed.stamp)
    return await open_edge(root, stamps)


async def assert_empty_and_usable(index: EdgeIndex, root: Path, closed: Closed) -> None:
    health = index.health()
    assert health.state is IndexState.REBUILDING
    assert health.generation not in closed.stamp
    assert health.detail
    assert await index.count() == 0
    assert generation_folder(root).name == health.generation
    await fill(index, POINTS)
    assert await found(index, PLAN) == IDS


# Between two runs ------------------------------------------------------------------------------


async def test_a_clean_close_is_taken_up_where_it_ended(closed: Closed, tmp_path: Path) -> None:
    index = await opened_after(lambda root: None, closed, tmp_path)
    assert index.health().state is IndexState.READY
    assert index.health().points == len(POINTS)
    assert await found(index, PLAN) == await all_ids(index) == IDS
    # What the table knew is still known: an older revision still changes nothing.
    await index.upsert([memory("m39", revision=1, text="dog")])
    assert await found(index, SearchPlan(READER, [by_words("dog")])) == set()
    await index.close()


@pytest.mark.parametrize(("name", "damage"), SOME_FILES)
async def test_a_damaged_file_is_noticed_at_the_start(
    closed: Closed, tmp_path: Path, name: str, damage: str
) -> None:
    index = await opened_after(
        lambda root: DAMAGES[damage](file_called(root, name)), closed, tmp_path
    )
    await assert_empty_and_usable(index, tmp_path, closed)
    await index.close()


async def test_a_missing_folder_is_noticed_at_the_start(closed: Closed, tmp_path: Path) -> None:
    index = await opened_after(
        lambda root: shutil.rmtree(generation_folder(root)), closed, tmp_path
    )
    await assert_empty_and_usable(index, tmp_path, closed)
    await index.close()


async def test_a_file_too_many_is_noticed_at_the_start(closed: Closed, tmp_path: Path) -> None:
    index = await opened_after(
        lambda root: (generation_folder(root) / "shard" / "more").touch(), closed, tmp_path
    )
    await assert_empty_and_usable(index, tmp_path, closed)
    await index.close()


async def test_other_dimensions_are_noticed_at_the_start(closed: Closed, tmp_path: Path) -> None:
    copy(closed.root, tmp_path)
    stamps = StampInMemory()
    await stamps.put(closed.stamp)
    index = await soon(EdgeIndex.open(tmp_path, {schema.TURN: 9}, stamps))
    assert index.health().state is IndexState.REBUILDING
    assert "dimensions" in index.health().detail
    await index.close()


async def test_an_older_copy_is_noticed_at_the_start(closed: Closed, tmp_path: Path) -> None:
    root = tmp_path / "index"
    root.mkdir()
    copy(closed.root, root)
    stamps = StampInMemory()
    await stamps.put(closed.stamp)
    index = await open_edge(root, stamps)
    await index.upsert([memory("later")])
    await index.close()
    shutil.rmtree(root)
    root.mkdir()
    copy(closed.root, root)
    index = await open_edge(root, stamps)
    await assert_empty_and_usable(index, root, closed)
    await index.close()


async def test_an_older_copy_is_noticed_after_a_crash(closed: Closed, tmp_path: Path) -> None:
    root = tmp_path / "index"
    root.mkdir()
    copy(closed.root, root)
    stamps = StampInMemory()
    await stamps.put(closed.stamp)
    index = await open_edge(root, stamps)
    # The server dies here: it closes nothing, and its stamp has been taken.
    index._closing = True
    if index._keeper is not None:
        index._keeper.cancel()
    await index._link.leave()
    shutil.rmtree(root)
    root.mkdir()
    copy(closed.root, root)
    index = await open_edge(root, stamps)
    await assert_empty_and_usable(index, root, closed)
    await index.close()


async def test_an_unfinished_rebuild_is_not_taken_for_an_index(tmp_path: Path) -> None:
    stamps = StampInMemory()
    index = await open_edge(tmp_path, stamps)
    await index.upsert(POINTS[:10])
    await index.close()
    assert stamps.stamp is None
    index = await open_edge(tmp_path, stamps)
    assert index.health().state is IndexState.REBUILDING
    assert await index.count() == 0
    await index.close()


@pytest.mark.soak
@pytest.mark.parametrize("damage", DAMAGES)
async def test_any_damaged_file_is_noticed_at_the_start(
    closed: Closed, tmp_path: Path, damage: str
) -> None:
    for number, name in enumerate(files_of(closed.root)):
        root = tmp_path / str(number)
        root.mkdir()
        index = await opened_after(
            lambda root, name=name: DAMAGES[damage](file_called(root, name)),  # type: ignore[misc]
            closed,
            root,
        )
        assert index.health().state is IndexState.REBUILDING, name
        await index.close()
        shutil.rmtree(root)


# While it serves -------------------------------------------------------------------------------


async def refilled(index: EdgeIndex) -> None:
    await empty(index)
    await index.upsert(POINTS)
    assert await found(index, PLAN) == IDS


async def assert_noticed(index: EdgeIndex, harm: Callable[[], None]) -> None:
    await refilled(index)
    seen = index.health()
    harm()
    health = await lost(index, seen)
    assert health.detail
    assert await index.count(OWNER) == 0
    await fill(index, POINTS)
    assert await found(index, PLAN) == IDS


@pytest.mark.parametrize(("name", "damage"), SOME_FILES_IN_USE)
async def test_a_damaged_file_is_noticed_while_serving(
    serving: tuple[EdgeIndex, Path], name: str, damage: str
) -> None:
    index, root = serving
    await assert_noticed(index, lambda: DAMAGES[damage](file_called(root, name)))


async def test_a_removed_folder_is_noticed_while_serving(serving: tuple[EdgeIndex, Path]) -> None:
    index, root = serving
    await assert_noticed(index, lambda: shutil.rmtree(generation_folder(root)))


async def test_an_older_copy_is_noticed_while_serving(
    serving: tuple[EdgeIndex, Path], tmp_path: Path
) -> None:
    index, root = serving
    await refilled(index)
    folder = generation_folder(root)
    copy(folder, tmp_path)
    await index.upsert([memory("later")])

    def put_back() -> None:
        shutil.rmtree(folder)
        folder.mkdir()
        copy(tmp_path, folder)

    seen = index.health()
    put_back()
    await lost(index, seen)


async def test_damage_is_noticed_by_the_next_change(serving: tuple[EdgeIndex, Path]) -> None:
    """A change makes the files' times its own, so it must look before."""
    index, root = serving
    await refilled(index)
    seen = index.health()
    scramble(file_called(root, f"{SEGMENT}/vector_storage-{schema.TURN}/vectors/chunk_0.mmap"))
    changes = 0
    while index.health() == seen or index.health().state is IndexState.READY:
        try:
            await index.upsert([memory(f"n{changes}")])
        except Exception:  # noqa: BLE001 - away from here on is what is waited for
            break
        changes += 1
    await lost(index, seen)


async def test_the_scrub_notices_what_the_files_do_not_tell(
    serving: tuple[EdgeIndex, Path],
) -> None:
    index, root = serving
    name = f"{SEGMENT}/vector_storage-{schema.TURN}/vectors/chunk_0.mmap"
    await assert_noticed(index, lambda: scramble_unseen(file_called(root, name)))


async def test_nothing_is_noticed_when_nothing_happens(serving: tuple[EdgeIndex, Path]) -> None:
    index, _ = serving
    await refilled(index)
    generation = index.health().generation
    for step in range(60):
        await index.upsert([memory(f"m{step}", revision=100 + step)])
        await found(index, PLAN)
        await index.delete(OWNER, [])
    assert index.health().generation == generation
    assert index.health().state is IndexState.READY


@pytest.mark.soak
@pytest.mark.parametrize("damage", DAMAGES)
async def test_any_damaged_file_is_noticed_while_serving(
    serving: tuple[EdgeIndex, Path], damage: str
) -> None:
    index, root = serving
    await refilled(index)
    for name in files_of(root):
        await assert_noticed(
            index,
            lambda name=name: DAMAGES[damage](file_called(root, name)),  # type: ignore[misc]
        )
