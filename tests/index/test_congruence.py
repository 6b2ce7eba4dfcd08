"""Both adapters give the same: what is found, in which order, and how well it fits."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from typing import Final

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.index.memory_index import Kind, MemoryIndex, MemoryPoint, Owner, SearchPlan
from reverie_server.scope import Reader, Visibility
from tests.index.memories import (
    RecordInMemory,
    StampInMemory,
    by_vector,
    by_words,
    empty,
    fill,
    memory,
    open_edge,
    open_qdrant,
)
from tests.qdrant_double import a_qdrant, options_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.once]

CLOSE: Final = 1e-4
"""Between two scores of float32 that are the same."""
WORDS: Final = [
    *("harbour", "ferry", "captain", "anchor", "storm", "rope", "sail", "island", "market"),
    *("baker", "bread", "oven", "violin", "concert", "stage", "garden", "tomato", "seed"),
    *("rain", "comet", "planet", "night", "bicycle", "wheel", "tour", "mountain", "valley"),
]
OWNERS: Final = [Owner("acme", "ann"), Owner("acme", "zoe"), Owner("umbrella", "ann")]

Pair = tuple[MemoryIndex, MemoryIndex]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """An index of each adapter."""
    async with a_qdrant() as url:
        edge = await open_edge(tmp_path_factory.mktemp("index"), StampInMemory())
        qdrant = await open_qdrant(options_of(url, "congruence"), RecordInMemory())
        for index in (edge, qdrant):
            await fill(index)
        yield edge, qdrant
        for index in (edge, qdrant):
            await index.close()


def corpus(chance: random.Random, size: int) -> list[MemoryPoint]:
    """Memories of several owners; frequent words are frequent, as in speech."""
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    return [
        memory(
            f"m{number}",
            owner=chance.choice(OWNERS),
            kind=chance.choice(list(Kind)),
            persona_id=chance.choice(["brad", "elena"]),
            visibility=chance.choice(list(Visibility)),
            session_id=chance.choice(["s1", "s2", "s3", ""]),
            event_time=chance.randrange(1_000),
            trust=chance.choice([0.2, 0.5, 0.9]),
            text=" ".join(chance.choices(WORDS, weights, k=chance.randint(1, 30))),
            seed=chance.randrange(10_000),
        )
        for number in range(size)
    ]


def plan(chance: random.Random, limit: int) -> SearchPlan:
    owner = chance.choice(OWNERS)
    text = " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))
    filtered = chance.random() < 0.5
    return SearchPlan(
        Reader(
            owner.workspace_id,
            owner.user_id,
            chance.choice(["brad", "elena"]),
            chance.random() < 0.7,
        ),
        [by_vector(chance.randrange(10_000), limit), by_words(text, limit)],
        kinds=frozenset({Kind.ENTRY, Kind.FACT}) if filtered else frozenset(),
        excluded_session_ids=frozenset({"s2"}) if filtered else frozenset(),
        event_after=chance.randrange(500) if filtered else None,
        min_trust=0.4 if filtered else 0.0,
    )


async def ranked(index: MemoryIndex, plan: SearchPlan, query: int) -> list[tuple[float, str]]:
    """A query's hits, best first."""
    hits = await index.search(plan)
    scored = ((hit.scores[query], f"{hit.kind}/{hit.memory_id}") for hit in hits)
    return sorted(((score, name) for score, name in scored if score is not None), reverse=True)


async def agree(pair: Pair, plans: Sequence[SearchPlan]) -> int:
    """Asserts it; gives the number of hits that were compared. Those that score as the last do
    are left out of the comparison of names: which of them come in is nobody's promise."""
    compared = 0
    for each in plans:
        for query in range(len(each.queries)):
            one, other = [await ranked(index, each, query) for index in pair]
            assert [score for score, _ in one] == pytest.approx(
                [score for score, _ in other], abs=CLOSE, rel=CLOSE
            )
            if not one:
                continue
            last = one[-1][0] + 2 * CLOSE if len(one) == each.queries[query].limit else -2.0
            sure = [{name for score, name in hits if score > last} for hits in (one, other)]
            assert sure[0] == sure[1]
            compared += len(sure[0])
    return compared


async def refilled(pair: Pair, points: Sequence[MemoryPoint]) -> None:
    for index in pair:
        await index.finish_rebuild(await index.begin_rebuild())
        await index.upsert(points)


async def test_the_same_best_of_many(pair: Pair) -> None:
    chance = random.Random(11)
    await refilled(pair, corpus(chance, 600))
    assert await agree(pair, [plan(chance, 10) for _ in range(30)]) > 300


async def test_the_same_after_changes(pair: Pair) -> None:
    """What counts for IDF is what is there now."""
    chance = random.Random(12)
    points = corpus(chance, 200)
    await refilled(pair, points)
    gone = [(point.kind, point.memory_id) for point in points[:60] if point.owner == OWNERS[0]]
    for index in pair:
        await index.delete(OWNERS[0], gone)
        await index.delete_session(OWNERS[1], "s1", frozenset({Kind.ENTRY}))
        await index.delete_owner(OWNERS[2])
    assert await agree(pair, [plan(chance, 10) for _ in range(30)]) > 100


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), size=st.integers(0, 40), limit=st.integers(1, 12))
async def test_the_same_of_any_corpus(pair: Pair, seed: int, size: int, limit: int) -> None:
    chance = random.Random(seed)
    points = corpus(chance, size)
    for index in pair:
        await empty(index)
        for owner in OWNERS:
            await index.delete_owner(owner)
        await index.upsert(points)
    await agree(pair, [plan(chance, limit) for _ in range(4)])
