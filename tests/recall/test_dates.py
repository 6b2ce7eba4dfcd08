"""The times that queries speak of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.tiers.recall.dates import spans_of

NOW = datetime(2025, 6, 18, 15, tzinfo=UTC)  # a Wednesday


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def days(text: str) -> list[tuple[str, int]]:
    """First day and number of days of each span."""
    spans = spans_of(text, micros(NOW), micros(datetime(2023, 1, 1, tzinfo=UTC)), micros(NOW))
    return [
        (
            datetime.fromtimestamp(span.start / 1e6, UTC).date().isoformat(),
            round((span.end - span.start) / 86_400_000_000),
        )
        for span in spans
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What happened in May 2024?", [("2024-05-01", 31)]),
        ("What happened on 3 June 2024?", [("2024-06-03", 1)]),
        ("What happened on June 3rd, 2024?", [("2024-06-03", 1)]),
        ("the 3rd of June, 2024", [("2024-06-03", 1)]),
        ("on 2024-02-29", [("2024-02-29", 1)]),
        ("during 2024", [("2024-01-01", 366)]),
        ("in February", [("2023-02-01", 28), ("2024-02-01", 29), ("2025-02-01", 28)]),
        ("what did I do yesterday", [("2025-06-17", 1)]),
        ("last week", [("2025-06-05", 14)]),
        ("last weekend", [("2025-06-14", 2)]),
        ("two weeks ago", [("2025-06-01", 7)]),
        ("may I ask you something", []),
        ("May I ask you something", []),
        ("it may rain", []),
        ("February 30, 2024", []),
        ("room 2512, 12 eggs", []),
        ("", []),
    ],
)
def test_spans(text: str, expected: list[tuple[str, int]]) -> None:
    assert days(text) == expected


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for _, length in days(text):
        assert length >= 1


@given(
    st.integers(1, 400), st.sampled_from(["day", "week", "month", "year"]), st.integers(0, 10**16)
)
def test_long_ago_is_read(count: int, unit: str, now: int) -> None:
    assert isinstance(spans_of(f"{count} {unit}s ago", now, 0, now), tuple)
