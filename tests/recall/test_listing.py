"""ListMemories: everything, in its order, whatever the page size, and nobody else's."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
import pytest_asyncio

from reverie.v1 import common_pb2 as common
from reverie.v1 import relationship_service_pb2 as pb
from reverie_server.clock import MICROSECONDS
from tests.recall.talk import (
    EPISODIC,
    PERSONA,
    PROCEDURAL,
    SEMANTIC,
    USER,
    WORKING,
    Talk,
    said,
)
from tests.refusals import refusal

NOON = 1_760_000_000 * MICROSECONDS


async def listed(
    talk: Talk, *, page_size: int = 1_000, user: str = USER, persona: str = PERSONA, **more: Any
) -> list[common.Memory]:
    """All pages, one after the other."""
    memories: list[common.Memory] = []
    token = ""
    while True:
        page = await talk.relationships.ListMemories(
            pb.ListMemoriesRequest(
                user_id=user, persona_id=persona, page_size=page_size, page_token=token, **more
            )
        )
        assert len(page.memories) <= page_size
        memories += page.memories
        token = page.next_page_token
        if not token:
            return memories
        assert page.memories


@pytest_asyncio.fixture
async def known(talk: Talk) -> list[str]:
    """Memories of every tier, of two personas; the texts that Brad may read, in order."""
    await talk.start("past")
    await talk.append([said(f"past {n}", at=NOON + n) for n in range(70)], "past")
    await talk.archived(await talk.end("past", summary="an older call"))
    await talk.start("elena", persona="elena")
    await talk.append([said("elena's", at=NOON + 1_000)], "elena", persona="elena")
    await talk.archived(await talk.end("elena", persona="elena", summary="elena's call"))
    await talk.start("hers", persona="elena", visibility=common.VISIBILITY_PRIVATE)
    await talk.append([said("private")], "hers", persona="elena")
    await talk.start("now")
    # All at once: their ids tell them apart.
    await talk.append([said(f"now {n}", at=NOON) for n in range(66)], "now")
    await talk.document("first", {"n": 1})
    await talk.document("second", {"n": 2}, persona="elena")
    await talk.document("shared", {"n": 3}, user="")
    await talk.procedure("greeting", "Hello", user=USER, persona=PERSONA)
    await talk.procedure("greeting", "Hi", persona=PERSONA)
    return [
        *(f"now {n}" for n in reversed(range(66))),
        "elena's call",
        "an older call",
        "elena's",
        *(f"past {n}" for n in reversed(range(70))),
        '{"n":2}',
        '{"n":1}',
        "Hello",
    ]


@pytest.mark.parametrize("page_size", [1, 7, 64, 65, 1_000])
async def test_pages_of_any_size_make_the_whole(
    talk: Talk, known: list[str], page_size: int
) -> None:
    memories = await listed(talk, page_size=page_size)
    assert [memory.text.replace(" ", "" if "{" in memory.text else " ") for memory in memories] == (
        known
    )
    assert len({(memory.tier, memory.memory_id) for memory in memories}) == len(known)
    assert [memory.tier for memory in memories] == sorted(memory.tier for memory in memories)


async def test_tiers_and_own(talk: Talk, known: list[str]) -> None:
    for tier, count in ((WORKING, 66), (EPISODIC, 73), (SEMANTIC, 2), (PROCEDURAL, 1)):
        memories = await listed(talk, tiers=[tier], page_size=50)
        assert len(memories) == count
        assert {memory.tier for memory in memories} == {tier}
    own = await listed(talk, own_only=True)
    assert {memory.persona_id for memory in own} == {PERSONA}
    assert len(own) == len(known) - 3


async def test_everybody_lists_his_own(talk: Talk, known: list[str]) -> None:
    hers = {memory.text for memory in await listed(talk, persona="elena")}
    assert hers == set(known) - {"Hello"} | {"private"}
    await talk.conversation("bob's", session_id="bob", user="bob")
    assert [memory.text for memory in await listed(talk, user="bob")] == ["bob's"]
    for user, persona in (("nobody", PERSONA), (USER, "nobody"), ("bob", "elena")):
        refused = await refusal(listed(talk, user=user, persona=persona))
        assert refused.code is grpc.StatusCode.NOT_FOUND


async def test_a_token_is_good_for_its_own_list_only(talk: Talk, known: list[str]) -> None:
    request = pb.ListMemoriesRequest(user_id=USER, persona_id=PERSONA, page_size=5)
    token = (await talk.relationships.ListMemories(request)).next_page_token
    other = pb.ListMemoriesRequest(user_id=USER, persona_id="elena", page_size=5, page_token=token)
    refused = await refusal(talk.relationships.ListMemories(other))
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )


async def test_an_ended_session_s_entries_change_their_tier_and_unkept_ones_go(talk: Talk) -> None:
    await talk.conversation("kept", session_id="kept")
    await talk.conversation("unkept", session_id="unkept")
    assert [each.text for each in await listed(talk, tiers=[WORKING])] == ["unkept", "kept"]
    await talk.archived(await talk.end("kept", summary="summed up"))
    await talk.end("unkept", flush=False)
    assert await listed(talk, tiers=[WORKING]) == []
    assert [each.text for each in await listed(talk)] == ["summed up", "kept"]
