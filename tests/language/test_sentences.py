"""Sentence splitting: marks, abbreviations, scripts without spaces, and any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.language.sentences import LONGEST_SENTENCE, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        ("Hi! How are you? Fine...", ["Hi!", "How are you?", "Fine..."]),
        ("Dr. Who met Mr. J. Smith. They spoke.", ["Dr. Who met Mr. J. Smith.", "They spoke."]),
        (
            "It cost 3.50 dollars at shop.example.org.",
            ["It cost 3.50 dollars at shop.example.org."],
        ),
        ('"Stop!" she said. He did.', ['"Stop!"', "she said.", "He did."]),
        ("first line\nsecond line", ["first line", "second line"]),
        ("你好。今天很好！再见", ["你好。", "今天很好！", "再见"]),
        ("मैं घर गया। वह आया।", ["मैं घर गया।", "वह आया।"]),
    ],
)
def test_splits(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_what_never_ends_is_cut_between_words() -> None:
    pieces = split_sentences("word " * 13_000)
    assert max(map(len, pieces)) <= LONGEST_SENTENCE
    assert " ".join(pieces).split() == ["word"] * 13_000


@given(st.text(max_size=2_000))
@settings(max_examples=300)
def test_pieces_are_the_text_itself(text: str) -> None:
    pieces = split_sentences(text)
    place = 0
    for piece in pieces:
        assert piece == piece.strip()
        assert 0 < len(piece) <= LONGEST_SENTENCE
        found = text.find(piece, place)
        assert found >= 0
        assert not text[place:found].strip()
        place = found + len(piece)
    assert not text[place:].strip()
