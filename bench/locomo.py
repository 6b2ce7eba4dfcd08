"""Files of LoCoMo's form (snap-research/locomo): conversations, and questions with their evidence.

A file is a list of conversations. `conversation` holds `speaker_a`, `speaker_b`, and for each N
`session_N` (the turns) and `session_N_date_time`; `qa` holds the questions. Times carry no zone
and are taken as UTC. A turn is said a second after the one before it.

Evidence ids are typed by hand: "D8:6; D9:17" is two of them, "D:11:26" has a colon too many, "D" is
none, and some name no turn. Every D<session>:<turn> that can be read and names a turn of the
conversation counts, once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CATEGORIES: Mapping[int, str] = {
    1: "multi-hop",
    2: "temporal",
    3: "open-domain",
    4: "single-hop",
    5: "adversarial",
}

_SESSION = re.compile(r"session_(\d+)")
_TURN_ID = re.compile(r"D\s*:?\s*(\d+)\s*:\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said, with the caption of its picture if it came with one."""

    dia_id: str
    speaker: str
    content: str
    event_time: datetime


@dataclass(frozen=True, slots=True)
class Session:
    number: int
    start_time: datetime
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    category: int
    evidence: frozenset[str]
    """The dia_ids of the turns that answer it; at least one."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """``speaker_a`` is taken as the user, ``speaker_b`` as the persona. People of one name talk in
    several conversations, so the ids carry the conversation's."""

    sample_id: str
    speaker_a: str
    speaker_b: str
    sessions: tuple[Session, ...]
    questions: tuple[Question, ...]
    """Those that have evidence."""
    shared: bool = False
    """One user and one persona have all conversations."""

    @property
    def user_id(self) -> str:
        return "user" if self.shared else f"{self.sample_id}/{self.speaker_a}"

    @property
    def persona_id(self) -> str:
        return "persona" if self.shared else f"{self.sample_id}/{self.speaker_b}"


def read(path: Path) -> list[Conversation]:
    """All conversations of a file, in its order."""
    return [_conversation(each) for each in json.loads(path.read_text("utf-8"))]


def together(conversations: Iterable[Conversation]) -> list[Conversation]:
    """As one user's and one persona's: the ids of turns carry the conversation's, too."""
    return [
        replace(
            each,
            shared=True,
            sessions=tuple(
                replace(
                    session,
                    turns=tuple(
                        replace(turn, dia_id=f"{each.sample_id}/{turn.dia_id}")
                        for turn in session.turns
                    ),
                )
                for session in each.sessions
            ),
            questions=tuple(
                replace(
                    question,
                    evidence=frozenset(f"{each.sample_id}/{turn}" for turn in question.evidence),
                )
                for question in each.questions
            ),
        )
        for each in conversations
    ]


def evidence_ids(written: Iterable[str]) -> Iterator[str]:
    """The turn ids that can be read, without leading zeros, in the order written."""
    for text in written:
        for session, turn in _TURN_ID.findall(text):
            yield f"D{int(session)}:{int(turn)}"


def content(turn: Mapping[str, Any]) -> str:
    """The text, and the caption of the picture if there is one."""
    text = str(turn.get("text", "")).strip()
    caption = str(turn.get("blip_caption") or "").strip()
    return f"{text} [{caption}]".strip() if caption else text


def _conversation(data: Mapping[str, Any]) -> Conversation:
    spoken = data["conversation"]
    sessions = tuple(_sessions(spoken))
    turns = {turn.dia_id for session in sessions for turn in session.turns}
    questions = (
        Question(
            str(each["question"]),
            int(each["category"]),
            frozenset(evidence_ids(each.get("evidence", ()))) & turns,
        )
        for each in data["qa"]
    )
    return Conversation(
        sample_id=str(data["sample_id"]),
        speaker_a=spoken["speaker_a"],
        speaker_b=spoken["speaker_b"],
        sessions=sessions,
        questions=tuple(question for question in questions if question.evidence),
    )


def _sessions(spoken: Mapping[str, Any]) -> Iterator[Session]:
    numbers = sorted(int(match[1]) for key in spoken if (match := _SESSION.fullmatch(key)))
    for number in numbers:
        start = _time(spoken[f"session_{number}_date_time"])
        turns = tuple(
            Turn(
                dia_id=next(evidence_ids([turn["dia_id"]])),
                speaker=turn["speaker"],
                content=content(turn),
                event_time=start + timedelta(seconds=index),
            )
            for index, turn in enumerate(spoken[f"session_{number}"])
        )
        if turns:
            yield Session(number, start, turns)


def _time(written: str) -> datetime:
    """Such as "4:05 pm on 3 June, 2024"."""
    return datetime.strptime(f"{written} +0000", "%I:%M %p on %d %B, %Y %z").astimezone(UTC)
