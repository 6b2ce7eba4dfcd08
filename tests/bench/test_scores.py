"""The figures that benchmarks give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scores import area_under_curve, distinct, percentile, recall_at


def test_recall_is_the_share_of_the_evidence_among_the_first() -> None:
    found = ["a", "b", "c", "d"]
    assert recall_at(1, found, {"b", "d"}) == 0
    assert recall_at(2, found, {"b", "d"}) == 0.5
    assert recall_at(4, found, {"b", "d"}) == 1
    assert recall_at(9, found, {"b", "x"}) == 0.5


def test_what_is_found_twice_counts_where_it_first_comes() -> None:
    assert distinct(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1_000, 0, -1)]
    assert percentile(values, 50) == 500
    assert percentile(values, 99.9) == 999
    assert percentile(values, 100) == 1_000
    assert percentile([7.0], 0) == 7
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=20),
    st.lists(st.integers(0, 5), min_size=1, max_size=20),
)
def test_area_under_curve_is_the_share_of_pairs_won(ours: list[int], theirs: list[int]) -> None:
    pairs = [(x > y) + (x == y) / 2 for x in ours for y in theirs]
    area = area_under_curve([float(x) for x in ours], [float(y) for y in theirs])
    assert area == pytest.approx(sum(pairs) / len(pairs))
