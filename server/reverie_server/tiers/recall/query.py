"""What a query asks for, worked out once before any memory is scored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.dates import Span, spans_of
from reverie_server.tiers.recall.vocabulary import idf
from reverie_server.tiers.recall.words import Word, distinct_words

MOST_WORDS: Final = 32
"""Words of a query that are scored with: those that tell most. Bounds the cost of a long one."""
SHORTEST_NICKNAME: Final = 3
"""Letters; "Mel" in a query means Melinda if nobody is called Mel."""

_ASKS_WHEN: Final = re.compile(
    r"^\W*(?:and |so )?when\b|\b(?:what|which) (?:date|day|month|year|time)\b|\bhow long\b"
    r"|\bhow often\b|\bhow many (?:days|weeks|months|years)\b",
    re.IGNORECASE,
)
_REQUEST: Final = re.compile(
    r"^\W*(?:(?:hey|hi|please|so|and|now)\W+)*(?:(?:can|could|would|will) you (?:please )?)?"
    r"(?:do you (?:still )?(?:remember|recall|know)|(?:tell|remind|show|help) me)?\b",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(
    r"\b(?:(?P<user>i|my|me|mine|we|our|us)|(?P<persona>you|your|yours))\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Query:
    """A query made ready for one corpus; stale once the corpus has changed."""

    words: tuple[Word, ...]
    """What it is about: distinct content words, names of speakers left out."""
    units: NDArray[np.float32]
    """Shape (len(words), dimension): their vectors."""
    weights: NDArray[np.float32]
    """Shape (len(words),), sum 1: length of the vector x sqrt(IDF in this corpus)."""
    meaning: NDArray[np.float32]
    """Shape (len(words),): the words' shares in the sum of their vectors as trained, scaled so that
    ``meaning @ units`` has unit length (or is zero)."""
    speakers: frozenset[int]
    """Of whom it asks; empty if it names nobody or everybody."""
    asks_when: bool
    spans: tuple[Span, ...]
    """The times it speaks of."""

    @property
    def subject(self) -> str:
        """Its content words alone. As a query for vectors it finds more than the whole text, which
        mostly says that it is a question."""
        return " ".join(word.surface for word in self.words)


def _named(words: Sequence[str], names: dict[str, set[int]]) -> tuple[set[int], set[str]]:
    """The speakers that words name, and which words do. Nicknames only if no name is there."""
    exact = {word for word in words if word in names}
    if exact:
        return set().union(*(names[word] for word in exact)), exact
    speakers: set[int] = set()
    used: set[str] = set()
    for word in words:
        for name, its in names.items():
            if len(word) >= SHORTEST_NICKNAME and name.startswith(word):
                speakers |= its
                used.add(word)
    return speakers, used


def _names(
    corpus: Corpus, user_names: Iterable[str], persona_names: Iterable[str]
) -> dict[str, set[int]]:
    names: dict[str, set[int]] = {}
    called = [(name, {number}) for name, number in corpus.speakers.items()]
    called += [(name, set(corpus.user_speakers)) for name in user_names]
    called += [(name, set(corpus.persona_speakers)) for name in persona_names]
    for name, numbers in called:
        for word in distinct_words(name):
            names.setdefault(word.surface, set()).update(numbers)
    return names


def _spoken_to(text: str, corpus: Corpus) -> set[int]:
    """Whom "I" and "you" mean: the first of them after the words of asking."""
    asking = _REQUEST.match(text)
    person = _PERSON.search(text, asking.end() if asking else 0)
    if person is None:
        return set()
    return set(corpus.user_speakers if person["user"] else corpus.persona_speakers)


def analyze_query(
    text: str,
    corpus: Corpus,
    *,
    now: int,
    user_names: Iterable[str] = (),
    persona_names: Iterable[str] = (),
) -> Query:
    """Works a query out against a corpus.

    Args:
        text: what is asked; may be empty (then nothing fits).
        corpus: whose IDF, speakers and years count.
        now: microseconds UTC; what "last week" is relative to.
        user_names: names the user goes by, beside those of the speakers.
        persona_names: names the persona goes by.
    """
    every = distinct_words(text)
    speakers, used = _named(
        [word.surface for word in every], _names(corpus, user_names, persona_names)
    )
    if not used:
        speakers = _spoken_to(text, corpus)
    if len(speakers) == len(corpus.speakers):
        speakers = set()
    by_term = {word.term: word for word in reversed(every) if word.surface not in used}
    words = tuple(reversed(by_term.values()))
    units, lengths = corpus.vocabulary.vectors(words)
    size = corpus.statements
    rarity = np.sqrt(
        np.array([idf(size, corpus.vocabulary.memories_with(word.term)) for word in words])
    ).astype(np.float32)
    told = rarity * lengths
    if len(words) > MOST_WORDS:
        kept = np.sort(np.argsort(-told, kind="stable")[:MOST_WORDS])
        words = tuple(words[i] for i in kept.tolist())
        units, lengths, rarity, told = units[kept], lengths[kept], rarity[kept], told[kept]
    length = float(np.linalg.norm(lengths @ units))
    span = corpus.event_span
    spans = () if span is None else spans_of(text, now, *span)
    return Query(
        words=words,
        units=units,
        weights=_shares(told),
        meaning=lengths / np.float32(length) if length > 0 else np.zeros_like(lengths),
        speakers=frozenset(speakers),
        asks_when=_ASKS_WHEN.search(text) is not None,
        spans=spans,
    )


def _shares(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    total = float(weights.sum())
    if total > 0:
        return weights / np.float32(total)
    return np.full(len(weights), 1 / max(1, len(weights)), dtype=np.float32)
