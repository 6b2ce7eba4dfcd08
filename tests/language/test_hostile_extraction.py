"""The embedded extractor on anything: it ends soon, never fails, and keeps its promises."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.language.extraction.embedded import (
    MOST_SENTENCES,
    READ_CHARACTERS,
    extract,
)
from reverie_server.language.fact_extractor import ExtractedFact
from tests.hostile_texts import ENTRY_CHARACTERS, assert_read_in_one_pass
from tests.language.saying import facts, said, statements

_REPEATED = (
    "I love ", "my brother ", "I am not ", "and I ", "I like a, b, ", "I moved from a to b, ",
    "my favorite a b c ", "I have a dog named A and ", "I want to be ", "in 2021 ", "last week ",
    "for two years ", "Tom and I ", "my goal is to ", "I work at A as a ", "because I ",
    'I said "a" ', "Running a a a a ", "I've ", "I broke up with ", "(", "I. ", "I love A, and ",
    "I love Aa Aa Aa is my favorite ", "my older younger big little ",
)  # fmt: skip
_WORDS = st.one_of(
    st.sampled_from(
        [
            *("I", "my", "we", "our", "brother", "dog", "love", "hate", "like", "live", "moved"),
            *("in", "at", "to", "from", "and", "or", "not", "never", "anymore", "used", "going"),
            *("a", "the", "an", "named", "called", "Boston", "Tom", "29", "2021", "last", "week"),
            *("yesterday", "if", "said", "maybe", "just", "kidding", "I'm", "don't", "can't"),
            *("was", "is", "am", "have", "been", ",", ".", "!", "?", '"', "'", "(", ")", "-", "—"),
        ]
    ),
    st.text(max_size=6),
)
_SAID = st.lists(_WORDS, max_size=40).map(" ".join)
_TIMES = st.one_of(st.integers(-(10**18), 10**18), st.sampled_from([0, 1, 2**62]))


def assert_whole(fact: ExtractedFact) -> None:
    assert fact.statement.endswith(".")
    assert fact.statement == fact.statement.strip()
    assert fact.subject
    assert fact.predicate
    assert fact.category
    assert 0 < fact.confidence <= 1
    assert 0 < fact.importance <= 1
    assert fact.entry_ids == ("e1",)


def test_whole_entries_of_each_repetition_are_read_in_one_pass() -> None:
    imports = (
        "from tests.language.saying import facts\n"
        f"units = iter({_REPEATED!r})\n"
        "def repeated(text):\n"
        "    unit = next(units, '')\n"
        f"    return facts((unit * {ENTRY_CHARACTERS})[:{ENTRY_CHARACTERS}])\n"
    )
    assert_read_in_one_pass(imports, "repeated", 8)


@given(_SAID, _TIMES)
@settings(max_examples=500)
def test_anything_can_be_read(content: str, event_time: int) -> None:
    found = extract([said(content, event_time)])
    for fact in found.facts:
        assert_whole(fact)
    assert found == extract([said(content, event_time)])


@given(st.text(max_size=400))
@settings(max_examples=300)
def test_any_text_can_be_read(content: str) -> None:
    for fact in facts(content):
        assert_whole(fact)


@given(_SAID)
@settings(max_examples=200)
def test_a_joke_takes_back_any_single_sentence(content: str) -> None:
    sentence = "".join(letter for letter in content if letter not in ".!?…\r\n\v\f\x1c\x1d\x1e\x85")
    assert statements(f"I live in Boston and {sentence}, just kidding.") in (
        [],
        statements(sentence),
    )


def test_a_long_entry_is_read_up_to_its_bounds() -> None:
    late = "x" * READ_CHARACTERS + ". I live in Boston."
    assert facts(late) == ()
    many = "I am. " * (MOST_SENTENCES + 1) + "I live in Boston."
    assert facts(many) == ()
