"""Which words of a vocabulary are like a query's, and how much."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.tiers.recall.vocabulary import Vocabulary, head_of
from reverie_server.tiers.recall.weights import SIMILARITY_FLOOR
from reverie_server.tiers.recall.words import Word

KEPT_WORDS: Final = 4_096
"""Of queries, words that are remembered with what is like them: what people ask repeats."""
HEAD_FLOOR: Final = 0.18
"""Cosine of two words' heads from which on they are compared whole. Of two words with
SIMILARITY_FLOOR in common, one pair in a thousand has heads less alike than that; of all pairs, 90
in a hundred have."""
_ENTRY_BYTES: Final = 500
"""What a remembered word takes beside its numbers, roughly."""


@dataclass(frozen=True, slots=True)
class Alike:
    """The words of a vocabulary that are like one word; all others are not at all."""

    rows: NDArray[np.int32]
    """Of the vocabulary, ascending."""
    values: NDArray[np.float32]
    """How much, above 0..1: 1 for the same stem, otherwise the cosine above SIMILARITY_FLOOR,
    stretched."""
    known: int
    """How many rows the vocabulary had."""

    @property
    def size_bytes(self) -> int:
        return self.rows.nbytes + self.values.nbytes + _ENTRY_BYTES


class Likeness:
    """What is like the words of recent queries, in one vocabulary.

    Comparing a word with a whole vocabulary is the dearest part of a search, and hardly any of it
    is like the word. So heads are compared first, the few that are like it get kept, and later only
    new words are compared.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._kept: OrderedDict[Word, Alike] = OrderedDict()
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """Roughly what it takes in memory."""
        return self._size_bytes

    def of(self, word: Word, unit: NDArray[np.float32]) -> Alike:
        """
        Args:
            unit: the word's unit vector (or zero).
        """
        kept = self._kept.get(word)
        if kept is None:
            kept = self._keep(word, self._compared(word, unit, since=0))
        elif kept.known != len(self._vocabulary):
            fresh = self._compared(word, unit, since=kept.known)
            kept = self._keep(
                word,
                Alike(
                    np.concatenate((kept.rows, fresh.rows)),
                    np.concatenate((kept.values, fresh.values)),
                    fresh.known,
                ),
            )
        self._kept.move_to_end(word)
        return kept

    def _compared(self, word: Word, unit: NDArray[np.float32], since: int) -> Alike:
        """With the rows from ``since`` on."""
        vocabulary = self._vocabulary
        near = vocabulary.heads[since:] @ head_of(unit) >= HEAD_FLOOR
        same = [row - since for row in vocabulary.rows_of_term(word.term) if row >= since]
        near[same] = True
        rows = np.flatnonzero(near) + since
        values = vocabulary.units[rows] @ unit
        values -= np.float32(SIMILARITY_FLOOR)
        values *= np.float32(1 / (1 - SIMILARITY_FLOOR))
        np.minimum(values, 1, out=values)
        values[np.searchsorted(rows, np.array(same, dtype=np.int64) + since)] = 1
        found = values > 0
        return Alike(rows[found].astype(np.int32), values[found], len(vocabulary))

    def _keep(self, word: Word, alike: Alike) -> Alike:
        before = self._kept.get(word)
        self._kept[word] = alike
        self._size_bytes += alike.size_bytes - (before.size_bytes if before else 0)
        if len(self._kept) > KEPT_WORDS:
            _, forgotten = self._kept.popitem(last=False)
            self._size_bytes -= forgotten.size_bytes
        return alike
