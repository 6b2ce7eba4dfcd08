"""What words mean, from the static table: for topics, nothing here needs a model or a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.embedding.embedder import TokenTable
from reverie_server.identity.prompt.text_key import Key, key_of
from reverie_server.index import bm25
from reverie_server.language.words import FUNCTION_WORDS, words

MOST_WORDS: Final = 256
"""Of a text that are looked at."""
FLOOR: Final = 0.35
"""Words that are no nearer than this have nothing to do with each other."""
_KNOWN_WORDS: Final = 32_768
"""Words whose vectors are kept: 32 MiB."""
_KNOWN_TEXTS: Final = 16_384
"""Texts whose words are kept, as numbers under a hash."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text's content words, each once: by number, so that no text stays."""

    stems: frozenset[int]
    """Hashes of their stems."""
    vectors: NDArray[np.float32]
    """Shape (n, dimension), unit length or zero."""


@dataclass(frozen=True, slots=True)
class _Numbered:
    rows: NDArray[np.intp]
    stems: frozenset[int]


class Meanings:
    """Words and how near they are to each other. Keeps vectors of words, never texts.

    Not for several threads at once.
    """

    def __init__(self, table: TokenTable) -> None:
        self._table = table
        self._row_of: dict[str, int] = {}
        self._stem_of: list[int] = []
        self._matrix = np.zeros((1_024, table.dimension), dtype=np.float32)
        self._texts: dict[Key, _Numbered] = {}

    def words_of(self, text: str) -> Words:
        numbered = self._numbered(text)
        return Words(numbered.stems, self._matrix[numbered.rows])

    def nearest(self, wanted: Words, there: Words) -> float:
        """The nearest pair's cosine; 1 where they share a stem."""
        if not wanted.stems.isdisjoint(there.stems):
            return 1.0
        if not len(wanted.vectors) or not len(there.vectors):
            return 0.0
        return float((wanted.vectors @ there.vectors.T).max())

    def relevance(self, topic: str, texts: Sequence[str]) -> list[float]:
        """How well each text fits the topic, 0..1: of each of the topic's words the nearest word,
        what is under ``FLOOR`` counting nothing; their mean."""
        if len(self._row_of) > _KNOWN_WORDS:
            # Only here, so that the rows of one answer all belong together.
            self._forget()
        wanted = self.words_of(topic).vectors
        rows = [self._numbered(text).rows for text in texts]
        lengths = [len(each) for each in rows]
        fits = np.zeros(len(texts))
        if not len(wanted) or not sum(lengths):
            return fits.tolist()
        # Texts share many words; each is compared once.
        distinct, places = np.unique(np.concatenate(rows), return_inverse=True)
        near = (wanted @ self._matrix[distinct].T)[:, places]
        with_words = [place for place, length in enumerate(lengths) if length]
        starts = np.cumsum([0, *(lengths[place] for place in with_words)])[:-1]
        best = np.maximum.reduceat(near, starts, axis=1)
        fits[with_words] = np.clip((best - FLOOR) / (1 - FLOOR), 0, 1).mean(axis=0)
        return fits.tolist()

    def is_common(self, word: str) -> bool:
        """Whether it is a word rather than a name: the tokenizer has it whole, in small letters."""
        (ids,) = self._table.encode([word])
        return len(ids) == 1

    def _forget(self) -> None:
        self._row_of.clear()
        self._stem_of.clear()
        self._texts.clear()

    def _numbered(self, text: str) -> _Numbered:
        key = key_of(text)
        known = self._texts.get(key)
        if known is None:
            found = [
                self._row(word.removesuffix("'s"))
                for word in dict.fromkeys(words(text)[:MOST_WORDS])
                if word.removesuffix("'s") not in FUNCTION_WORDS
            ]
            known = _Numbered(
                np.array(found, dtype=np.intp), frozenset(self._stem_of[row] for row in found)
            )
            if len(self._texts) >= _KNOWN_TEXTS:
                self._texts.clear()
            self._texts[key] = known
        return known

    def _row(self, word: str) -> int:
        row = self._row_of.get(word)
        if row is None:
            row = self._row_of[word] = len(self._stem_of)
            if row == len(self._matrix):
                self._matrix = np.concatenate((self._matrix, np.zeros_like(self._matrix)))
            terms = bm25.analyze(word)
            self._stem_of.append(hash(terms[0] if terms else word))
            self._matrix[row] = self._read(word)
        return row

    def _read(self, word: str) -> NDArray[np.float32]:
        """The mean of the word's tokens as trained, so that a long token tells more."""
        (ids,) = self._table.encode([word])
        if not len(ids):
            return np.zeros(self._table.dimension, dtype=np.float32)
        total = (self._table.vectors(ids) * self._table.lengths(ids)[:, None]).sum(axis=0)
        length = float(np.linalg.norm(total))
        return np.asarray(total / length if length else total, dtype=np.float32)
