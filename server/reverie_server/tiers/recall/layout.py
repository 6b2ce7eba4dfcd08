"""How the words and neighbours of the memories that are scored lie in a corpus's arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Of some slots, and of their neighbours with them. Stale once the corpus has changed."""

    slots: Places
    spread: Places
    """The slots with all their neighbours, ascending."""
    at: Places
    """Shape (len(slots), neighbours): where each slot's neighbours stand in ``spread``;
    len(spread) where there is none."""
    rows: Places
    """The vocabulary rows of the words of ``spread``, one memory after the other."""
    begins: Places
    """Where in ``rows`` each memory's words begin."""
    owners: Places
    """Of which memory of ``spread`` each of ``rows`` is."""

    @classmethod
    def of(
        cls,
        slots: Places,
        *,
        neighbours: NDArray[np.int32],
        word_rows: NDArray[np.int32],
        word_start: Places,
        word_count: Places,
    ) -> Layout:
        """
        Args:
            slots: ascending, each once.
            neighbours, word_rows, word_start, word_count: the corpus's; see there.
        """
        near = neighbours[slots]
        wanted = np.zeros(len(neighbours) + 1, dtype=np.bool_)
        wanted[near.ravel()] = True  # NOBODY, -1, marks the extra last place
        wanted[-1] = False
        spread = np.flatnonzero(wanted)
        place = np.full(len(wanted), len(spread), dtype=np.int64)
        place[spread] = np.arange(len(spread))
        counts = word_count[spread]
        begins = np.cumsum(counts) - counts
        owners = np.repeat(np.arange(len(spread)), counts)
        at_words = np.arange(len(owners)) + (word_start[spread] - begins).take(owners)
        return cls(
            slots, spread, place[near], word_rows.take(at_words).astype(np.int64), begins, owners
        )
