"""ROUGE-L: how much of a reference a text says in the same order (Lin 2004, sentence level).

Recall is LCS / reference tokens, precision LCS / candidate tokens, F1 their harmonic mean, where
LCS is the longest common subsequence of the two token lists. Tokens as in the usual packages:
lower-case runs of a-z and 0-9; with stemming, words longer than three letters are stemmed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

_TOKEN = re.compile(r"[a-z0-9]+")
_PORTER: Callable[[str], str] = Stemmer.Stemmer("porter").stemWord


@dataclass(frozen=True, slots=True)
class Rouge:
    """Each 0..1; all 0 when either text has no tokens."""

    precision: float
    recall: float
    f1: float


def tokens(text: str, *, stem: bool = False) -> list[str]:
    """The tokens that are compared."""
    words: list[str] = _TOKEN.findall(text.lower())
    return [_stemmed(word) for word in words] if stem else words


def rouge_l(candidate: str, reference: str, *, stem: bool = False) -> Rouge:
    """Score a text against a reference."""
    ours, theirs = tokens(candidate, stem=stem), tokens(reference, stem=stem)
    common = longest_common_subsequence(ours, theirs)
    if not common:
        return Rouge(0.0, 0.0, 0.0)
    precision, recall = common / len(ours), common / len(theirs)
    return Rouge(precision, recall, 2 * precision * recall / (precision + recall))


def longest_common_subsequence(first: list[str], second: list[str]) -> int:
    """Its length, by the bit-parallel recurrence of Hyyro (2004): one integer addition a token."""
    places: dict[str, int] = {}
    for position, token in enumerate(first):
        places[token] = places.get(token, 0) | (1 << position)
    everywhere = (1 << len(first)) - 1
    row = everywhere
    for token in second:
        match = row & places.get(token, 0)
        row = ((row + match) | (row - match)) & everywhere
    return len(first) - row.bit_count()


@lru_cache(maxsize=50_000)
def _stemmed(word: str) -> str:
    return _PORTER(word) if len(word) > 3 else word
