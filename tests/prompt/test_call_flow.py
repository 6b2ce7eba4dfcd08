"""A user and a persona from their first call to the tenth, as a bot would live it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import grpc.aio
import pytest

from reverie.v1 import working_memory_service_pb2 as working
from tests.rpc.contract import answer
from tests.rpc.world import at_rest

ALICE: Final[Mapping[str, Any]] = {"user_id": "alice", "persona_id": "brad"}
BOB: Final[Mapping[str, Any]] = {"user_id": "bob", "persona_id": "brad"}
BUDGET = 2_000
SARAH = "conflict with Sarah"
CALLS: Final[tuple[tuple[str, ...], ...]] = (
    ("Hey Brad. I love rock climbing, I go every week.",),
    ("I work as a software engineer at TechCorp.",),
    ("Sarah at work took credit for my release again.",),
    ("I talked to Sarah, she got defensive.",),
    ("My brother lives in Ohio.",),
    ("Sarah apologised, we are fine now.",),
    ("I'm allergic to peanuts.",),
    ("I quit my job at TechCorp.",),
    ("I started working at Initech.",),
    ("I hate Mondays.",),
)
STORYLINES: Final[Mapping[int, working.SuppliedStoryline]] = {
    3: working.SuppliedStoryline(
        topic=SARAH, status=working.STORYLINE_STATUS_NEW, summary="Sarah takes credit for her work."
    ),
    4: working.SuppliedStoryline(
        topic=SARAH, status=working.STORYLINE_STATUS_ONGOING, summary="Sarah got defensive."
    ),
    6: working.SuppliedStoryline(
        topic=SARAH, status=working.STORYLINE_STATUS_RESOLVED, summary="Sarah apologised."
    ),
}


@pytest.fixture
async def brad(channel: grpc.aio.Channel) -> grpc.aio.Channel:
    """Brad, who is Alice's friend and Bob's boyfriend."""
    core = "You are Brad, a decisive, confident guy who does not sugarcoat things."
    await answer(
        channel,
        "CreatePersona",
        persona_id="brad",
        persona={"display_name": "Brad", "core_prompt": core},
    )
    await answer(
        channel,
        "GetOrCreateRelationship",
        **ALICE,
        custom_prompt="You and Alice are close bros. You call her 'dude'.",
    )
    await answer(
        channel,
        "GetOrCreateRelationship",
        **BOB,
        relationship_type="boyfriend",
        custom_prompt="You are Bob's boyfriend. You call him 'babe'.",
    )
    return channel


async def live(
    channel: grpc.aio.Channel, pair: Mapping[str, Any], number: int, texts: Sequence[str]
) -> None:
    """One call from its start to the end of what is worked out of it."""
    session = {**pair, "session_id": f"{pair['user_id']}-{number}"}
    await answer(channel, "StartSession", **session)
    said = [working.Entry(role=working.ROLE_USER, content=text) for text in texts]
    await answer(channel, "AppendEntries", **session, entries=said)
    told = [STORYLINES[number]] if pair is ALICE and number in STORYLINES else []
    await answer(channel, "EndSession", **session, storylines=told)
    await at_rest(channel)


async def prompt(channel: grpc.aio.Channel, pair: Mapping[str, Any], topic: str = "") -> Any:
    composed = await answer(channel, "ComposePrompt", **pair, token_budget=BUDGET, topic=topic)
    assert composed.token_count <= BUDGET
    return composed


def section(composed: Any, name: str) -> str:
    return "".join(each.text for each in composed.sections if each.name == name)


async def test_ten_calls(brad: grpc.aio.Channel) -> None:
    before = {}
    for number, texts in enumerate(CALLS, 1):
        before[number] = await prompt(brad, ALICE)
        await live(brad, ALICE, number, texts)
    await live(brad, BOB, 1, ("I love sailing, and I burnt the lasagna.",))
    alice, bob = await prompt(brad, ALICE), await prompt(brad, BOB)

    # Said in call 1, it is known in all that follow.
    assert "rock climbing" not in before[1].prompt.lower()
    for number in (2, 5, 10):
        assert "rock climbing" in before[number].prompt.lower(), number
    # A storyline is followed up until it is resolved.
    followed_up = [number for number, each in before.items() if SARAH in each.prompt]
    assert followed_up == [4, 5, 6]
    assert "got defensive" in before[5].prompt
    # What is no longer so is known no longer.
    assert "TechCorp" in section(before[3], "known")
    known = section(alice, "known")
    assert "Initech" in known
    assert "at TechCorp" not in known

    assert section(alice, "core_identity").encode() == section(bob, "core_identity").encode()
    assert "'dude'" in alice.prompt
    assert "'babe'" in bob.prompt
    for word in ("climbing", "Sarah", "TechCorp", "Initech", "peanuts", "dude"):
        assert word not in bob.prompt, word
    for word in ("sailing", "lasagna", "babe"):
        assert word not in alice.prompt, word

    recent = await answer(brad, "GetRecentCalls", **ALICE)
    assert [call.session_id for call in recent.calls] == [
        f"alice-{number}" for number in range(10, 0, -1)
    ]
    assert (await answer(brad, "GetRelationship", **ALICE)).relationship.total_calls == 10
