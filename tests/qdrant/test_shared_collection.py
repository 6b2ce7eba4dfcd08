"""Several servers on one collection: what each knows, and what none of them may believe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from qdrant_client import grpc as q

from reverie_server.index import schema
from reverie_server.index.memory_index import (
    IndexAway,
    IndexState,
    Kind,
    MemoryIndex,
    Owner,
    SearchPlan,
)
from reverie_server.index.qdrant import QdrantIndex
from reverie_server.index.qdrant_collection import FIELD_INDEXES, UnfitQdrant
from reverie_server.index.qdrant_link import QdrantLink
from reverie_server.scope import Reader
from tests.index.memories import (
    OWNER,
    READER,
    RecordInMemory,
    by_vector,
    by_words,
    fill,
    found,
    memory,
    open_qdrant,
    soon,
)
from tests.qdrant_double import QdrantDouble, options_of

EVERYTHING = SearchPlan(READER, [by_vector()])


@pytest.fixture
async def double() -> AsyncIterator[QdrantDouble]:
    """A Qdrant of this test's own: these tests look into it."""
    double = QdrantDouble()
    await double.start()
    yield double
    await double.stop()


@asynccontextmanager
async def opened(
    double: QdrantDouble, record: RecordInMemory, **more: Any
) -> AsyncIterator[QdrantIndex]:
    index = await open_qdrant(options_of(double.url, "shared", **more), record)
    try:
        yield index
    finally:
        await index.close()


async def reaches(index: MemoryIndex, wanted: IndexState) -> None:
    health = index.health()
    while health.state is not wanted:
        health = await soon(index.health_change(health))


def name_of(index: MemoryIndex) -> str:
    return index.health().generation


async def test_what_one_fills_another_searches(double: QdrantDouble) -> None:
    record = RecordInMemory()
    async with opened(double, record) as one, opened(double, record) as other:
        assert name_of(one) == name_of(other)
        assert other.health().state is IndexState.REBUILDING
        await fill(one, [memory("m1")])
        await reaches(other, IndexState.READY)
        assert await found(other, EVERYTHING) == {"m1"}
        await one.upsert([memory("m2")])
        assert await found(other, EVERYTHING) == {"m1", "m2"}


async def test_a_rebuild_is_never_taken_for_the_whole(double: QdrantDouble) -> None:
    record = RecordInMemory()
    async with opened(double, record) as one, opened(double, record) as other:
        await fill(one, [memory("m1")])
        await reaches(other, IndexState.READY)
        generation = await one.begin_rebuild()
        # It has not heard of it yet, and says so rather than finding nothing.
        with pytest.raises(IndexAway):
            await other.search(EVERYTHING)
        await reaches(other, IndexState.REBUILDING)
        assert name_of(other) == generation
        await one.upsert([memory("m1")])
        with pytest.raises(IndexAway):
            await other.search(EVERYTHING)
        await one.finish_rebuild(generation)
        await reaches(other, IndexState.READY)
        assert await found(other, EVERYTHING) == {"m1"}
        assert double.engine.collections() == [generation]


async def test_several_that_find_none_make_one(double: QdrantDouble) -> None:
    record = RecordInMemory()
    options = options_of(double.url, "shared")
    indexes = await asyncio.gather(*(open_qdrant(options, record) for _ in range(4)))
    for index in indexes:
        await reaches(index, IndexState.REBUILDING)
    assert {name_of(index) for index in indexes} == set(double.engine.collections())
    double.engine.lose_everything()
    with pytest.raises(IndexAway):
        await indexes[0].upsert([memory("m")])
    lost = name_of(indexes[0])
    while any(name_of(index) in {"", lost} for index in indexes):
        await asyncio.gather(*(soon(anew(index, lost)) for index in indexes))
    assert {name_of(index) for index in indexes} == set(double.engine.collections())
    for index in indexes:
        await index.close()


async def anew(index: MemoryIndex, lost: str) -> None:
    """Returns when it knows another collection than the one that was lost."""
    health = index.health()
    while health.generation in {"", lost}:
        health = await index.health_change(health)


async def test_an_older_copy_is_noticed(double: QdrantDouble) -> None:
    record = RecordInMemory()
    async with opened(double, record) as index:
        await fill(index, [memory("m")])
        was = name_of(index)
        await set_mark(double, was, 0)
        await soon(anew(index, was))
        assert index.health().state is IndexState.REBUILDING
    # At a start, too.
    async with opened(double, record) as index:
        await fill(index, [memory("m")])
        was = name_of(index)
    await set_mark(double, was, 0)
    async with opened(double, record) as index:
        await reaches(index, IndexState.REBUILDING)
        assert double.engine.collections() == [name_of(index)] != [was]


async def test_a_mark_that_is_written_late_lowers_nothing(double: QdrantDouble) -> None:
    """What it would be lower than, the index would be taken for an older copy of."""
    async with opened(double, RecordInMemory()) as index:
        await fill(index, [memory("m")])
        await index.flush()
        collection = index._watch.present()
        mark = await collection.mark()
        assert mark == 2
        await collection.raise_mark(1)
        assert await collection.mark() == mark


async def test_several_may_flush_at_once(double: QdrantDouble) -> None:
    record = RecordInMemory()
    async with opened(double, record) as one, opened(double, record) as other:
        await fill(one, [memory("m")])
        await reaches(other, IndexState.READY)
        await asyncio.gather(*(each.flush() for each in (one, other) for _ in range(4)))
        assert await one._watch.present().mark() == 9


async def set_mark(double: QdrantDouble, collection: str, number: int) -> None:
    link = QdrantLink(options_of(double.url, "shared"))
    point = q.PointStruct(
        id=q.PointId(uuid=str(schema.mark_id())),
        payload={"w": q.Value(integer_value=number)},
        vectors=q.Vectors(vectors=q.NamedVectors()),
    )
    await link.write(link.points.Upsert, q.UpsertPoints(collection_name=collection, points=[point]))
    await link.close()


async def test_what_was_begun_and_not_finished_is_dropped(double: QdrantDouble) -> None:
    record = RecordInMemory()
    async with opened(double, record) as index:
        was = name_of(index)
        # As a server leaves it that ends after it has announced a collection.
        record.value = b'{"retired":["%s"]}' % was.encode()
        await soon(anew(index, was))
        assert double.engine.collections() == [name_of(index)]


async def test_another_dimension_is_refused_in_a_sentence(double: QdrantDouble) -> None:
    record = RecordInMemory()
    async with opened(double, record):
        pass
    options = options_of(double.url, "shared")
    with pytest.raises(UnfitQdrant, match=r"of 8 numbers.* have 16.* `reverie serve --reindex`"):
        await QdrantIndex.open(options, {schema.TURN: 16}, record)
    index = await QdrantIndex.open(options, {schema.TURN: 16}, record, anew=True)
    assert double.engine.collections() == [name_of(index)]
    await index.close()


async def test_missing_payload_indexes_are_added(double: QdrantDouble) -> None:
    record = RecordInMemory()
    async with opened(double, record) as index:
        name = name_of(index)
    double.engine.indexed(name).pop(schema.EVENT_TIME_KEY)
    async with opened(double, record) as index:
        assert name_of(index) == name
        assert double.engine.indexed(name).keys() == FIELD_INDEXES.keys()
    tenant = double.engine.indexed(name)[schema.OWNER_KEY].field_index_params
    assert tenant.uuid_index_params.is_tenant


async def test_an_old_qdrant_is_refused_in_a_sentence(double: QdrantDouble) -> None:
    double.engine.version = "1.18.2"
    with pytest.raises(UnfitQdrant, match=r"Qdrant 1\.18 .* 1\.19 or later"):
        async with opened(double, RecordInMemory()):
            pass


async def test_a_key_is_sent_and_shown_nowhere() -> None:
    double = QdrantDouble(api_key="a key of sixteen")
    await double.start()
    options = options_of(double.url, "shared", api_key="a key of sixteen")
    assert "sixteen" not in repr(options)
    async with opened(double, RecordInMemory(), api_key="a key of sixteen") as index:
        assert index.health().state is IndexState.REBUILDING
    async with opened(double, RecordInMemory(), api_key="another") as index:
        assert index.health().state is IndexState.AWAY
        assert index.health().detail == "Qdrant refuses the API key"
    await double.stop()


async def test_large_workspaces_have_shards_of_their_own(double: QdrantDouble) -> None:
    record = RecordInMemory()
    small = Owner("small", "zoe")
    async with opened(double, record, shard_workspaces=("acme",)) as index:
        key = str(schema.workspace_key("acme"))
        assert double.engine.shard_keys(name_of(index)) == ["others", key]
        await fill(index, [memory("m1"), memory("m2"), memory("z", owner=small)])
        assert await found(index, EVERYTHING) == {"m1", "m2"}
        reader = Reader("small", "zoe", "brad")
        assert await found(index, SearchPlan(reader, [by_words()])) == {"z"}
        await index.delete(OWNER, [(Kind.ENTRY, "m1")])
        assert (await index.count(), await index.count(OWNER)) == (2, 1)
        was = name_of(index)
    # Another list lays points out differently.
    async with opened(double, record) as index:
        assert index.health().state is IndexState.REBUILDING
        assert double.engine.collections() == [name_of(index)] != [was]


async def test_a_server_that_lays_points_out_differently_takes_no_part(
    double: QdrantDouble,
) -> None:
    record = RecordInMemory()
    async with (
        opened(double, record) as before,
        opened(double, record, shard_workspaces=("acme",)) as after,
    ):
        await fill(after, [memory("m")])
        await reaches(before, IndexState.AWAY)
        assert after.health().state is IndexState.READY


async def test_settings_of_a_cluster_reach_it(double: QdrantDouble) -> None:
    more = {"shards": 3, "replicas": 2, "write_replicas": 2}
    async with opened(double, RecordInMemory(), **more) as index:
        made = double.engine.made(name_of(index))
    assert (made.shard_number, made.replication_factor, made.write_consistency_factor) == (3, 2, 2)
    # No graph over everybody's points.
    assert (made.hnsw_config.m, made.hnsw_config.payload_m) == (0, 16)


async def test_revisions_are_exact_after_a_restore(double: QdrantDouble) -> None:
    """As doubles these three would be one number."""
    revision = (260_000 << 40) + 12
    async with opened(double, RecordInMemory()) as index:
        await fill(index, [memory("m", revision=revision, text="dog")])
        await index.upsert([memory("m", revision=revision - 1, text="cat")])
        assert await found(index, SearchPlan(READER, [by_words("dog")])) == {"m"}
        await index.upsert([memory("m", revision=revision + 1, text="cat")])
        (hit,) = await index.search(SearchPlan(READER, [by_words("cat")]))
        assert hit.revision == revision + 1


async def test_no_text_and_no_name_is_in_it(double: QdrantDouble) -> None:
    async with opened(double, RecordInMemory(), shard_workspaces=("acme",)) as index:
        await fill(index, [memory("m1", text="a walk in Lisbon", session_id="call")])
        name = name_of(index)
    held = repr(double.engine.payloads(name)) + repr(double.engine.shard_keys(name))
    for text in ("Lisbon", "walk", "acme", "ann", "brad", "call"):
        assert text not in held
    assert "m1" in held
