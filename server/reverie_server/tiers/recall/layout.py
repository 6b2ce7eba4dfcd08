"""How the memories that are scored lie in a corpus's arrays, and what no query changes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reverie_server.tiers.recall.speakers import NOBODY
from reverie_server.tiers.recall.weights import REACH

if TYPE_CHECKING:
    from reverie_server.tiers.recall.corpus import Corpus

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Layout:
    """Of some slots, and of their neighbours with them. Stale once the corpus has changed."""

    slots: Places
    spread: Places
    """The slots with all their neighbours, ascending."""
    at: Places
    """Shape (2 * REACH + 1, len(slots)): where in ``spread`` each slot's neighbours stand, from
    REACH before to REACH after; len(spread) where there is none."""
    rows: Places
    """The vocabulary rows of the words of ``spread``, one memory after the other."""
    owners: Places
    """Of which memory of ``spread`` each of ``rows`` is."""
    focus: NDArray[np.float32]
    """What a word of each memory of ``spread`` counts."""
    speaker: NDArray[np.int32]
    """Who says it, for each of ``slots``."""
    follows: Mask
    """Whether somebody else has just asked something."""
    asks: Mask
    """Whether it is a turn that asks."""
    is_summary: Mask

    @classmethod
    def of(cls, corpus: Corpus, slots: Places) -> Layout:
        """
        Args:
            slots: ascending, each once.
        """
        near = corpus.neighbours[slots]
        wanted = np.zeros(len(corpus.neighbours) + 1, dtype=np.bool_)
        wanted[near.ravel()] = True  # NOBODY, -1, marks the extra last place
        wanted[-1] = False
        spread = np.flatnonzero(wanted)
        place = np.full(len(wanted), len(spread), dtype=np.int64)
        place[spread] = np.arange(len(spread))
        counts = corpus.word_count[spread]
        begins = np.cumsum(counts) - counts
        owners = np.repeat(np.arange(len(spread)), counts)
        at_words = np.arange(len(owners)) + (corpus.word_start[spread] - begins).take(owners)
        previous = near[:, REACH - 1]
        speaker = corpus.speaker[slots]
        return cls(
            slots=slots,
            spread=spread,
            at=np.ascontiguousarray(place[near].T),
            rows=corpus.word_rows.take(at_words).astype(np.int64),
            owners=owners,
            focus=corpus.focus[spread],
            speaker=speaker,
            follows=(previous != NOBODY)
            & corpus.asks[previous]
            & (corpus.speaker[previous] != speaker),
            asks=corpus.asks[slots] & corpus.in_session[slots],
            is_summary=corpus.is_summary[slots],
        )
