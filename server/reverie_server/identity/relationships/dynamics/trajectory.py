"""Scores over time, in buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import InvalidArgument
from reverie_server.identity.relationships.dynamics.model import Scores

MOST_BUCKETS: Final = 1_000
DAY_SECONDS: Final = 86_400
DEFAULT_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval of time, cut into buckets; microseconds, UTC."""

    start: int
    end: int
    bucket: int
    """Microseconds; the last bucket may be shorter."""

    @property
    def bucket_count(self) -> int:
        return -((self.start - self.end) // self.bucket)


@dataclass(frozen=True, slots=True)
class Filled:
    """A bucket in which something happened."""

    interaction_count: int
    mean: Scores
    last: Scores


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of time."""

    start_time: int
    interaction_count: int
    mean: Scores | None
    """None: nothing happened."""
    last: Scores
    """After the last interaction so far."""


def span(start: int | None, end: int | None, bucket_seconds: int, now: int) -> Span:
    """What is asked for; None and 0 take the defaults.

    Raises:
        InvalidArgument: the start is not before the end, or there are too many buckets.
    """
    end = now if end is None else end
    bucket = (bucket_seconds or DAY_SECONDS) * MICROSECONDS
    start = end - DEFAULT_DAYS * DAY_SECONDS * MICROSECONDS if start is None else start
    if start >= end:
        raise InvalidArgument.of("start_time", "is not before end_time")
    asked = Span(start, end, bucket)
    if asked.bucket_count > MOST_BUCKETS:
        raise InvalidArgument.of(
            "bucket_seconds", f"would make more than {MOST_BUCKETS} buckets of this interval"
        )
    return asked


def buckets(span: Span, filled: Mapping[int, Filled], before: Scores) -> tuple[Bucket, ...]:
    """Every bucket of a span.

    Args:
        filled: those in which something happened, by their place.
        before: the scores at the start.
    """
    series, last = [], before
    for place in range(span.bucket_count):
        found = filled.get(place)
        last = found.last if found else last
        series.append(
            Bucket(
                start_time=span.start + place * span.bucket,
                interaction_count=found.interaction_count if found else 0,
                mean=found.mean if found else None,
                last=last,
            )
        )
    return tuple(series)
