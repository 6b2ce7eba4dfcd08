"""When a job is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.errors import Aborted, InvalidArgument, NotFound, Unavailable
from reverie_server.jobs.retry import RetryPolicy


def test_the_ceilings_are_those_of_the_table() -> None:
    policy = RetryPolicy()
    assert [policy.ceiling(attempt) for attempt in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert policy.ceiling(1_000_000) == policy.most_seconds


@given(draw=st.floats(0, 1, exclude_max=True), attempt=st.integers(1, 10_000))
def test_a_delay_lies_between_nothing_and_the_ceiling(draw: float, attempt: int) -> None:
    policy = RetryPolicy(draw=lambda: draw)
    assert 0 <= policy.delay(attempt) <= policy.ceiling(attempt) * 1_000_000


@pytest.mark.parametrize(
    ("error", "goes_on"),
    [
        (Unavailable("away"), True),
        (Aborted("changed"), True),
        (ValueError("a defect"), True),
        (NotFound.of("session", "s"), False),
        (InvalidArgument.of("field", "wrong"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, goes_on: bool) -> None:
    policy = RetryPolicy(attempts=3)
    assert policy.goes_on(2, error) is goes_on
    assert not policy.goes_on(3, error)
