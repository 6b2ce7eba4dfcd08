"""What the scoring promises: what fits best, on which scale, and what its parts add up to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.memory_text import MemoryText
from reverie_server.tiers.recall.rerank import ABSENT, SIGNALS, rank, relevance
from tests.recall.conversation import (
    MARCH_3,
    asked,
    conversation,
    corpus,
    document,
    ids,
    said,
    search,
    table,
)

SOME_WORDS = (
    *("When", "did", "Ada", "plant", "tomatoes", "Brad", "basil", "lake", "August", "2025"),
    *("what", "trains", "you", "my", "fear", "湖"),
)
QUERIES = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(SOME_WORDS), max_size=12).map(" ".join)
)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("What vegetables did Ada plant?", "garden-1"),
        ("Who is afraid of flying?", "trip-2"),
        ("Which herb grows on Brad's balcony?", "garden-4"),
        ("What clothing did I buy?", "trip-4"),
        ("tomatoes", "garden-1"),
    ],
)
def test_finds_what_was_asked_for(query: str, best: str) -> None:
    assert ids(search(query, corpus()))[0] == best


def test_an_answer_is_found_by_the_question_before_it() -> None:
    # It shares no word with the query.
    hits = search("How often does Ada water the tomatoes every day?", corpus())
    assert "garden-3" in ids(hits)[:3]
    part = next(hit.parts for hit in hits if hit.key[1] == "garden-3")
    assert part["answers"] > 0
    assert part["own_words"] < part["words_around"]


def test_the_same_words_of_the_other_speaker_come_second() -> None:
    both = Corpus.build(
        [
            said("a", 0, "Ada", "I love climbing."),
            said("b", 0, "Brad", "I love climbing."),
        ],
        table(),
    )
    assert ids(search("What does Brad love?", both)) == ["b-0", "a-0"]
    assert ids(search("What does Ada love?", both)) == ["a-0", "b-0"]
    assert ids(search("What do I love?", both)) == ["a-0", "b-0"]
    assert ids(search("Can you tell me what you love?", both)) == ["b-0", "a-0"]


def test_the_time_that_is_asked_for_counts() -> None:
    year = 365 * 86_400_000_000
    runs = Corpus.build(
        [
            said("old", 0, "Ada", "I ran a race.", MARCH_3 - year),
            said("new", 0, "Ada", "I ran a race.", MARCH_3),
        ],
        table(),
    )
    assert ids(search("Which race did Ada run in March 2024?", runs)) == ["old-0", "new-0"]
    assert ids(search("Which race did Ada run in March 2025?", runs)) == ["new-0", "old-0"]
    assert ids(search("Which race did Ada run?", runs)) == ["new-0", "old-0"]


def test_the_score_is_absolute() -> None:
    everything = corpus()
    fitting = search("Where did Ada plant the tomatoes?", everything)[0]
    unfitting = search("Which violin concerto won the orchestra's prize?", everything)[0]
    assert fitting.relevance > 0.7
    assert unfitting.relevance < 0.2


def test_parts_add_up_to_the_fit() -> None:
    for hit in search("When did Ada book the cabin in May 2025?", corpus()):
        assert set(hit.parts) == {*SIGNALS, ABSENT}
        (fitting,) = relevance(np.array([sum(hit.parts.values())]))
        assert math.isclose(fitting, hit.relevance, rel_tol=1e-5)
    assert rank(corpus(), asked("tomatoes", corpus()), None, 1)[0].parts == {}


def test_memories_without_neighbours_are_on_the_same_scale() -> None:
    mixed = corpus(
        document("profile", '{"allergies": ["peanuts"], "diet": "vegetarian"}'),
        MemoryText(Kind.FACT, "fact", "Ada is allergic to peanuts", MARCH_3),
    )
    hits = search("Is Ada allergic to peanuts?", mixed)
    assert set(ids(hits)[:2]) == {"fact", "profile"}
    assert hits[0].relevance > 0.5 > hits[2].relevance


def test_an_entry_comes_before_the_summary_that_retells_it() -> None:
    summary = MemoryText(
        Kind.EPISODE, "episode", "Ada planted tomatoes behind the shed with her sister.", MARCH_3
    )
    hits = ids(search("Who planted tomatoes behind the shed?", corpus(summary)))
    assert hits.index("garden-1") < hits.index("episode") < 4


def test_the_subject_of_a_query_is_its_content_words() -> None:
    assert asked("When did Ada plant the tomatoes?", corpus()).subject == "plant tomatoes"


def test_a_long_text_does_not_win_by_touching_everything() -> None:
    rambling = " ".join(f"{word} thing{number}" for number, word in enumerate(WORDS.split()))
    mixed = corpus(document("long", rambling + " tomatoes shed"))
    assert ids(search("Who planted tomatoes behind the shed?", mixed))[0] == "garden-1"


WORDS = (
    "river copper window ladder orange bottle engine carpet feather market pencil rocket saddle"
    " temple velvet walnut anchor blanket candle dragon echo forest glacier hammer island jacket"
    " kitchen lantern mirror needle ocean pillow quartz ribbon silver thunder umbrella violet"
)


@given(query=QUERIES)
@settings(max_examples=80)
def test_scores_are_numbers_in_order_between_0_and_1(query: str) -> None:
    hits = search(query, corpus())
    scores = [hit.relevance for hit in hits]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert all(math.isfinite(value) for hit in hits for value in hit.parts.values())
    assert hits == search(query, corpus())


@given(query=QUERIES, chosen=st.sets(st.integers(0, 9)), limit=st.integers(0, 12))
@settings(max_examples=80)
def test_a_choice_of_candidates_is_ranked_as_among_all(
    query: str, chosen: set[int], limit: int
) -> None:
    everything = corpus()
    keys = [conversation()[number].key for number in chosen]
    full = [hit for hit in search(query, everything) if hit.key in keys]
    some = rank(everything, asked(query, everything), keys, limit, explain=True)
    assert [hit.key for hit in some] == [hit.key for hit in full[:limit]]
    for one, other in zip(some, full, strict=False):
        assert math.isclose(one.relevance, other.relevance, rel_tol=1e-4)


@given(query=QUERIES)
@settings(max_examples=40)
def test_what_is_said_in_another_session_changes_no_signal_but_through_rarity(query: str) -> None:
    before = corpus()
    after = corpus(said("other", 0, "Ada", "zyzzyva quokka"))
    one = {hit.key: hit.parts for hit in search(query, before)}
    for hit in search(query, after):
        if hit.key in one:
            for name in ("meaning", "asks", "speaker", "about_self", "tells_time"):
                assert math.isclose(hit.parts[name], one[hit.key][name], abs_tol=1e-4)


@pytest.mark.parametrize("query", ["", "   ", "?!", "what is the of", "\ud800", "\0", "🙂🙂"])
def test_a_query_without_words_finds_nothing_by_chance(query: str) -> None:
    assert all(hit.relevance < 0.5 for hit in search(query, corpus()))


def test_nothing_is_found_where_nothing_is() -> None:
    empty = Corpus.build([], table())
    assert search("tomatoes", empty) == []
    assert rank(corpus(), asked("tomatoes", corpus()), [], 5) == []
    assert rank(corpus(), asked("tomatoes", corpus()), [(Kind.FACT, "unknown")], 5) == []


def test_texts_without_words_are_no_trouble() -> None:
    blank = Corpus.build(
        [said("s", number, "", text) for number, text in enumerate(["", "?", "the", "…", "ok"])],
        table(),
    )
    assert all(hit.relevance < 0.1 for hit in search("tomatoes", blank))


def test_any_language_is_found_by_its_own_words() -> None:
    tongues = corpus(
        said("world", 0, "Ada", "我昨天在湖边看到了一只天鹅"),
        said("world", 1, "Ada", "Моя кошка любит рыбу"),
        said("world", 2, "Ada", "Mañana compraré un piano"),
    )
    assert ids(search("天鹅", tongues))[0] == "world-0"
    assert ids(search("кошка", tongues))[0] == "world-1"
    assert ids(search("piano manana", tongues))[0] == "world-2"
