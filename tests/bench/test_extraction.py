"""The extraction benchmark's own arithmetic."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench import locomo
from bench.extraction import Told, extracted, nearest, observations, precision, precisions, sample


def conversation() -> locomo.Conversation:
    def turn(dia_id: str, speaker: str, content: str) -> locomo.Turn:
        return locomo.Turn(dia_id, speaker, content, datetime(2024, 5, 15, 12, tzinfo=UTC))

    turns = (turn("D1:1", "Ann", "I live in Boston."), turn("D1:2", "Ben", "I live in Oslo."))
    session = locomo.Session(1, turns[0].event_time, turns)
    return locomo.Conversation("c", "Ann", "Ben", (session,), ())


async def test_each_speaker_is_the_user_once() -> None:
    told, turns = await extracted([conversation()])
    assert turns == 2
    assert [(each.fact_id, each.speaker, each.fact.statement) for each in told] == [
        ("c/D1:1/0", "Ann", "Lives in Boston."),
        ("c/D1:2/0", "Ben", "Lives in Oslo."),
    ]


async def test_a_sample_is_the_same_for_the_same_seed() -> None:
    (first, second), _ = await extracted([conversation()])
    many = [Told(f"c/D1:1/{n}", first.speaker, first.session, first.fact) for n in range(300)]
    assert sample(many, 1) == sample(many[::-1], 1) != sample(many, 2)
    assert len(sample(many, 1)) == 100
    assert sorted(each.fact_id for each in sample([first, second], 3)) == ["c/D1:1/0", "c/D1:2/0"]


async def test_an_observation_is_compared_within_its_session_and_speaker() -> None:
    told, _ = await extracted([conversation()])
    rows = np.eye(2, dtype=np.float32)
    wanted = [("c/1/Ann", "x"), ("c/1/Ben", "x"), ("c/2/Ann", "x")]
    best = nearest(wanted, rows[[0, 0, 0]], told, rows)
    assert best.tolist() == [1.0, 0.0, 0.0]


def test_observations_and_verdicts_are_read(tmp_path: Path) -> None:
    data = [
        {"sample_id": "c", "observation": {"session_1_observation": {"Ann": [["She.", "D1:1"]]}}}
    ]
    (tmp_path / "data.json").write_text(json.dumps(data))
    assert observations(tmp_path / "data.json") == [("c/1/Ann", "She.")]
    (tmp_path / "verdicts.tsv").write_text("a\tright\nb\twrong\tcut short\n")
    assert precision(tmp_path / "verdicts.tsv") == {
        "judged": 2, "right": 1, "kinds": {"cut short": 1},
    }  # fmt: skip
    (tmp_path / "another.tsv").write_text("c\tright\n")
    assert list(precisions(tmp_path)) == ["another.tsv", "verdicts.tsv"]
    assert list(precisions(tmp_path / "verdicts.tsv")) == ["verdicts.tsv"]
