"""The distinct words of one corpus: their vectors and how many memories have them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.embedding.embedder import TokenTable
from reverie_server.tiers.recall.words import Word

NOTHING: Final = 0
"""The row of no word: a zero vector. Every memory holds it, so that none is without words."""


def word_vectors(
    table: TokenTable, surfaces: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Unit vectors, shape (len(surfaces), dimension), and their lengths before, shape (len,).

    A word's vector is the sum of its pieces' vectors as trained; its length says how much the
    word tells. A word without pieces is all zero, length zero.
    """
    pieces = table.encode(surfaces)
    total = np.zeros((len(surfaces), table.dimension), dtype=np.float32)
    for row, ids in zip(total, pieces, strict=True):
        if len(ids):
            row[:] = table.lengths(ids) @ table.vectors(ids)
    lengths: NDArray[np.float32] = np.linalg.norm(total, axis=1).astype(np.float32)
    total /= np.maximum(lengths, 1e-9)[:, None]
    return total, lengths


def idf(memories: int, with_term: int) -> float:
    """BM25's inverse document frequency, always > 0: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    return math.log1p((memories - with_term + 0.5) / (with_term + 0.5))


class Vocabulary:
    """Words of a corpus by row. Rows are only ever added; a corpus that shrank is rebuilt."""

    def __init__(self, table: TokenTable) -> None:
        self._table = table
        self._row_of: dict[Word, int] = {}
        self._rows_of_term: dict[str, list[int]] = {}
        self._memories_with: dict[str, int] = {}
        self._units = np.zeros((256, table.dimension), dtype=np.float32)
        self._lengths = np.zeros(256, dtype=np.float32)
        self._size = 1  # NOTHING

    def __len__(self) -> int:
        return self._size

    @property
    def units(self) -> NDArray[np.float32]:
        """Shape (len(self), dimension): unit rows, row NOTHING all zero."""
        return self._units[: self._size]

    @property
    def lengths(self) -> NDArray[np.float32]:
        """Shape (len(self),): how much each word tells."""
        return self._lengths[: self._size]

    def rows(self, texts: Sequence[Sequence[Word]]) -> list[NDArray[np.int32]]:
        """The rows of each text's words; new words are added, all in one step."""
        fresh: dict[Word, None] = {}
        for words in texts:
            for word in words:
                if word not in self._row_of:
                    fresh[word] = None
        if fresh:
            self._add(tuple(fresh))
        return [
            np.fromiter((self._row_of[word] for word in words), np.int32, count=len(words))
            for words in texts
        ]

    def _add(self, words: tuple[Word, ...]) -> None:
        needed = self._size + len(words)
        if needed > len(self._lengths):
            room = max(needed, 2 * len(self._lengths))
            units = np.zeros((room, self._table.dimension), dtype=np.float32)
            units[: self._size] = self.units
            lengths = np.zeros(room, dtype=np.float32)
            lengths[: self._size] = self.lengths
            self._units, self._lengths = units, lengths
        units, lengths = word_vectors(self._table, [word.surface for word in words])
        self._units[self._size : needed] = units
        self._lengths[self._size : needed] = lengths
        for row, word in enumerate(words, self._size):
            self._row_of[word] = row
            self._rows_of_term.setdefault(word.term, []).append(row)
        self._size = needed

    def count(self, words: Sequence[Word], by: int) -> None:
        """A memory with these words came (``by`` = 1) or went (-1)."""
        for term in {word.term for word in words}:
            self._memories_with[term] = self._memories_with.get(term, 0) + by

    def memories_with(self, term: str) -> int:
        """How many memories of the corpus have the term."""
        return self._memories_with.get(term, 0)

    def rows_of_term(self, term: str) -> list[int]:
        """The rows of every word with this stem."""
        return self._rows_of_term.get(term, [])
