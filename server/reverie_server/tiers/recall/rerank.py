"""The exact scoring of memories against a query: signals, fit, relevance.

The word signals are a *soft late interaction*: each word of the query takes the best match among
a memory's words (1 for the same stem, otherwise the cosine of their static vectors above a floor,
stretched to 0..1), and the matches are summed by how much each word of the query tells. It is
ColBERT's MaxSim (Khattab and Zaharia, 2020) with a lookup table in the model's place. All of it is
absolute: no signal depends on which other memories are scored with it, so scoring a part of a
corpus gives the same as scoring all of it and looking at that part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.query import Query
from reverie_server.tiers.recall.speakers import NOBODY
from reverie_server.tiers.recall.weights import (
    ABSENCE,
    EARLY_DECAY_DAYS,
    LATE_DECAY_DAYS,
    MEANING_DAMPING,
    MIDDLE,
    REACH,
    SIMILARITY_FLOOR,
    STEEPNESS,
    WEIGHTS,
    WORDS_DAMPING,
)

SIGNALS: Final = tuple(WEIGHTS)
"""Names of the signals, in the order of the columns of ``signals``."""
ABSENT: Final = "absent"
"""Name of the part that is taken off for what the query asks beyond words (``ABSENCE``)."""
_WEIGHTS: Final = np.array([WEIGHTS[name] for name in SIGNALS])
_DAY: Final = 86_400_000_000.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scored:
    """A memory and how well it fits."""

    key: Key
    slot: int
    score: float
    """Relevance times what multiplies it, 0..1."""
    relevance: float
    """Absolute, 0..1."""
    parts: Mapping[str, float]
    """Weight x signal by name, with ABSENT: they add up to the fit. Empty unless asked for."""


def _by_offset(damping: tuple[float, ...]) -> Floats:
    """Damping for the offsets -REACH..REACH; 0 beyond."""
    row = np.zeros(2 * REACH + 1, dtype=np.float32)
    for distance, value in enumerate(damping):
        row[REACH - distance] = row[REACH + distance] = value
    return row


_MEANING: Final = _by_offset(MEANING_DAMPING)


def signals(corpus: Corpus, query: Query, slots: NDArray[np.int64]) -> Floats:
    """What each memory has of what the query asks for.

    Returns:
        Shape (len(slots), len(SIGNALS)), each 0..1 (``meaning`` -1..1), in the order of SIGNALS.
    """
    found = np.zeros((len(SIGNALS), len(slots)), dtype=np.float32)
    part = dict(zip(SIGNALS, found, strict=True))
    if len(slots):
        covered_before = np.zeros(len(slots), dtype=np.float32)
        if len(query.words):
            covered_before = _words(corpus, query, slots, part)
        _conversation(corpus, query, slots, part, covered_before)
    return found.T


def _words(
    corpus: Corpus, query: Query, slots: NDArray[np.int64], part: Mapping[str, Floats]
) -> Floats:
    """Fills in the signals of words. Returns how much of the query the memory before covers."""
    layout = corpus.layout(slots)
    spread, at, rows = layout.spread, layout.at, layout.rows
    alike, told = _similarities(corpus, query)
    # One more, without words: the neighbour where there is none.
    best = np.zeros((len(alike), len(spread) + 1), dtype=np.float32)
    # Most words of the vocabulary are like none of the query's, so only the others are gathered.
    hot = np.flatnonzero(alike.any(axis=0).take(rows))
    if len(hot):
        whose = layout.owners.take(hot)
        firsts = np.flatnonzero(np.diff(whose, prepend=-1))
        matches = alike.take(rows.take(hot), axis=1)
        best[:, whose.take(firsts)] = np.maximum.reduceat(matches, firsts, axis=1)
    best[:, :-1] *= corpus.focus.take(spread)
    said = np.zeros(len(spread) + 1, dtype=np.float32)
    np.add.reduceat(told.take(rows), layout.begins, out=said[:-1])
    cover = query.weights @ best
    own = at[:, REACH]
    part["own_words"][:] = cover.take(own)
    around = best.take(own, axis=1)
    for distance, damping in enumerate(WORDS_DAMPING[1:], 1):
        damped = best * np.float32(damping)
        for side in (REACH - distance, REACH + distance):
            np.maximum(around, damped.take(at[:, side], axis=1), out=around)
    part["words_around"][:] = query.weights @ around
    part["meaning"][:] = (said.take(at) @ _MEANING) / np.maximum(corpus.around_length[slots], 1e-6)
    return cover.take(at[:, REACH - 1])


def _similarities(corpus: Corpus, query: Query) -> tuple[Floats, Floats]:
    """How alike each word of the query is to each of the vocabulary, shape (words, vocabulary),
    0..1; and each vocabulary word's vector, as trained, times the query's meaning."""
    vocabulary = corpus.vocabulary
    alike = vocabulary.cosines(query.words, query.units)
    told = (query.meaning @ alike) * vocabulary.lengths
    alike -= np.float32(SIMILARITY_FLOOR)
    alike *= np.float32(1 / (1 - SIMILARITY_FLOOR))
    np.clip(alike, 0, 1, out=alike)
    for row, word in zip(alike, query.words, strict=True):
        row[vocabulary.rows_of_term(word.term)] = 1
    return alike, told


def _conversation(
    corpus: Corpus,
    query: Query,
    slots: NDArray[np.int64],
    part: Mapping[str, Floats],
    before: Floats,
) -> None:
    """Signals of who said it, when, and in answer to what."""
    speaker = corpus.speaker[slots]
    previous = corpus.neighbours[slots, REACH - 1]
    follows = (previous != NOBODY) & corpus.asks[previous] & (corpus.speaker[previous] != speaker)
    part["follows_question"][:] = follows
    part["answers"][:] = np.where(follows, before, 0)
    part["asks"][:] = corpus.asks[slots] & corpus.in_session[slots]
    part["summary"][:] = corpus.is_summary[slots]
    if query.speakers:
        asked_of = np.logical_or.reduce([speaker == number for number in query.speakers])
        part["speaker"][:] = asked_of
        part["about_self"][:] = asked_of & corpus.about_self[slots]
    if query.asks_when:
        part["tells_time"][:] = corpus.tells_time[slots]
    if query.spans:
        times = corpus.event_time[slots].astype(np.float64)
        for span in query.spans:
            late = np.maximum(times - span.end, 0) / (LATE_DECAY_DAYS * _DAY)
            early = np.maximum(span.start - times, 0) / (EARLY_DECAY_DAYS * _DAY)
            np.maximum(part["date"], np.exp(-(late + early)), out=part["date"])


def _absent(query: Query) -> float:
    """What is taken off every memory's fit (see ``ABSENCE``): <= 0."""
    asked = WEIGHTS["tells_time"] * query.asks_when + WEIGHTS["date"] * bool(query.spans)
    return -ABSENCE * asked


def rank(
    corpus: Corpus,
    query: Query,
    candidates: Iterable[Key] | None,
    limit: int,
    *,
    explain: bool = False,
) -> list[Scored]:
    """The best memories by relevance alone, best first; see ``rank_slots``.

    Args:
        candidates: what to look at; unknown ones are passed over. None: everything (exact).
    """
    return rank_slots(corpus, query, corpus.slots(candidates), limit, explain=explain)


def rank_slots(
    corpus: Corpus,
    query: Query,
    slots: NDArray[np.int64],
    limit: int,
    *,
    factors: NDArray[np.float64] | None = None,
    explain: bool = False,
) -> list[Scored]:
    """The best memories, best first; equals by time, newest first, then by key.

    Args:
        slots: which memories to look at, each once.
        limit: at most so many.
        factors: shape (len(slots),), 0..1: what multiplies each memory's relevance.
        explain: fill in ``parts``.
    """
    if not len(query.words) and not query.spans:
        return []
    found = signals(corpus, query, slots)
    fits = relevance(found @ _WEIGHTS + _absent(query))
    scores = fits if factors is None else fits * factors
    if 0 < limit < len(scores):
        # Everything as good as the last one that gets in, so that equals are told apart below.
        kept = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit])
    else:
        kept = np.arange(len(scores))
    times = corpus.event_time
    order = sorted(
        (-float(scores[i]), -int(times[slots[i]]), corpus.key(int(slots[i])), i)
        for i in kept.tolist()
    )
    return [
        Scored(
            key,
            int(slots[i]),
            -cost,
            float(fits[i]),
            _parts(query, found[i]) if explain else {},
        )
        for cost, _, key, i in order[: max(limit, 0)]
    ]


def relevance(fit: NDArray[np.float64]) -> NDArray[np.float64]:
    """The fits on the absolute scale, 0..1."""
    scale: NDArray[np.float64] = 1 / (1 + np.exp(-STEEPNESS * (fit - MIDDLE)))
    return scale


def _parts(query: Query, row: Floats) -> dict[str, float]:
    parts = dict(zip(SIGNALS, (row * _WEIGHTS).tolist(), strict=True))
    parts[ABSENT] = _absent(query)
    return parts
