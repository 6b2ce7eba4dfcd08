"""What reads whole entries reads any of them in one pass, and a session in bounded work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.language.narration import narrate
from reverie_server.language.sentences import split_sentences
from reverie_server.language.spoken import (
    MOST_TURNS,
    READ_AT_LEAST,
    READ_CHARACTERS,
    TURN_CHARACTERS,
    spoken_sentences,
)
from reverie_server.language.summarizer import Turn
from tests.hostile_texts import assert_read_in_one_pass
from tests.hostile_ways import IN_EVERY_WAY

_SPOKEN = """
from reverie_server.language.spoken import SpokenSentence, spoken_sentences
from reverie_server.language.summarizer import Turn
def spoken(text):
    return spoken_sentences([Turn("e", "Alice", text, 0)])
"""
_PARSED = """
from reverie_server.tiers.procedural.template import MalformedTemplate, parse
def parsed(text):
    try:
        return parse(text)
    except MalformedTemplate:
        return None
"""


@IN_EVERY_WAY
@pytest.mark.parametrize(
    ("imports", "read"),
    [
        (
            "from reverie_server.language.sentences import split_sentences",
            "split_sentences",
        ),
        (
            f"{_SPOKEN}from reverie_server.language.decisions import action_items, decisions",
            "lambda text: (decisions(spoken(text)), action_items(spoken(text)))",
        ),
        (
            f"{_SPOKEN}from reverie_server.language.narration import narrate",
            "lambda text: [narrate(s.text, 'Alice', ['Bob']) for s in spoken(text)]",
        ),
        (
            f"{_SPOKEN}from reverie_server.language.emotional_tone import emotional_tone",
            "lambda text: emotional_tone(spoken(text))",
        ),
        (
            f"{_SPOKEN}from reverie_server.language.central_sentences import WEIGHTS, _weight",
            "lambda text: [_weight(s.text, WEIGHTS) for s in spoken(text)]",
        ),
        ("from tests.language.saying import facts", "facts"),
        ("from reverie_server.language.words import is_question, words", "words"),
        ("from reverie_server.index.bm25 import document_vector", "document_vector"),
        (
            _PARSED,
            "parsed",
        ),
        ("from reverie_server.identity.users.places import is_language_tag", "is_language_tag"),
    ],
    ids=["sentences", "decisions", "narration", "tone", "weight", "facts", "words", "terms",
         "template", "language tag"],
)  # fmt: skip
def test_hostile_entries_are_read_in_one_pass(imports: str, read: str, in_every_way: bool) -> None:
    assert_read_in_one_pass(imports, read, in_every_way=in_every_way)


def test_one_entry_is_read_up_to_its_bound() -> None:
    text = "word " * TURN_CHARACTERS
    read = spoken_sentences([Turn("e", "Alice", text, 0)])
    assert " ".join(s.text for s in read) == text[:TURN_CHARACTERS].strip()


class Read(Sequence[Turn]):
    """Turns that know which of them were read."""

    def __init__(self, turns: list[Turn]) -> None:
        self._turns = turns
        self.read: set[int] = set()

    def __len__(self) -> int:
        return len(self._turns)

    @overload
    def __getitem__(self, place: int) -> Turn: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Turn]: ...
    def __getitem__(self, place: int | slice) -> Turn | Sequence[Turn]:
        self.read.update(range(len(self))[place] if isinstance(place, slice) else [place])
        return self._turns[place]


def test_of_a_session_of_any_length_so_many_entries_are_read() -> None:
    turns = Read([Turn(f"{n}", "Alice", "a" * 1_000, 0) for n in range(3 * MOST_TURNS)])
    sentences = spoken_sentences(turns)
    assert len(turns.read) == MOST_TURNS
    assert min(turns.read) == 0
    assert max(turns.read) >= len(turns) - 3
    assert sum(len(s.text) for s in sentences) <= max(READ_CHARACTERS, MOST_TURNS * READ_AT_LEAST)
    assert all(s.entry_id == f"{s.turn}" for s in sentences)


_LETTERS = st.sampled_from("iIıİsSſkK")
_SAID = st.lists(
    st.one_of(
        st.sampled_from(["my", "myself", "myſelf", "mıne", "mİne", "I", "ı", "İ", "uſ", "ourſelves",
                         "was", "went", "and", "they", "kids", "the", "'m", "’ve", ",", "."]),
        _LETTERS,
        st.text(max_size=5),
    ),
    max_size=12,
).map(" ".join)  # fmt: skip


@given(_SAID)
@settings(max_examples=500)
def test_letters_that_match_as_others_do_can_be_told(text: str) -> None:
    for sentence in split_sentences(text):
        assert narrate(sentence, "Alice", ["Bob"])


def test_a_pronoun_in_other_letters_is_quoted() -> None:
    told = narrate("Yesterday I hurt myſelf and went to the doctor.", "Alice")
    assert told == 'Alice said: "Yesterday I hurt myſelf and went to the doctor."'
