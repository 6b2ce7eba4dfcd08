"""Reading files of LoCoMo's form."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.locomo import Conversation, Question, Session, Turn, evidence_ids, read, together


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        (["D3:7"], ["D3:7"]),
        (["D8:6; D9:17"], ["D8:6", "D9:17"]),
        (["D9:1 D4:4,D4:6"], ["D9:1", "D4:4", "D4:6"]),
        (["D:11:26"], ["D11:26"]),
        (["D30:05"], ["D30:5"]),
        (["D1:18", "D", "D1:20"], ["D1:18", "D1:20"]),
        (["", "D4", "none"], []),
    ],
)
def test_evidence_is_read_as_it_is_typed(written: list[str], ids: list[str]) -> None:
    assert list(evidence_ids(written)) == ids


def test_a_conversation_is_read(tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(
        json.dumps(
            [
                {
                    "sample_id": "one",
                    "conversation": {
                        "speaker_a": "Ada",
                        "speaker_b": "Ben",
                        "session_10_date_time": "12:05 am on 3 March, 2024",
                        "session_10": [{"dia_id": "D10:1", "speaker": "Ben", "text": "Hello."}],
                        "session_2_date_time": "4:05 pm on 3 June, 2024",
                        "session_2": [
                            {"dia_id": "D2:1", "speaker": "Ada", "text": "Look!"},
                            {
                                "dia_id": "D2:2",
                                "speaker": "Ada",
                                "text": "My boat.",
                                "blip_caption": "a red boat",
                            },
                        ],
                        "session_3_date_time": "1:00 pm on 9 May, 2023",
                    },
                    "qa": [
                        {"question": "Whose?", "category": 4, "evidence": ["D2:2; D10:1", "D2:2"]},
                        {"question": "Nobody's?", "category": 5, "evidence": ["D", "D7:7"]},
                        {"question": "Why?", "category": 3, "evidence": []},
                    ],
                }
            ]
        )
    )
    (conversation,) = read(file)
    assert (conversation.user_id, conversation.persona_id) == ("one/Ada", "one/Ben")
    earlier, later = conversation.sessions
    assert (earlier.number, later.number) == (2, 10)
    assert later.start_time == datetime(2024, 3, 3, 0, 5, tzinfo=UTC)
    assert [turn.content for turn in earlier.turns] == ["Look!", "My boat. [a red boat]"]
    assert earlier.turns[0].event_time == earlier.start_time < earlier.turns[1].event_time
    (question,) = conversation.questions
    assert question.evidence == {"D2:2", "D10:1"}


def test_conversations_of_one_user_keep_their_turns_apart() -> None:
    now = datetime(2024, 3, 3, tzinfo=UTC)
    session = Session(1, now, (Turn("D1:1", "Ada", "Hello.", now),))
    question = Question("Who?", 1, frozenset({"D1:1"}))
    apart = [Conversation(name, "Ada", "Ben", (session,), (question,)) for name in ("one", "two")]
    one, two = together(apart)
    assert (one.user_id, one.persona_id) == (two.user_id, two.persona_id)
    for each in (one, two):
        (turn,) = each.sessions[0].turns
        assert turn.dia_id == f"{each.sample_id}/D1:1"
        assert each.questions[0].evidence == {turn.dia_id}
