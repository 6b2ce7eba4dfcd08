"""Timelines in SQL are what the rules make of them."""

from __future__ import annotations

import dataclasses
import random
import re

import pytest

from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.storage.statements import Statement
from reverie_server.tiers.facts import store
from tests.facts.conftest import Known, day, fact
from tests.facts.test_rules import INSTANTS, Diary, Timeline


async def stored(known: Known, instant: int) -> list[tuple[str, str]]:
    return sorted((each.predicate, each.object) for each in await known.list(as_of=day(instant)))


@pytest.mark.parametrize("seed", range(8))
async def test_cities(known: Known, seed: int) -> None:
    chance = random.Random(seed)
    diary = Diary()
    for _ in range(12):
        city, at = chance.choice("abc"), chance.choice(INSTANTS)
        await known.tell(fact("lives_in", city, at))
        diary.tell(city, at)
    for instant, value in zip(INSTANTS, diary.values, strict=True):
        there = [("lives_in", value)] if value else []
        assert await stored(known, instant) == there, instant


@pytest.mark.parametrize("seed", range(8))
async def test_relations_to_one_thing(known: Known, seed: int) -> None:
    chance = random.Random(seed)
    timeline = Timeline()
    for _ in range(15):
        predicate = chance.choice(["likes", "loves", "hates", "avoids", "wants", "rejects"])
        at, confidence = chance.choice(INSTANTS), chance.choice([0.4, 0.6, 0.8])
        negated = chance.random() < 0.2
        await known.tell(fact(predicate, "tea", at, confidence=confidence, negated=negated))
        timeline.tell(predicate, "tea", at, confidence=confidence, negated=negated)
        if chance.random() < 0.2:
            await restore_one(known, timeline, chance)
    assert len(await known.list(include_past=True)) == len(timeline.facts)
    for instant in INSTANTS:
        there = sorted((each.predicate, each.object) for each in timeline.true_at(instant))
        assert await stored(known, instant) == there, instant


async def restore_one(known: Known, timeline: Timeline, chance: random.Random) -> None:
    """Undoes the same supersession in both, if there is one that can be told apart."""
    facts = await known.list(include_past=True)
    superseded = [each for each in facts if each.superseded_by]
    if not superseded:
        return
    chosen = chance.choice(superseded)
    same = [
        each
        for each in timeline.facts.values()
        if (each.predicate, day(each.valid_from), each.confidence, bool(each.superseded_by))
        == (chosen.predicate, chosen.valid_from, chosen.confidence, True)
    ]
    if len(same) == 1:
        timeline.undo(same[0])
        await known.service.restore("acme", "ann", "brad", chosen.fact_id, None, None)


@pytest.mark.parametrize(
    ("statement", "facts_by"),
    [
        (store._TIMELINE, "subject_key=? AND slot=?"),
        (store._BEGINNING_WITH, "subject_key=? AND slot>? AND slot<?"),
        (store._EVIDENCE_OF_SLOT, "subject_key=? AND slot=?"),
    ],
    ids=["timeline", "beginning_with", "evidence_of_slot"],
)
async def test_only_the_facts_of_a_slot_are_visited(
    sqlite: SqliteDatabase, statement: Statement, facts_by: str
) -> None:
    plan = dataclasses.replace(statement, sqlite=f"EXPLAIN QUERY PLAN {statement.sqlite}")
    count = max(map(int, re.findall(r"\?(\d+)", statement.sqlite)))
    steps = [row["detail"] for row in await sqlite.fetch(plan, *["[]"] * count)]

    of_facts = [each for each in steps if re.match(r"(SEARCH|SCAN) f\b", each)]
    assert of_facts
    assert all(f"facts_by_slot (workspace_id=? AND user_id=? AND {facts_by})" in each
               for each in of_facts), steps  # fmt: skip
    of_versions = [each for each in steps if re.match(r"(SEARCH|SCAN) v\b", each)]
    assert all("fact_id=?" in each for each in of_versions)
