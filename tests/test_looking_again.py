"""What never comes fails the test that waits for it, and is named."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.looking_again import until

pytestmark = pytest.mark.once


async def test_what_comes_is_given() -> None:
    numbers = itertools.count()

    async def look() -> int:
        return next(numbers)

    assert await until("three", look, lambda number: number == 3) == 3


async def test_what_does_not_come_is_named_with_what_was_seen_last() -> None:
    async def look() -> str:
        return "running"

    with pytest.raises(AssertionError, match=r"not within 0 s: its end; seen last: running$"):
        await until("its end", look, lambda state: state == "ended", patience=0)


async def test_a_look_without_an_end_is_given_up() -> None:
    with pytest.raises(AssertionError, match=r"its end; seen last: nothing$"):
        await until("its end", asyncio.Event().wait, bool, patience=0)


async def test_what_a_look_raises_comes_through() -> None:
    async def look() -> bool:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await until("its end", look, bool)
