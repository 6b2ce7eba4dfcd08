"""The figures that benchmarks give: recall at k, percentiles, area under the ROC curve."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from statistics import fmean


def recall_at(k: int, found: Sequence[str], evidence: Collection[str]) -> float:
    """The share, 0..1, of the evidence (at least one) among the first k found; ``found`` holds
    nothing twice."""
    return len(set(found[:k]).intersection(evidence)) / len(evidence)


def distinct(items: Iterable[str]) -> list[str]:
    """Each item where it first comes."""
    return list(dict.fromkeys(items))


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values to take a percentile of")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def area_under_curve(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """How likely, 0..1, a positive scores higher than a negative, ties counting half (the area
    under the ROC curve by Mann and Whitney). Neither may be empty."""
    ordered = sorted(negatives)
    wins = ((bisect_left(ordered, score) + bisect_right(ordered, score)) / 2 for score in positives)
    return fmean(wins) / len(ordered)
