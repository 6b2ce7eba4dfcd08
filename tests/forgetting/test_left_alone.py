"""What a forgotten memory leaves as it was: carried summaries, and answers that do not tell it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as fact
from reverie.v1 import working_memory_service_pb2 as working
from tests.forgetting.scene import PAIR, Scene, open_scene

EPISODIC, FACT = common.TIER_EPISODIC, common.TIER_FACT


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path / "data") as scene:
        await scene.put("GetOrCreateRelationship", **PAIR)
        yield scene


async def test_a_call_that_went_on_keeps_the_summary_that_did_not_tell_it(scene: Scene) -> None:
    await scene.call("one", "I love rock climbing in the mountains.")
    again = {**PAIR, "session_id": "two"}
    await scene.put(
        "RehydrateSession", **PAIR, session_id="one", new_session_id="two", summary_only=True
    )
    before = (await scene.put("GetSession", **again)).session.rehydrated_summary
    assert "climbing" in before
    line = working.Entry(role=working.ROLE_USER, content="I live in Bern.")
    await scene.put("AppendEntries", **again, entries=[line])
    await scene.put("EndSession", **again)
    await scene.house.idle()

    await scene.forget(await scene.the(FACT, "Bern"))
    await scene.house.idle()

    assert (await scene.put("GetSession", **again)).session.rehydrated_summary == before


async def test_a_call_that_went_on_loses_the_summary_of_one_that_is_forgotten(
    scene: Scene,
) -> None:
    await scene.call("one", "I love rock climbing in the mountains.")
    await scene.put(
        "RehydrateSession", **PAIR, session_id="one", new_session_id="two", summary_only=True
    )
    (episode,) = [each for each in await scene.listed(EPISODIC) if each.session_id == "one"
                  and each.memory_id not in await entries_of(scene, "one")]  # fmt: skip

    await scene.forget(episode)

    session = (await scene.put("GetSession", **PAIR, session_id="two")).session
    assert "climbing" not in session.rehydrated_summary


async def entries_of(scene: Scene, session_id: str) -> set[str]:
    entries = (await scene.put("ListEntries", **PAIR, session_id=session_id)).entries
    return {each.entry_id for each in entries}


async def test_answers_that_only_have_a_word_in_their_form_are_given_again(scene: Scene) -> None:
    start = {**PAIR, "session_id": "one", "request_id": "r"}
    first = await scene.put("StartSession", **start)
    statement = "Has a weekly session with a therapist."
    await scene.put("AddFacts", **PAIR, facts=[fact.NewFact(statement=statement)])

    await scene.forget(await scene.the(FACT, "therapist"))

    assert await scene.put("StartSession", **start) == first
