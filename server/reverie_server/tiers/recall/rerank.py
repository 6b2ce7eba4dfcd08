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
from reverie_server.tiers.recall.layout import Layout
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.query import Query
from reverie_server.tiers.recall.weights import (
    ABSENCE,
    EARLY_DECAY_DAYS,
    LATE_DECAY_DAYS,
    MIDDLE,
    REACH,
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


def signals(corpus: Corpus, query: Query, slots: NDArray[np.int64]) -> Floats:
    """What each memory has of what the query asks for.

    Returns:
        Shape (len(slots), len(SIGNALS)), each 0..1 (``meaning`` -1..1), in the order of SIGNALS.
    """
    found = np.zeros((len(SIGNALS), len(slots)), dtype=np.float32)
    part = dict(zip(SIGNALS, found, strict=True))
    if len(slots):
        layout = corpus.layout(slots)
        covered_before = np.zeros(len(slots), dtype=np.float32)
        if len(query.words):
            covered_before = _words(corpus, query, layout, part)
            part["meaning"][:] = _meanings(corpus, query, slots)
        _conversation(corpus, query, layout, part, covered_before)
    return found.T


def _words(corpus: Corpus, query: Query, layout: Layout, part: Mapping[str, Floats]) -> Floats:
    """Fills in the signals of words. Returns how much of the query the memory before covers."""
    at = layout.at
    place, alike = _alike(corpus, query)
    # One more, without words: the neighbour where there is none.
    best = np.zeros((len(query.words), len(layout.spread) + 1), dtype=np.float32)
    # Most words of the vocabulary are like none of the query's, so only the others are gathered.
    places = place.take(layout.rows)
    hot = np.flatnonzero(places)
    if len(hot):
        whose = layout.owners.take(hot)
        firsts = np.concatenate(([0], np.flatnonzero(whose[1:] != whose[:-1]) + 1))
        matches = alike.take(places.take(hot), axis=1)
        best[:, whose.take(firsts)] = np.maximum.reduceat(matches, firsts, axis=1)
    best[:, :-1] *= layout.focus
    cover = query.weights @ best
    part["own_words"][:] = cover.take(at[REACH])
    around = best.take(at[REACH], axis=1)
    for distance, damping in enumerate(WORDS_DAMPING[1:], 1):
        damped = best * np.float32(damping)
        for side in (REACH - distance, REACH + distance):
            np.maximum(around, damped.take(at[side], axis=1), out=around)
    part["words_around"][:] = query.weights @ around
    before: Floats = cover.take(at[REACH - 1])
    return before


def _alike(corpus: Corpus, query: Query) -> tuple[NDArray[np.int32], Floats]:
    """How alike the words of the query are to those of the vocabulary.

    Returns:
        For each row of the vocabulary its column in what follows, 0 for one that is like none; and
        shape (words, columns), 0..1.
    """
    found = [
        corpus.likeness.of(word, unit) for word, unit in zip(query.words, query.units, strict=True)
    ]
    place = np.zeros(len(corpus.vocabulary), dtype=np.int32)
    for each in found:
        place[each.rows] = 1
    columns = np.flatnonzero(place)
    place[columns] = np.arange(1, len(columns) + 1)
    alike = np.zeros((len(found), len(columns) + 1), dtype=np.float32)
    for row, each in zip(alike, found, strict=True):
        row[place.take(each.rows)] = each.values
    return place, alike


def _meanings(corpus: Corpus, query: Query, slots: NDArray[np.int64]) -> Floats:
    """The cosines of the query's meaning with those of the memories and what is around them."""
    meaning = query.meaning @ query.units
    around = corpus.around
    if 2 * len(slots) > len(around):
        # Multiplying some rows too many is quicker than gathering the others.
        told: Floats = (around @ meaning).take(slots)
        return told
    of_these: Floats = around[slots] @ meaning
    return of_these


def _conversation(
    corpus: Corpus, query: Query, layout: Layout, part: Mapping[str, Floats], before: Floats
) -> None:
    """Signals of who said it, when, and in answer to what."""
    slots = layout.slots
    part["follows_question"][:] = layout.follows
    np.copyto(part["answers"], before, where=layout.follows)
    part["asks"][:] = layout.asks
    part["summary"][:] = layout.is_summary
    if query.speakers:
        asked_of = np.logical_or.reduce([layout.speaker == number for number in query.speakers])
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
