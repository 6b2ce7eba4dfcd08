"""Facts in prompts: what is true now, what a topic chooses, and what was learnt to avoid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import grpc.aio

from reverie.v1 import common_pb2 as common
from reverie.v1 import prompt_service_pb2 as pb
from tests.prompt.materials import facts
from tests.rpc.contract import answer

ALICE: Final[Mapping[str, Any]] = {"user_id": "alice", "persona_id": "brad"}


async def learn(channel: grpc.aio.Channel, *told: Mapping[str, Any]) -> list[str]:
    added = await answer(channel, "AddFacts", **ALICE, facts=told)
    return [each.fact_id for each in added.told]


def text_of(prompt: Any, name: str) -> str:
    return next((each.text for each in prompt.sections if each.name == name), "")


async def test_forty_seven_facts_fit_what_there_is_room_for(channel: grpc.aio.Channel) -> None:
    ids = await learn(
        channel,
        *(
            {"statement": each.text, "importance": each.importance, "pinned": each.pinned}
            for each in facts(47)
        ),
    )
    request = {**ALICE, "topic": "rock climbing", "token_budget": 1_000}
    prompt = await answer(channel, "ComposePrompt", **request)
    assert prompt.token_count <= 1_000
    included = [each.memory_id for each in prompt.included if each.tier == common.TIER_FACT]
    dropped = [each.memory_id for each in prompt.dropped if each.tier == common.TIER_FACT]
    assert sorted(included + dropped) == sorted(ids)
    assert {each.reason for each in prompt.dropped} == {pb.DROP_REASON_OVER_BUDGET}
    assert included[0] == ids[11], "what is pinned comes first"
    assert "rock climbing" in text_of(prompt, "known").split("\n")[3]
    assert prompt == await answer(channel, "ComposePrompt", **request)


async def test_what_is_over_is_not_in_it_and_jokes_have_their_place(
    channel: grpc.aio.Channel,
) -> None:
    await learn(
        channel,
        {"statement": "Lives in Ohio", "predicate": "lives_in", "object": "Ohio"},
        {"statement": "The burrito incident", "category": "inside_joke"},
    )
    await learn(
        channel, {"statement": "Lives in Texas", "predicate": "lives_in", "object": "Texas"}
    )
    prompt = await answer(channel, "ComposePrompt", **ALICE)
    assert "Texas" in text_of(prompt, "known")
    assert "Ohio" not in prompt.prompt
    assert "The burrito incident" in text_of(prompt, "inside_jokes")


async def test_a_learnt_topic_to_avoid_leaves_facts_out(channel: grpc.aio.Channel) -> None:
    (gone, _, _) = await learn(
        channel,
        {"statement": "Passed away 2018", "subject": "dad"},
        {"statement": "Has a boat", "subject": "dad"},
        {
            "statement": "Does not want to talk about her dad's death",
            "category": "preference",
            "predicate": "topic_to_avoid",
            "object": "dad's death",
        },
    )
    prompt = await answer(channel, "ComposePrompt", **ALICE)
    assert "Do not bring up: dad's death" in text_of(prompt, "style")
    assert "dad: Has a boat" in prompt.prompt
    assert "2018" not in prompt.prompt
    (dropped,) = prompt.dropped
    assert (dropped.memory_id, dropped.reason) == (gone, pb.DROP_REASON_AVOIDED_TOPIC)
