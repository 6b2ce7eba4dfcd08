"""What was forgotten does not come back with an import, wherever in a file it stands."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from reverie.v1 import common_pb2 as common
from reverie_server.governance.portability import screening
from reverie_server.governance.portability.kinds import BY_NAME
from reverie_server.governance.portability.lines import Record, Tally, end_line
from reverie_server.governance.portability.screening import Sieve
from reverie_server.storage import tombstones
from reverie_server.storage.database import Snapshot
from reverie_server.storage.tombstones import Learner, Mark
from tests.portability.generated import PERSONAS
from tests.portability.places import PAIR, USER, Place, exported, imported, records
from tests.rpc.contract import answer

SECRET = "The cellar key is under the blue flowerpot."
AMONG_OTHERS = f"It rains. {SECRET} We like tea."
BY_NAME_TOO = {"k": AMONG_OTHERS, SECRET: "x"}
CONTEXT = {"topic": AMONG_OTHERS, "mood": SECRET, "urgency": SECRET, "values": BY_NAME_TOO}
TELLING: dict[str, dict[str, Any]] = {
    "session": {"context": CONTEXT, "metadata": BY_NAME_TOO, "rehydrated_summary": AMONG_OTHERS},
    "entry": {"content": AMONG_OTHERS, "metadata": BY_NAME_TOO},
    "bookmark": {"context": CONTEXT},
    "episode": {
        "summary": AMONG_OTHERS,
        "key_topics": ["tea", SECRET],
        "decisions": [SECRET],
        "action_items": [AMONG_OTHERS],
        "outcome": SECRET,
        "emotional_tone": SECRET,
        "facts": [{"statement": SECRET}, {"statement": "We like tea."}],
        "storylines": [{"topic": SECRET}, {"topic": "tea", "summary": SECRET}],
        "metadata": BY_NAME_TOO,
    },
    "storyline": {"summary": AMONG_OTHERS, "follow_up": SECRET},
}


def edited(data: bytes, fields: dict[str, dict[str, Any]]) -> bytes:
    """The file with other values in what the first persona has, by kind of record."""
    header, *lines, _ = data.splitlines(keepends=True)
    tally, parts = Tally(), [header]
    for line in lines:
        record = json.loads(line)
        if record.get("persona_id", PERSONAS[0]) == PERSONAS[0]:
            record |= fields.get(record["record"], {})
        parts.append(json.dumps(record).encode() + b"\n")
        tally.add(BY_NAME[record["record"]], parts[-1])
    return b"".join([*parts, end_line(tally.trailer())])


async def test_every_field_that_forgetting_cleans_is_screened(source: Place) -> None:
    data = edited(await exported(source), TELLING)
    talk = {**PAIR, "session_id": "secrets"}
    await answer(source.channel, "StartSession", **talk)
    said = await answer(
        source.channel, "AppendEntries", **talk, entries=[{"role": 1, "content": SECRET}]
    )
    forget = {**PAIR, "tier": common.TIER_WORKING, "memory_id": said.entry_ids[0]}
    await answer(source.channel, "ForgetMemory", **forget)

    await imported(source, data, replace=True)

    kept: dict[str, list[Any]] = {name: [] for name in TELLING}
    for record in records(await exported(source)):
        leaks = [name for name, value in record.items() if "flowerpot" in json.dumps(value)]
        assert not leaks, record["record"]
        if record.get("persona_id", PERSONAS[0]) == PERSONAS[0] and record["record"] in kept:
            kept[record["record"]].append(record)
    assert all(kept.values())
    rest = "It rains. [redacted] We like tea."
    for session in kept["session"]:
        assert session["metadata"] == session["context"]["values"] == {"k": rest}
    for bookmark in kept["bookmark"]:
        assert bookmark["context"]["topic"] == rest
    for episode in kept["episode"]:
        assert episode["key_topics"] == ["tea"]
        assert [each["statement"] for each in episode["facts"]] == ["We like tea."]
        assert [each["topic"] for each in episode["storylines"]] == ["tea"]
        assert episode["outcome"] == episode["emotional_tone"] == ""


async def test_what_is_forgotten_while_a_file_is_looked_through_stays_so(
    source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = edited(await exported(source), {"entry": {"content": AMONG_OTHERS}})
    sift, sieves = Sieve.of, list[Sieve]()
    talk = {**PAIR, "session_id": "secrets"}
    await answer(source.channel, "StartSession", **talk)

    async def sift_and_forget(*args: Any) -> Sieve:
        sieves.append(await sift(*args))
        if len(sieves) == 1:
            said = await answer(
                source.channel, "AppendEntries", **talk, entries=[{"role": 1, "content": SECRET}]
            )
            forget = {**PAIR, "tier": common.TIER_WORKING, "memory_id": said.entry_ids[0]}
            await answer(source.channel, "ForgetMemory", **forget)
        return sieves[-1]

    monkeypatch.setattr(Sieve, "of", sift_and_forget)
    stored = await imported(source, data, replace=True)

    assert len(sieves) == 2
    assert stored.redacted
    assert b"flowerpot" not in await exported(source)


def numbered(value: Any, numbers: Iterator[int] | None = None) -> Any:
    """With a sentence of its own in every place."""
    numbers = numbers or itertools.count()
    if isinstance(value, str):
        return f"It is number {next(numbers)}. Nobody knows."
    if isinstance(value, list):
        return [numbered(each, numbers) for each in value]
    return {key: numbered(each, numbers) for key, each in value.items()}


async def test_the_sieve_knows_every_mark_that_screening_asks_for(
    source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would let through what the screen would have held back."""
    data = edited(await exported(source), numbered(TELLING))
    caught, asked = set[Mark](), set[Mark]()
    barred, all_marks = tombstones.barred, screening._all_marks

    def every_mark(record: Record) -> Iterator[Mark]:
        marks = [*all_marks(record)]
        caught.update(marks)
        return iter(marks)

    async def watched(snapshot: Snapshot, learner: Learner, claims: Any, **more: Any) -> Any:
        if learner.user_id == USER:
            asked.update(mark for claim in claims.values() for mark in claim.marks)
        return await barred(snapshot, learner, claims, **more)

    sift = Sieve.of

    async def catch_all(*args: Any) -> Sieve:
        sieve = await sift(*args)
        return dataclasses.replace(sieve, caught=frozenset(range(len(data.splitlines()))))

    monkeypatch.setattr(screening, "_all_marks", every_mark)
    monkeypatch.setattr(tombstones, "barred", watched)
    monkeypatch.setattr(Sieve, "of", catch_all)
    await imported(source, data, replace=True)

    assert len(asked) > 50
    assert asked <= caught
