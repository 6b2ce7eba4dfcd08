"""What repeats a memory, what only shares words with it, and texts without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.tiers.quotes import (
    NOTHING,
    REDACTED,
    may_hold,
    names_in,
    pattern,
    quotes_of,
    redact,
    redact_source,
    redacted_map,
    without_marks,
)

BERN = quotes_of(["Lives in Bern.", "lives in Bern"], ["Bern"])


@pytest.mark.parametrize(
    "text", ["I live in Bern.", "You were living in BERN, right?", "Bern: there lives Alice"]
)
def test_who_says_all_of_it_repeats_it_anywhere(text: str) -> None:
    assert BERN.repeats(text)
    assert BERN.echoes(text)


@pytest.mark.parametrize("text", ["How is Bern?", "Bern!", "Nora went to Bern."])
def test_who_names_it_echoes_it_nearby(text: str) -> None:
    assert BERN.echoes(text)
    assert not BERN.repeats(text)


@pytest.mark.parametrize("text", ["I live in Thun.", "How are you?", "", "Bernard lives here."])
def test_other_things_do_neither(text: str) -> None:
    assert not BERN.repeats(text)
    assert not BERN.echoes(text)


def test_one_word_alone_is_recognised_by_nothing_else() -> None:
    smokes = quotes_of(["Smokes."])
    assert smokes.repeats("I smoke!")
    assert not smokes.repeats("The fire smokes in the garden.")


def test_without_words_nothing_is_quoted() -> None:
    assert quotes_of(["How are you?", ""], ["him"]) == NOTHING


def test_scripts_without_spaces_are_compared_too() -> None:
    quotes = quotes_of(["她住在伯尔尼"], ["伯尔尼"])
    assert quotes.repeats("我知道她住在伯尔尼。")
    assert quotes.echoes("伯尔尼很美。")
    assert quotes.needles == ("她住",)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("Lebt in Zürich", "LEBT IN ZÜRICH"),
        ("Lebt in Zürich", "Sie lebt in Zurich."),
        ("Любит шахматы", "ЛЮБИТ ШАХМАТЫ!"),
        ("Wohnt Bachstraße 3", "Sie wohnt in der BACHSTRASSE 3."),
        ("Lives happily", "She lived happily."),
    ],
)
def test_every_repetition_holds_the_needle(statement: str, text: str) -> None:
    quotes = quotes_of([statement])
    assert quotes.repeats(text)
    (needle,) = quotes.needles
    assert len(needle) > 2
    assert may_hold(needle, text)
    if needle.isascii():
        assert pattern(needle).strip("%") in text.lower()
    else:
        assert pattern(needle) == "%"


def test_sentences_go_and_the_others_stay_as_they_were() -> None:
    found = redact("Hello!  I live in Bern. It is lovely in Bern.\nBye.", BERN.echoes)
    assert found is not None
    assert found.text == f"Hello!  {REDACTED}\nBye."
    assert found.removed == ("I live in Bern.", "It is lovely in Bern.")
    assert redact("Hello! Bye.", BERN.echoes) is None


def test_a_source_that_says_it_in_other_words_loses_what_is_nearest() -> None:
    said = quotes_of(["Is a vegetarian."], ["vegetarian"])
    text = "I eat no meat. Hello."
    found = redact_source(text, said)
    assert found is not None
    assert found.text == REDACTED, "nobody can tell which"
    partly = redact_source("My uncle is vegetarian-minded. I climb.", quotes_of(["Uncle Tom eats"]))
    assert partly is not None
    assert partly.text == f"{REDACTED} I climb."


def test_what_was_redacted_before_is_not_redacted_further() -> None:
    assert redact_source(f"{REDACTED} I climb.", BERN) is None


def test_names_and_numbers_are_what_a_statement_leads_to() -> None:
    said = "Alice moved to Bern on Monday. Her code is 4711, says Brad."
    assert names_in(said) == ["Bern", "4711", "Brad"]
    assert names_in(said, but=["brad", "Alice"]) == ["Bern", "4711"]
    assert names_in("Likes tea.") == []


def test_keys_and_values_of_callers() -> None:
    kept, changed = redacted_map({"city": "Bern", "Bern": "x", "mood": "fine"}, BERN.echoes)
    assert (kept, changed) == ({"city": REDACTED, "mood": "fine"}, True)
    assert redacted_map({"mood": "fine"}, BERN.echoes) == ({"mood": "fine"}, False)


def test_marks_are_not_read_as_words() -> None:
    assert without_marks(f"{REDACTED} I climb. {REDACTED}") == "I climb."
    assert without_marks(REDACTED) == ""
    assert without_marks("I  climb.") == "I  climb."


WORDS = st.sampled_from(
    ["climb", "climbing", "Bern", "lived", "living", "happily", "tea", "mill", "the", "a", "42"]
)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), max_size=5).map(
    lambda sentences: "".join(f"{each.capitalize()}. " for each in sentences)
)


@given(text=TEXTS, statement=st.lists(WORDS, min_size=1, max_size=4).map(" ".join))
def test_what_is_left_repeats_nothing_and_every_repetition_has_the_needle(
    text: str, statement: str
) -> None:
    quotes = quotes_of([statement])
    found = redact(text, quotes.repeats)
    left = found.text if found else text
    assert redact(left, quotes.repeats) is None
    if found:
        assert any(may_hold(needle, text) for needle in quotes.needles)
        assert all(piece in text for piece in found.removed)
