"""What recall reads off a text: its words, and a few marks of what kind of utterance it is.

A word is its surface, looked up in the token table for its meaning, and its term, what BM25 and
the IDF count (``index/bm25.py``: the same analysis, so both agree on what a word is).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from reverie_server.index import bm25

MOST_WORDS: Final = 4_096
"""Words of a text that are read; what comes after does not count. Bounds the cost of a long one."""
MOST_DISTINCT: Final = 384
"""Distinct words of a text that are kept, in their order."""

_WORD: Final = re.compile(r"\w+(?:['\u2019]\w+)*")
_ASKS: Final = re.compile(r"[?\uff1f\u061f\u037e]")
_SELF: Final = re.compile(r"\b(?:i|my|me|mine|myself|we|our|ours|us)\b", re.IGNORECASE)
_TIME: Final = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|last|next|ago|since|recently|soon|once"
    r"|(?:week)?days?|weekends?|weeks?|months?|years?|morning|evening|night|spring|summer|autumn"
    r"|fall|winter|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may"
    r"|june|july|august|september|october|november|december|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Word:
    surface: str
    """Folded, without possessive and apostrophes; what is looked up in the token table."""
    term: str
    """What BM25 counts: the stem."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What kind of utterance a text is."""

    asks: bool
    """It holds a question mark."""
    tells_time: bool
    """It has words of time in it, or a year."""
    about_self: bool
    """Its speaker speaks of himself: I, my, we."""


def _words_of(piece: str) -> tuple[Word, ...]:
    """A lower case piece's words: none for a stop word, several for a run without spaces."""
    return _read_words(piece) if len(piece) > bm25.LONGEST_KEPT else _known_words(piece)


def _read_words(piece: str) -> tuple[Word, ...]:
    terms = bm25.analyze(piece)
    if len(terms) != 1:
        return tuple(Word(term, term) for term in terms)
    plain = piece.replace("\u2019", "'")
    surface = plain.removesuffix("'s").replace("'", "")[: bm25.LONGEST_TERM]
    return (Word(surface, terms[0]),)


_known_words = lru_cache(maxsize=131_072)(_read_words)


def distinct_words(text: str) -> tuple[Word, ...]:
    """The text's words without stop words, each surface once, in order of first appearance."""
    found: dict[Word, None] = {}
    for match in islice(_WORD.finditer(text.lower()), MOST_WORDS):
        for word in _words_of(match.group()):
            found[word] = None
        if len(found) >= MOST_DISTINCT:
            break
    return tuple(found)[:MOST_DISTINCT]


def marks(text: str) -> Marks:
    """Read off the text's first 64 KiB."""
    head = text[:65_536]
    return Marks(
        asks=_ASKS.search(head) is not None,
        tells_time=_TIME.search(head) is not None,
        about_self=_SELF.search(head) is not None,
    )
