"""What repeats a memory that is forgotten, and texts without it.

Words are compared as BM25 counts them: without stop words, in their stems. A sentence *repeats* a
memory when it holds all words of one of its statements. Near to where the memory comes from, in the
same session, a sentence also *echoes* it: it names the thing that a fact leads to, or it has no
word that the memory does not have. Farther away that would be too much: what only shares a word
with the memory is another memory.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from reverie_server.index.bm25 import analyze
from reverie_server.language.sentences import split_sentences
from reverie_server.language.words import word_list

REDACTED: Final = "[redacted]"
"""Stands where sentences stood that were forgotten."""
_WORD: Final = re.compile(r"[^\W_]+")

_CALENDAR: Final = word_list(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december"""
)

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without some of its sentences."""

    text: str
    removed: tuple[str, ...]
    """The sentences, verbatim."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """The words of what is forgotten; each set has at least one."""

    said: tuple[Words, ...]
    """Of each of its statements."""
    things: tuple[Words, ...] = ()
    """What facts among it lead to."""
    needles: tuple[str, ...] = ()
    """Of each statement a piece, in small letters, that every text has which repeats it."""

    def repeats(self, text: str) -> bool:
        """Whether a text says it, too."""
        words = frozenset(analyze(text))
        return any(_holds(words, each) for each in self.said)

    def echoes(self, text: str) -> bool:
        """Whether a text of the same session says it, names it, or says nothing else."""
        words = frozenset(analyze(text))
        if not words:
            return False
        return any(_holds(words, each) or words <= each for each in self.said) or any(
            each <= words for each in self.things
        )

    def names(self, text: str) -> bool:
        """Whether a text says it, or names it."""
        words = frozenset(analyze(text))
        return self.repeats(text) or any(each <= words for each in self.things)

    def joined(self, other: Quotes) -> Quotes:
        """What repeats either."""
        return Quotes(
            (*self.said, *other.said),
            (*self.things, *other.things),
            (*self.needles, *other.needles),
        )


NOTHING: Final = Quotes(())


def quotes_of(statements: Iterable[str], things: Iterable[str] = ()) -> Quotes:
    """The quotes of statements, and of the things that they lead to."""
    said: dict[Words, str] = {}
    for statement in statements:
        words = frozenset(analyze(statement))
        if words:
            said.setdefault(words, _needle(words, statement))
    named = dict.fromkeys(frozenset(analyze(each)) for each in things)
    return Quotes(
        tuple(said), tuple(each for each in named if each), tuple(dict.fromkeys(said.values()))
    )


def names_in(statement: str, but: Iterable[str] = ()) -> list[str]:
    """What a statement names: words with a digit, and those with a capital letter that do not begin
    a sentence, other than days and months.

    Args:
        but: names of those who are always spoken of.
    """
    known = {term for name in but for term in analyze(name)}
    found: list[str] = []
    for sentence in split_sentences(statement):
        for place, word in enumerate(_WORD.findall(sentence)):
            is_name = any(map(str.isdigit, word)) or (place > 0 and word[0].isupper())
            if is_name and word.casefold() not in _CALENDAR and known.isdisjoint(analyze(word)):
                found.append(word)
    return found


def redact(text: str, is_meant: Callable[[str], bool]) -> Redaction | None:
    """The text without the sentences that are meant; None when none is."""
    kept: list[str] = []
    removed: list[str] = []
    at = 0
    for sentence in split_sentences(text):
        start = text.index(sentence, at)
        between, at = text[at:start], start + len(sentence)
        if not is_meant(sentence):
            kept += [between, sentence]
            continue
        removed.append(sentence)
        if kept and kept[-1] == REDACTED:
            continue
        kept += [between, REDACTED]
    if not removed:
        return None
    return Redaction("".join((*kept, text[at:])), tuple(removed))


def redact_source(text: str, quotes: Quotes) -> Redaction | None:
    """The text that a memory comes from without it: without what echoes it, else without the
    sentences that have most of its words, else without all of them. None when it was redacted
    before and no sentence echoes it."""
    found = redact(text, quotes.echoes)
    if found is not None or REDACTED in text:
        return found
    words = frozenset().union(*quotes.said, *quotes.things)

    def shared(sentence: str) -> int:
        return len(words.intersection(analyze(sentence)))

    most = max(map(shared, split_sentences(text)), default=0)
    return redact(text, lambda sentence: shared(sentence) == most)


def redacted_map(
    texts: Mapping[str, str], is_meant: Callable[[str], bool]
) -> tuple[dict[str, str], bool]:
    """A caller's own keys without what is meant, and whether that changed anything."""
    kept = {
        key: REDACTED if is_meant(value) else value
        for key, value in texts.items()
        if not is_meant(key)
    }
    return kept, kept != dict(texts)


def without_marks(text: str) -> str:
    """The text without the marks of what was redacted, for whoever reads it for its sense."""
    return " ".join(text.replace(REDACTED, " ").split()) if REDACTED in text else text


def _holds(words: Words, statement: Words) -> bool:
    # One word alone says too little to be recognised by.
    return statement <= words if len(statement) > 1 else statement == words


def pattern(needle: str) -> str:
    """What LIKE finds texts by that may have a needle, in small letters. SQL knows those of ASCII
    only: other needles are looked for by ``may_hold`` in every text."""
    return f"%{needle}%" if needle.isascii() else "%"


def may_hold(needle: str, text: str) -> bool:
    return needle.casefold() in text.casefold()


def _needle(words: Words, statement: str) -> str:
    """A piece of the longest word that all words of its stem have, whatever their case."""
    best = ""
    for word in _WORD.findall(statement.lower()):
        terms = analyze(word)
        if terms and words.issuperset(terms):
            best = max(best, _piece(word, terms), key=len)
    return best


def _piece(word: str, terms: list[str]) -> str:
    if len(terms) > 1:
        # A script without spaces is cut into pairs.
        return terms[0]
    if not word.isascii():
        # It has no stem, but may be written without its accents.
        plain = "".join(c if unicodedata.normalize("NFKD", c) == c else " " for c in word)
        return max(plain.split(), key=len, default="")
    # Words of one stem may differ in its last two letters ("live" is that of "living").
    pairs = zip(word, terms[0], strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return word[: max(2, shared - 2)]
