"""What age takes from a fact's confidence, and that a confirmation gives it back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.index.memories import fingerprints
from reverie_server.index.memory_index import Kind, Owner
from reverie_server.storage import outbox
from reverie_server.tiers.facts.ageing import Ageing
from reverie_server.tiers.facts.predicates import STALE_AFTER_DAYS
from reverie_server.tiers.facts.staleness import staleness
from tests.facts.conftest import DAY, Known, fact

PAIR = ("acme", "ann", "brad")


@pytest.mark.parametrize(
    ("predicate", "confidence", "days", "left"),
    [
        # 0.8 x (1 - 30 / 45) is 0.267, which is below 0.3.
        ("plans", 0.8, 60, 0.1),
        ("wants", 0.9, 100, 0.9 * (1 - 10 / 135)),
        ("wants", 0.9, 90, 0.9),
        ("lives_in", 0.8, 730, 0.8),
        ("lives_in", 0.9, 3_650, 0.1),
        ("mood", 0.2, 100, 0.2),
        ("likes", 0.9, 100_000, 0.9),
        ("works_for", 0.9, 365 + 55, 0.9 * (1 - 55 / 547.5)),
    ],
)
def test_what_age_leaves(predicate: str, confidence: float, days: int, left: float) -> None:
    factor = staleness(predicate, confidence, days * DAY)
    assert confidence * factor == pytest.approx(left)


def test_the_vectors_as_they_are_printed() -> None:
    assert pytest.approx(0.267, abs=5e-4) == 0.8 * (1 - 30 / 45)
    assert 0.9 * staleness("wants", 0.9, 100 * DAY) == pytest.approx(0.833, abs=5e-4)


@given(
    st.sampled_from(sorted(STALE_AFTER_DAYS)),
    st.floats(0, 1),
    st.integers(0, 5_000),
    st.integers(0, 5_000),
)
def test_age_only_takes(predicate: str, confidence: float, first: int, more: int) -> None:
    young = staleness(predicate, confidence, first * DAY)
    old = staleness(predicate, confidence, (first + more) * DAY)
    assert 0 < old <= young <= 1


async def test_age_is_brought_up_to_date_once(known: Known) -> None:
    ageing = Ageing(known.db, known.clock)
    await known.tell(
        fact("wants", "a boat", None, confidence=0.9),
        fact("plans", "a trip", None, confidence=0.8),
        fact("likes", "tea", None),
        fact("considering", "a move", None, confidence=0.9, pinned=True),
    )
    await known.tell(fact("wants", "a boat", None, confidence=0.9), user="bob")
    assert await ageing.sweep() == 0
    known.clock.advance(60 * 86_400)
    assert await ageing.sweep() == 1
    known.clock.advance(40 * 86_400)
    assert await ageing.sweep() == 2
    assert await ageing.sweep() == 0
    left = {each.object: each.certainty for each in await known.list()}
    assert left == {
        "a boat": pytest.approx(0.833, abs=5e-4),
        "a trip": pytest.approx(0.1),
        "tea": 0.8,
        "a move": 0.9,
    }
    assert {each.confidence for each in await known.list()} == {0.8, 0.9}
    # Nobody has said anything: there is no new version.
    assert {each.version for each in await known.list()} == {1}


async def test_a_confirmation_gives_back_what_age_has_taken(known: Known) -> None:
    ageing = Ageing(known.db, known.clock)
    for tell_again in (True, False):
        thing = f"boat {tell_again}"
        (told,) = (await known.tell(fact("wants", thing, None, confidence=0.9))).told
        known.clock.advance(200 * 86_400)
        await ageing.sweep()
        assert (await known.get(told.fact_id)).certainty < 0.9
        if tell_again:
            await known.tell(fact("wants", thing, None, confidence=0.1))
        else:
            await known.service.confirm(*PAIR, told.fact_id, None, None, None)
        assert (await known.get(told.fact_id)).certainty == 0.9
        assert await ageing.sweep() == 0


async def test_the_index_is_told(known: Known) -> None:
    await known.tell(fact("wants", "a boat", None))
    before = (await known.db.read(outbox.counts)).pending
    known.clock.advance(200 * 86_400)
    await Ageing(known.db, known.clock).sweep()
    assert (await known.db.read(outbox.counts)).pending == before + 1
    (there,) = await known.list()
    (stored,) = await known.db.read(
        lambda snapshot: fingerprints(snapshot, Owner("acme", "ann"), Kind.FACT, "", 9)
    )
    assert stored.revision == there.revision


async def test_what_was_known_then_is_as_old_as_it_was_then(known: Known) -> None:
    (told,) = (await known.tell(fact("wants", "a boat", None, confidence=0.9))).told
    times = {}
    for days in (1, 100, 200):
        known.clock.advance(days * 86_400)
        await Ageing(known.db, known.clock).sweep()
        times[known.clock.now()] = (await known.get(told.fact_id)).certainty
    await known.tell(fact("wants", "a boat", None, confidence=0.9))
    await known.service.retract(*PAIR, told.fact_id, None, None)

    assert len(set(times.values())) == 3
    for time, certainty in times.items():
        then = await known.get(told.fact_id, known_at=time)
        (listed,) = await known.list(known_at=time, as_of=time)
        assert then.certainty == listed.certainty == pytest.approx(certainty, abs=0.02)
