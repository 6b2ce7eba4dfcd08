"""Fits the weights of signals so that what answers a question ranks above what does not.

The conditional logit (McFadden, 1974), which is the listwise loss of learning to rank (Cao et al.,
2007): of all a question's choices, one is drawn with probability softmax(signals x weights); the
weights make the answers as likely as they can be, held small by a light penalty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ITERATIONS = 120
RATE = 0.1
PENALTY = 1e-3

Floats = NDArray[np.float64]


def fit(choices: Sequence[NDArray[np.float32]], answers: Sequence[NDArray[np.int64]]) -> Floats:
    """The weights, shape (signals,).

    Args:
        choices: for each question, its signals, shape (choices, signals).
        answers: for each question, the rows that answer it, at least one.
    """
    sizes = np.array([len(each) for each in choices])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    signals = np.concatenate(choices).astype(np.float64)
    spread = signals.std(axis=0) + 1e-9
    signals /= spread
    drawn = np.zeros(len(signals))
    for start, rows in zip(starts, answers, strict=True):
        drawn[start + rows] = 1 / len(rows)
    observed = drawn @ signals / len(sizes)
    weights = np.zeros(signals.shape[1])
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, ITERATIONS + 1):
        likely = _softmax(signals @ weights, starts, sizes)
        slope = likely @ signals / len(sizes) - observed + PENALTY * weights
        # Adam (Kingma and Ba, 2015).
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    unscaled: Floats = weights / spread
    return unscaled


def _softmax(fits: Floats, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Floats:
    """Of each question's stretch by itself."""
    likely: Floats = np.exp(fits - np.repeat(np.maximum.reduceat(fits, starts), sizes))
    likely /= np.repeat(np.add.reduceat(likely, starts), sizes)
    return likely
