"""What is kept of how alike words are equals comparing them all, however the vocabulary grew."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reverie_server.tiers.recall import likeness
from reverie_server.tiers.recall.likeness import Alike, Likeness
from reverie_server.tiers.recall.vocabulary import Vocabulary
from reverie_server.tiers.recall.weights import SIMILARITY_FLOOR
from reverie_server.tiers.recall.words import Word, distinct_words
from tests.recall.conversation import table

TEXT = (
    "bike bicycle cycling ride rides riding lake river water swim swimming garden gardens basil "
    "tomato vegetable plant planted soil doctor hospital nurse medicine sister brother mother "
    "father family dog puppy cat kitten job work office boss salary coat jacket wool red blue "
    "green paris london city town train bus car guitar piano song music concert movie film actor"
)
WORDS = distinct_words(TEXT)


def compared(vocabulary: Vocabulary, word: Word) -> NDArray[np.float32]:
    """How alike a word is to each of the vocabulary, from whole vectors."""
    (unit,), _ = vocabulary.vectors([word])
    values = (vocabulary.units @ unit - SIMILARITY_FLOOR) / (1 - SIMILARITY_FLOOR)
    values[vocabulary.rows_of_term(word.term)] = 1
    clipped: NDArray[np.float32] = np.clip(values, 0, 1)
    return clipped


def spread(alike: Alike, size: int) -> NDArray[np.float32]:
    values = np.zeros(size, dtype=np.float32)
    values[alike.rows] = alike.values
    return values


def asked(kept: Likeness, vocabulary: Vocabulary, word: Word) -> Alike:
    (unit,), _ = vocabulary.vectors([word])
    return kept.of(word, unit)


@given(
    steps=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=20), max_size=5),
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
)
@settings(max_examples=60)
def test_it_grows_with_the_vocabulary(steps: list[list[Word]], words: list[Word]) -> None:
    grown = Vocabulary(table())
    kept = Likeness(grown)
    for step in [*steps, list(WORDS)]:
        grown.rows([step])
        for word in words:
            alike = asked(kept, grown, word)
            assert (np.diff(alike.rows) > 0).all()
            assert np.allclose(spread(alike, len(grown)), compared(grown, word), atol=1e-5)


def test_words_without_a_vector_are_like_their_own_stem_only() -> None:
    vocabulary = Vocabulary(table())
    vocabulary.rows([[*WORDS, Word("", "strange")]])
    alike = asked(Likeness(vocabulary), vocabulary, Word("", "strange"))
    assert alike.values.tolist() == [1]
    assert alike.rows.tolist() == vocabulary.rows_of_term("strange")


def test_it_remembers_only_so_many_words() -> None:
    vocabulary = Vocabulary(table())
    vocabulary.rows([WORDS])
    kept = Likeness(vocabulary)
    for number in range(likeness.KEPT_WORDS + 10):
        asked(kept, vocabulary, Word(f"word{number}", f"word{number}"))
    full = kept.size_bytes
    for number in range(likeness.KEPT_WORDS + 10):
        asked(kept, vocabulary, Word(f"more{number}", f"more{number}"))
    assert 0 < kept.size_bytes < 2 * full
