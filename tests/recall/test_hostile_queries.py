"""Any text may be asked, of memories of any time, and is read in one pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.dates import Span, spans_of
from reverie_server.tiers.recall.query import analyze_query
from tests.hostile_texts import ENTRY_CHARACTERS, QUERY_CHARACTERS, assert_read_in_one_pass
from tests.recall.conversation import said, table

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
NOW = (datetime(2025, 6, 18, 15, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def spans(text: str) -> tuple[Span, ...]:
    return spans_of(text, NOW, NOW - 10**13, NOW)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("what happened in aprıl 2024?", "what happened in april 2024?"),
        ("in APRİL 2024", "in april 2024"),
        ("sıx weeks ago", "six weeks ago"),
        ("ſeven days ago", "seven days ago"),
        ("auguſt 3rd", "august 3rd"),
        ("thıs weekend", "this weekend"),
        ("laſt year", "last year"),
        ("yeſterday", "yesterday"),
    ],
)
def test_letters_that_match_as_others_do_mean_those(written: str, meant: str) -> None:
    assert spans(meant)
    assert spans(written) == spans(meant)


@pytest.mark.parametrize("text", ["in December", "during 2024", "in January", "on 31 December"])
@pytest.mark.parametrize(("earliest", "latest"), [(FIRST, LAST), (FIRST, FIRST), (LAST, LAST)])
def test_memories_of_the_first_and_last_year(text: str, earliest: int, latest: int) -> None:
    assert spans_of(text, NOW, earliest, latest)


def test_a_memory_of_a_far_future_leaves_this_year_its_month() -> None:
    may = Span(
        *((datetime(2025, m, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for m in (5, 6))
    )
    assert may in spans_of("in May", NOW, NOW - 10**13, LAST)


_PIECES = st.one_of(
    st.sampled_from(
        ["in", "on", "the", "of", "may", "May", "aprıl", "auguſt", "december", "1", "31", "٣",
         "2024", "19٢٣", "2024-02-30", "0", "999", "six", "sıx", "ſeven", "couple of", "few", "an",
         "days", "dayſ", "weekſ", "years", "months", "ago", "last", "laſt", "thıs", "past",
         "weekend", "year", "tonıght", "toNİght", "yeſterday", ".", ","]
    ),
    st.text(max_size=6),
)  # fmt: skip
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=10).map(" ".join))
_TIMES = st.integers(FIRST, LAST)


@given(_TEXTS, st.integers(0, LAST), _TIMES, _TIMES)
@settings(max_examples=1_000)
def test_any_text_is_read_among_memories_of_any_time(text: str, now: int, a: int, b: int) -> None:
    for span in spans_of(text, now, min(a, b), max(a, b)):
        assert span.start < span.end


@given(_TEXTS, st.integers(0, LAST), _TIMES, _TIMES)
@settings(max_examples=300)
def test_anything_may_be_asked(text: str, now: int, a: int, b: int) -> None:
    memories = [said("one", 0, "Ada", "I planted basil.", a), said("two", 0, "İda", text, b)]
    query = analyze_query(text, Corpus.build(memories, table()), now=now, user_names=[text])
    assert query.spans == spans_of(text, now, min(a, b), max(a, b))


_ASK = f"""
from reverie_server.tiers.recall.query import _ASKS_WHEN, _PERSON, _REQUEST
from reverie_server.tiers.recall.dates import spans_of
from reverie_server.tiers.recall.words import distinct_words, marks
def ask(text):
    asking = _REQUEST.match(text)
    _PERSON.search(text, asking.end() if asking else 0)
    return _ASKS_WHEN.search(text), spans_of(text, {NOW}, {FIRST}, {LAST}), distinct_words(text)
"""


def test_hostile_queries_are_read_in_one_pass() -> None:
    assert_read_in_one_pass(_ASK, "ask", QUERY_CHARACTERS)


def test_hostile_memories_are_read_in_one_pass() -> None:
    assert_read_in_one_pass(
        _ASK, "lambda text: (distinct_words(text), marks(text))", ENTRY_CHARACTERS
    )
