"""What every adapter of the MemoryIndex port does."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.index import schema
from reverie_server.index.memory_index import (
    DenseQuery,
    IndexAway,
    IndexState,
    Kind,
    MemoryIndex,
    MemoryPoint,
    Owner,
    SearchPlan,
)
from reverie_server.scope import SHARED_OWNER, Reader, Visibility
from tests.index.conftest import Opener
from tests.index.memories import (
    OWNER,
    READER,
    all_ids,
    by_vector,
    by_words,
    direction,
    empty,
    found,
    memory,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.once]

EVERYTHING = SearchPlan(READER, [by_vector()])


async def test_finds_by_vector_and_by_words(index: MemoryIndex) -> None:
    await index.upsert(
        [
            memory("m1", text="a walk in Lisbon", seed=1, revision=5, content_hash="aa"),
            memory("m2", text="a red bicycle", seed=2),
        ]
    )
    hits = await index.search(SearchPlan(READER, [by_vector(1, limit=1), by_words("bicycle")]))
    scores = {hit.memory_id: hit.scores for hit in hits}
    assert set(scores) == {"m1", "m2"}
    assert scores["m1"][0] == pytest.approx(1.0, abs=1e-5)
    assert scores["m1"][1] is None
    assert scores["m2"][0] is None
    assert (scores["m2"][1] or 0) > 0
    first = next(hit for hit in hits if hit.memory_id == "m1")
    assert (first.kind, first.revision, first.content_hash) == (Kind.ENTRY, 5, "aa")


async def test_rare_words_of_the_owner_weigh_more(index: MemoryIndex) -> None:
    other = Owner("acme", "zoe")
    points = [memory(f"c{i}", text="cat") for i in range(20)] + [memory("d", text="dog")]
    # For somebody else it is the other way round, which must not matter.
    points += [memory(f"o{i}", owner=other, text="dog") for i in range(500)]
    await index.upsert(points)
    hits = await index.search(SearchPlan(READER, [by_words("cat dog")]))
    scores = {hit.memory_id: hit.scores[0] or 0 for hit in hits}
    cats, dogs = 20, 1
    idf = {n: np.log(1 + (21 - n + 0.5) / (n + 0.5)) for n in (cats, dogs)}
    assert scores["d"] / scores["c0"] == pytest.approx(idf[dogs] / idf[cats], rel=1e-3)


async def test_an_empty_query_finds_nothing(index: MemoryIndex) -> None:
    await index.upsert([memory("m1")])
    assert await index.search(SearchPlan(READER, [by_words("the of and")])) == []
    assert await index.search(SearchPlan(READER, [])) == []
    (hit,) = await index.search(SearchPlan(READER, [by_words("the"), by_vector()]))
    assert hit.scores[0] is None
    assert hit.scores[1] == pytest.approx(1.0, abs=1e-5)


async def test_a_limit_is_each_querys_own(index: MemoryIndex) -> None:
    await index.upsert([memory(f"m{i}", seed=i) for i in range(20)])
    plan = SearchPlan(READER, [by_vector(1, limit=3), by_words("cat", limit=5)])
    hits = await index.search(plan)
    assert sum(hit.scores[0] is not None for hit in hits) == 3
    assert sum(hit.scores[1] is not None for hit in hits) == 5


async def test_a_memory_may_lack_vectors(index: MemoryIndex) -> None:
    bare = dataclasses.replace(memory("bare"), dense={}, sparse={})
    await index.upsert([bare, memory("full")])
    assert await found(index, SearchPlan(READER, [by_vector(), by_words()])) == {"full"}
    assert await all_ids(index) == {"bare", "full"}


async def test_a_vector_can_be_taken_away(index: MemoryIndex) -> None:
    await index.upsert([memory("m", revision=1)])
    await index.upsert([dataclasses.replace(memory("m", revision=2), dense={}, sparse={})])
    assert await found(index, SearchPlan(READER, [by_vector(), by_words()])) == set()
    assert await index.count(OWNER) == 1


async def test_applying_twice_is_applying_once(index: MemoryIndex) -> None:
    points = [memory(f"m{i}", seed=i) for i in range(10)]
    await index.upsert(points)
    before = await index.search(EVERYTHING)
    await index.upsert(points)
    after = await index.search(EVERYTHING)
    assert sorted(before, key=str) == sorted(after, key=str)
    assert await index.count() == 10
    gone = [(Kind.ENTRY, "m0"), (Kind.ENTRY, "never there")]
    await index.delete(OWNER, gone)
    await index.delete(OWNER, gone)
    assert await all_ids(index) == {f"m{i}" for i in range(1, 10)}


@pytest.mark.parametrize("together", [True, False])
async def test_an_older_revision_changes_nothing(index: MemoryIndex, together: bool) -> None:
    newer = memory("m", revision=7, text="dog", seed=3, content_hash="bb")
    older = memory("m", revision=6, text="cat", seed=4, content_hash="aa")
    for part in [[newer, older]] if together else [[newer], [older]]:
        await index.upsert(part)
    (hit,) = await index.search(SearchPlan(READER, [by_words("dog"), by_vector(3)]))
    assert (hit.revision, hit.content_hash) == (7, "bb")
    assert hit.scores[1] == pytest.approx(1.0, abs=1e-5)
    assert await found(index, SearchPlan(READER, [by_words("cat")])) == set()


async def test_a_newer_revision_replaces_everything(index: MemoryIndex) -> None:
    await index.upsert([memory("m", revision=1, session_id="s1", trust=0.1)])
    await index.upsert([memory("m", revision=2, session_id="s2", trust=0.9, text="dog")])
    plan = SearchPlan(READER, [by_words("dog")], session_ids=frozenset({"s2"}), min_trust=0.5)
    assert await found(index, plan) == {"m"}
    assert await found(index, SearchPlan(READER, [by_words("cat")])) == set()
    assert await index.count() == 1


async def test_the_same_id_of_another_kind_is_another_memory(index: MemoryIndex) -> None:
    await index.upsert([memory("x", kind=kind) for kind in Kind])
    await index.delete(OWNER, [(Kind.FACT, "x")])
    kinds = {hit.kind for hit in await index.search(EVERYTHING)}
    assert kinds == set(Kind) - {Kind.FACT}


async def test_filters(index: MemoryIndex) -> None:
    await index.upsert(
        [
            memory("entry", session_id="s1", event_time=100, trust=0.9),
            memory("later", session_id="s2", event_time=200, trust=0.5),
            memory("document", kind=Kind.DOCUMENT, session_id="", event_time=300, trust=0.1),
        ]
    )

    async def ids(**filters: object) -> set[str]:
        return await found(index, dataclasses.replace(EVERYTHING, **filters))  # type: ignore[arg-type]

    assert await ids() == {"entry", "later", "document"}
    assert await ids(kinds=frozenset({Kind.DOCUMENT})) == {"document"}
    assert await ids(kinds=frozenset({Kind.DOCUMENT, Kind.ENTRY})) == {"entry", "later", "document"}
    assert await ids(session_ids=frozenset({"s1"})) == {"entry"}
    assert await ids(session_ids=frozenset({"s1", "s2", "s3"})) == {"entry", "later"}
    assert await ids(excluded_session_ids=frozenset({"s1"})) == {"later", "document"}
    assert await ids(excluded_session_ids=frozenset({"s1", "s2"})) == {"document"}
    assert await ids(event_after=200) == {"later", "document"}
    assert await ids(event_before=200) == {"entry"}
    assert await ids(event_after=101, event_before=300) == {"later"}
    assert await ids(min_trust=0.5) == {"entry", "later"}
    assert await ids(kinds=frozenset({Kind.ENTRY}), min_trust=0.6) == {"entry"}


async def test_times_are_exact_to_the_microsecond(index: MemoryIndex) -> None:
    time = 1_900_000_000_123_457
    await index.upsert([memory(f"t{step}", event_time=time + step) for step in (-1, 0, 1)])
    plan = dataclasses.replace(EVERYTHING, event_after=time, event_before=time + 1)
    assert await found(index, plan) == {"t0"}


async def test_deletes_a_session_or_an_owner_and_nothing_else(index: MemoryIndex) -> None:
    other = Owner("acme", "zoe")
    namesake = Owner("umbrella", "ann")
    await index.upsert(
        [memory(f"a{i}", session_id="s1") for i in range(30)]
        + [memory("episode", kind=Kind.EPISODE, session_id="s1")]
        + [memory("b", session_id="s2")]
        + [memory("z", owner=other, session_id="s1"), memory("n", owner=namesake)]
    )
    await index.delete_session(OWNER, "s1", frozenset({Kind.ENTRY}))
    assert await all_ids(index) == {"episode", "b"}
    await index.delete_owner(OWNER)
    assert await all_ids(index) == set()
    assert await all_ids(index, other) == {"z"}
    assert await all_ids(index, namesake) == {"n"}
    assert (await index.count(), await index.count(OWNER), await index.count(other)) == (2, 0, 1)


async def test_pages_hold_every_point_once(index: MemoryIndex) -> None:
    points = [memory(f"m{i}", revision=i + 1, content_hash=f"{i:04x}") for i in range(25)]
    await index.upsert([*points, memory("other", owner=Owner("acme", "zoe"))])
    assert await all_ids(index) == {point.memory_id for point in points}
    page, following = await index.fingerprints(OWNER, None, 100)
    assert following is None
    assert {(each.kind, each.memory_id, each.revision, each.content_hash) for each in page} == {
        (Kind.ENTRY, point.memory_id, point.revision, point.content_hash) for point in points
    }


async def test_the_shared_part_is_an_owner_of_its_own(index: MemoryIndex) -> None:
    await index.upsert([memory("p", owner=Owner("acme", SHARED_OWNER)), memory("m")])
    plan = SearchPlan(READER.shared_part(), [by_vector()])
    assert await found(index, plan) == {"p"}
    assert await found(index, EVERYTHING) == {"m"}


@pytest.mark.parametrize(
    "vector",
    [
        np.ones(3, dtype=np.float32),
        np.full(8, np.nan, dtype=np.float32),
        np.full(8, np.inf, dtype=np.float32),
    ],
)
async def test_a_bad_vector_is_refused_and_harms_nothing(
    index: MemoryIndex, vector: np.ndarray[tuple[int], np.dtype[np.float32]]
) -> None:
    bad = dataclasses.replace(memory("bad"), dense={schema.TURN: vector})
    with pytest.raises(ValueError, match="turn"):
        await index.upsert([bad])
    with pytest.raises(ValueError, match="turn"):
        await index.search(SearchPlan(READER, [DenseQuery(schema.TURN, vector, 5)]))
    stranger = dataclasses.replace(memory("bad"), dense={"other": direction(1)})
    with pytest.raises(ValueError, match="other"):
        await index.upsert([stranger])
    assert index.health().state is IndexState.READY
    assert await index.count() == 0


async def test_ids_may_hold_anything(index: MemoryIndex) -> None:
    strange = ["' OR 1=1 --", "a/../b", "\u732b\U0001f408", "x" * 128, "%s{}", "a|b", "null"]
    owners = [Owner(a, b) for a in strange for b in strange]
    await index.upsert([memory(f"m{i}", owner=owner) for i, owner in enumerate(owners)])
    for i, owner in enumerate(owners):
        reader = Reader(owner.workspace_id, owner.user_id, "brad")
        assert await found(index, SearchPlan(reader, [by_vector()])) == {f"m{i}"}
    await index.upsert([memory(each, session_id=each) for each in strange])
    assert await all_ids(index) == set(strange)


async def test_searches_run_beside_changes(index: MemoryIndex) -> None:
    await index.upsert([memory("first")])
    batches = [[memory(f"m{i}-{j}", seed=i) for j in range(200)] for i in range(5)]
    writing = asyncio.gather(*(index.upsert(batch) for batch in batches))
    answers = await asyncio.gather(*(found(index, EVERYTHING) for _ in range(50)))
    await writing
    assert all("first" in answer for answer in answers)
    assert await index.count() == 1_001


async def test_health_counts_points(index: MemoryIndex) -> None:
    await index.upsert([memory(f"m{i}") for i in range(3)])
    assert index.health().points == 3
    await index.delete(OWNER, [(Kind.ENTRY, "m0")])
    assert index.health().points == 2
    assert index.health().dimensions == {schema.TURN: 8}


async def test_a_rebuild_starts_empty_and_answers_when_it_is_finished(index: MemoryIndex) -> None:
    await index.upsert([memory("old")])
    seen = index.health()
    generation = await index.begin_rebuild()
    assert generation != seen.generation
    assert index.health().state is IndexState.REBUILDING
    with pytest.raises(IndexAway):
        await index.search(EVERYTHING)
    assert await index.count() == 0
    await index.upsert([memory("new"), memory("gone")])
    await index.delete(OWNER, [(Kind.ENTRY, "gone")])
    with pytest.raises(IndexAway):
        await index.finish_rebuild(seen.generation)
    await index.finish_rebuild(generation)
    assert index.health().state is IndexState.READY
    assert await found(index, EVERYTHING) == {"new"}


async def test_closed_is_away(opener: Opener, tmp_path: Path) -> None:
    index = await opener(tmp_path / "index")
    await index.close()
    await index.close()
    assert index.health().state is IndexState.AWAY
    with pytest.raises(IndexAway):
        await index.search(EVERYTHING)
    for call in (index.upsert([memory("m")]), index.count(), index.flush(), index.begin_rebuild()):
        with pytest.raises(IndexAway):
            await call


# Who may read what, against ``Reader.may_read`` ------------------------------------------------

_USERS = st.sampled_from(["ann", "zoe", SHARED_OWNER])
_WORKSPACES = st.sampled_from(["acme", "umbrella"])
_PERSONAS = st.sampled_from(["brad", "elena", "kai"])
# Few of them, so that memories are often written again.
_IDS = st.sampled_from(["m1", "m2", "m3"])
_KINDS = st.sampled_from([Kind.ENTRY, Kind.FACT])


@st.composite
def _points(draw: st.DrawFn) -> MemoryPoint:
    return memory(
        draw(_IDS),
        owner=Owner(draw(_WORKSPACES), draw(_USERS)),
        kind=draw(_KINDS),
        persona_id=draw(_PERSONAS),
        visibility=draw(st.sampled_from(Visibility)),
        session_id=draw(st.sampled_from(["", "s1", "s2"])),
        event_time=draw(st.integers(0, 3)),
        trust=draw(st.sampled_from([0.0, 0.5, 1.0])),
        revision=draw(st.integers(1, 3)),
        seed=draw(st.integers(0, 5)),
    )


@st.composite
def _plans(draw: st.DrawFn) -> SearchPlan:
    reader = Reader(draw(_WORKSPACES), draw(_USERS), draw(_PERSONAS), draw(st.booleans()))
    sessions = st.frozensets(st.sampled_from(["s1", "s2"]))
    times = st.none() | st.integers(0, 4)
    return SearchPlan(
        reader,
        [by_vector(draw(st.integers(0, 5))), by_words("cat")],
        kinds=draw(st.frozensets(_KINDS)),
        session_ids=draw(sessions),
        excluded_session_ids=draw(sessions),
        event_after=draw(times),
        event_before=draw(times),
        min_trust=draw(st.sampled_from([0.0, 0.5])),
    )


def _expected(points: dict[tuple[Owner, Kind, str], MemoryPoint], plan: SearchPlan) -> set[str]:
    reader = plan.reader
    return {
        f"{point.kind}/{point.memory_id}"
        for point in points.values()
        if point.owner == Owner(reader.workspace_id, reader.user_id)
        and reader.may_read(point.persona_id, point.visibility)
        and (not plan.kinds or point.kind in plan.kinds)
        and (not plan.session_ids or point.session_id in plan.session_ids)
        and point.session_id not in plan.excluded_session_ids
        and (plan.event_after is None or point.event_time >= plan.event_after)
        and (plan.event_before is None or point.event_time < plan.event_before)
        and point.trust >= plan.min_trust
    }


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(st.lists(_points(), max_size=12), min_size=1, max_size=4),
    plans=st.lists(_plans(), min_size=1, max_size=8),
)
async def test_a_search_finds_what_may_be_read_and_nothing_else(
    index: MemoryIndex, steps: list[list[MemoryPoint]], plans: list[SearchPlan]
) -> None:
    await empty(index)
    model: dict[tuple[Owner, Kind, str], MemoryPoint] = {}
    for step in steps:
        await index.upsert(step)
        for point in step:
            key = (point.owner, point.kind, point.memory_id)
            if key not in model or model[key].revision <= point.revision:
                model[key] = point
    for plan in plans:
        hits = await index.search(plan)
        assert {f"{hit.kind}/{hit.memory_id}" for hit in hits} == _expected(model, plan)
    # Each owner is forgotten alone.
    for owner in {point.owner for point in model.values()}:
        assert await index.count(owner) == sum(key[0] == owner for key in model)
        await index.delete_owner(owner)
        assert await index.count(owner) == 0
    assert await index.count() == 0
