"""Splitting what was said into sentences, in any script, each a verbatim piece of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_SENTENCE = 300
"""Characters. What has no sentence marks for longer is cut at clauses, else at words."""

# The end of a sentence: marks with closing quotes and brackets, then white space (scripts that
# write without spaces need none), or a line's end. One pass over any text: a run of marks is looked
# at from its start alone, and what was taken of it is never given back.
_END = re.compile(
    r"""(?:(?<![.!?…])[.!?…]++["'”’)\]]*+(?=\s)|[。！？｡]++["'”’」』）]*+|(?<![।۔؟])[।۔؟]++(?=\s|$)
    |[\r\n\v\f\u2028\u2029])\s*+""",
    re.VERBOSE,
)
_LONGEST_ABBREVIATION = 12
"""Characters that are looked at before an end, its marks included."""
# What a full stop after does not end a sentence: titles, initials, Latin shorthand, months.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|no|approx|dept|fig|e\.g|i\.e|etc|a\.m|p\.m"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|[^\W\d_](?:\.[^\W\d_])*)\.$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:—–-](?=\s)|[，、；：]")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text in order: stripped, not empty, at most LONGEST_SENTENCE characters.

    Each is a substring of the text; between them only white space is lost.
    """
    return [piece for sentence in _sentences(text) for piece in _bounded(sentence.strip()) if piece]


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        before = text[max(start, end.start() - _LONGEST_ABBREVIATION) : end.end()].rstrip()
        if "\n" not in end.group() and _ABBREVIATION.search(before[-_LONGEST_ABBREVIATION:]):
            following = text[end.end() : end.end() + 1]
            # "at 5 p.m. We left" ends there, "Dr. Who" does not: neither can be told from the
            # letter after it alone, and joining two sentences does less harm than cutting one.
            if following:
                continue
        yield text[start : end.end()]
        start = end.end()
    yield text[start:]


def _bounded(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST_SENTENCE:
        window = sentence[: LONGEST_SENTENCE + 1]
        clauses = [match.end() for match in _CLAUSE.finditer(window, LONGEST_SENTENCE // 3)]
        cut = clauses[-1] if clauses and clauses[-1] <= LONGEST_SENTENCE else window.rfind(" ")
        if cut <= 0:
            cut = LONGEST_SENTENCE
        yield sentence[:cut].rstrip()
        sentence = sentence[cut:].lstrip()
    yield sentence
