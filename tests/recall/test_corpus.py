"""A corpus that was changed step by step is the corpus that would be built from what is left."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.memory_text import Key, MemoryText
from reverie_server.tiers.recall.query import analyze_query
from tests.recall.conversation import MARCH_3, conversation, said, search, table

QUERIES = ("What did Ada plant in March?", "How is Brad getting to the lake?", "when was the coat")

MEMORIES = st.builds(
    said,
    st.sampled_from(["garden", "trip", "new"]),
    st.integers(0, 7),
    st.sampled_from(["Ada", "Brad", ""]),
    st.sampled_from(["I planted basil", "Where is the lake?", "a coat of red wool", ""]),
)
STEPS = st.lists(
    st.one_of(
        st.lists(MEMORIES, min_size=1, max_size=4),
        st.tuples(st.sampled_from(["garden", "trip", "new"]), st.integers(0, 7)),
    ),
    max_size=12,
)


def same(one: Corpus, other: Corpus) -> None:
    assert len(one) == len(other)
    for query in QUERIES:
        left, right = search(query, one, 50), search(query, other, 50)
        by_key = {hit.key: hit for hit in right}
        assert by_key.keys() == {hit.key for hit in left}
        for hit in left:
            for name, value in hit.parts.items():
                assert math.isclose(value, by_key[hit.key].parts[name], abs_tol=1e-4), name


@given(steps=STEPS)
@settings(max_examples=60)
def test_changes_equal_a_rebuild(steps: list[list[MemoryText] | tuple[str, int]]) -> None:
    changed = Corpus.build(conversation(), table())
    left = {memory.key: memory for memory in conversation()}
    for step in steps:
        # What was kept for the last search must not outlive what it was worked out of.
        same(changed, Corpus.build(left.values(), table()))
        if isinstance(step, list):
            changed.extend(step)
            left.update((memory.key, memory) for memory in step)
        else:
            session_id, position = step
            key = said(session_id, position, "", "").key
            changed.remove([key])
            left.pop(key, None)
    same(changed, Corpus.build(left.values(), table()))


def test_neighbours_are_of_one_timeline_in_order_of_position() -> None:
    late = Corpus.build(reversed(conversation()), table())
    same(late, Corpus.build(conversation(), table()))


def test_the_others_keep_their_slots() -> None:
    corpus = Corpus.build(conversation(), table())
    before = {key: corpus.slot(key) for key in corpus.keys}
    for number in range(300):
        corpus.extend([said("more", number, "Ada", f"note {number} on the lake")])
        corpus.remove([said("more", number, "", "").key])
    assert {key: corpus.slot(key) for key in corpus.keys} == before
    same(corpus, Corpus.build(conversation(), table()))


def test_who_has_nothing_left_to_say_is_no_speaker() -> None:
    corpus = Corpus.build(conversation(), table())
    before = corpus.speakers
    corpus.extend([said("more", 1, "Guinevere", "I am here.")])
    assert corpus.speakers.keys() == before.keys() | {"Guinevere"}
    corpus.remove([said("more", 1, "", "").key])
    assert corpus.speakers == before


def test_a_time_that_nothing_is_left_of_is_not_meant() -> None:
    corpus = Corpus.build(conversation(), table())
    now = int(corpus.event_time.max())
    before = analyze_query("What happened in May?", corpus, now=now).spans
    long_ago = replace(said("more", 1, "Ada", "I was born."), event_time=0)
    corpus.extend([long_ago])
    assert analyze_query("What happened in May?", corpus, now=now).spans != before
    corpus.remove([long_ago.key])
    assert analyze_query("What happened in May?", corpus, now=now).spans == before


def test_what_is_added_again_is_replaced() -> None:
    corpus = Corpus.build(conversation(), table())
    corpus.extend([said("garden", 1, "Ada", "I sold my telescope.")])
    assert len(corpus) == len(conversation())
    best = search("telescope", corpus)[0]
    assert best.key == said("garden", 1, "", "").key
    assert search("Who planted tomatoes?", corpus)[0].relevance < 0.7


def test_very_long_texts_stay_bounded() -> None:
    text = " ".join(f"word{number}" for number in range(20_000))
    corpus = Corpus.build([said("s", 0, "Ada", text, MARCH_3)], table())
    assert len(corpus.word_rows) < 500


def test_neighbours_stay_within_their_session() -> None:
    corpus = Corpus.build(conversation(), table())
    key = said("garden", 4, "", "").key
    unknown = said("nowhere", 0, "", "").key

    def near(keys: list[Key], reach: int) -> set[Key]:
        slots = corpus.with_neighbours(corpus.slots(keys), reach)
        return {corpus.key(slot) for slot in slots.tolist()}

    assert near([key, unknown], 2) == {
        said("garden", position, "", "").key for position in (2, 3, 4)
    }
    assert near([key], 0) == {key}
    assert near([], 2) == set()


def test_repeating_a_memory_takes_nothing_from_its_score() -> None:
    corpus = Corpus.build(conversation(), table())
    (before, *_) = search("What did Ada plant in March?", corpus, 1)
    again = corpus.statements
    for number in range(5):
        corpus.extend(
            [
                replace(
                    each,
                    session_id=f"{each.session_id}-{number}",
                    memory_id=f"{each.memory_id}-{number}",
                )
                for each in conversation()
            ]
        )

    (after, *_) = search("What did Ada plant in March?", corpus, 1)

    assert corpus.statements == again
    assert math.isclose(after.relevance, before.relevance, abs_tol=1e-6)
