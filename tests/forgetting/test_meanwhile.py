"""What is forgotten while a call is at work does not get into what it stores."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reverie.v1 import common_pb2 as common
from reverie_server.tiers.episodic.rehydration import Rehydration
from tests.forgetting.scene import PAIR, open_scene


@pytest.mark.parametrize("has_summary", [True, False])
async def test_a_summary_that_a_call_goes_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_summary: bool
) -> None:
    has_read, goes_on = asyncio.Event(), asyncio.Event()
    summary = Rehydration._summary

    async def held(self: Rehydration, *told: object) -> str:
        monkeypatch.setattr(Rehydration, "_summary", summary)
        found = await summary(self, *told)  # type: ignore[arg-type]
        has_read.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr(Rehydration, "_summary", held)
    async with open_scene(tmp_path / "data") as scene:
        await scene.put("GetOrCreateRelationship", **PAIR)
        line = "I live in Bern."
        end = {"summary": "Alice lives in Bern. She climbs."} if has_summary else {"flush": False}
        await scene.call("one", line, end=end)
        if not has_summary:
            await scene.put("ExtractFacts", **PAIR, session_id="one")
        answer = asyncio.create_task(
            scene.put(
                "RehydrateSession",
                **PAIR,
                session_id="one",
                new_session_id="two",
                summary_only=True,
            )
        )
        await has_read.wait()
        await scene.forget(await scene.the(common.TIER_FACT, "Bern"))
        goes_on.set()
        await answer

        session = (await scene.put("GetSession", **PAIR, session_id="two")).session
        assert "Bern" not in session.rehydrated_summary
