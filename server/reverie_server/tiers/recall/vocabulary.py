"""The distinct words of one corpus: their vectors and how many memories have them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.embedding.embedder import TokenTable
from reverie_server.tiers.recall.words import Word

HEAD: Final = 64
"""So many of a word's first dimensions are its head. The packaged table is trained so that these
mean the same as the whole, only less exactly (Kusupati et al., Matryoshka Representation Learning,
2022)."""
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


def head_of(units: NDArray[np.float32]) -> NDArray[np.float32]:
    """The heads of word vectors (the last axis), as unit vectors; zero stays zero."""
    heads: NDArray[np.float32] = units[..., :HEAD].copy()
    heads /= np.maximum(np.linalg.norm(heads, axis=-1, keepdims=True), 1e-9)
    return heads


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
        self._heads = np.zeros((256, min(HEAD, table.dimension)), dtype=np.float32)
        self._lengths = np.zeros(256, dtype=np.float32)
        self._size = 1  # NOTHING

    def __len__(self) -> int:
        return self._size

    @property
    def units(self) -> NDArray[np.float32]:
        """Shape (len(self), dimension): unit rows, row NOTHING all zero."""
        return self._units[: self._size]

    @property
    def heads(self) -> NDArray[np.float32]:
        """Shape (len(self), HEAD): the heads of the units."""
        return self._heads[: self._size]

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
            self._units = _enlarged(self.units, room)
            self._heads = _enlarged(self.heads, room)
            self._lengths = _enlarged(self.lengths, room)
        units, lengths = word_vectors(self._table, [word.surface for word in words])
        self._units[self._size : needed] = units
        self._heads[self._size : needed] = head_of(units)
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
        """How many memories of the corpus have the term, repetitions counted once."""
        return self._memories_with.get(term, 0)

    def rows_of_term(self, term: str) -> list[int]:
        """The rows of every word with this stem."""
        return self._rows_of_term.get(term, [])

    def vectors(self, words: Sequence[Word]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """As ``word_vectors``, of any words; those of the vocabulary are only looked up."""
        rows = [self._row_of.get(word, NOTHING) for word in words]
        units, lengths = self._units[rows], self._lengths[rows]
        unknown = [place for place, row in enumerate(rows) if row == NOTHING]
        if unknown:
            surfaces = [words[place].surface for place in unknown]
            units[unknown], lengths[unknown] = word_vectors(self._table, surfaces)
        return units, lengths


def _enlarged(rows: NDArray[np.float32], room: int) -> NDArray[np.float32]:
    enlarged = np.zeros((room, *rows.shape[1:]), dtype=np.float32)
    enlarged[: len(rows)] = rows
    return enlarged
