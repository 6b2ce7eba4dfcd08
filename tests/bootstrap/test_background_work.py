"""Background work goes on whatever happens to it."""

from __future__ import annotations

import asyncio

import pytest

from reverie_server.bootstrap import background


async def test_work_that_fails_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "RESTART_SECONDS", 0.0)
    starts = 0
    third = asyncio.Event()

    async def work() -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            raise OSError("a planted failure")
        third.set()
        await asyncio.Event().wait()

    async with background.running(work, "planted"):
        await third.wait()
    assert starts == 3
