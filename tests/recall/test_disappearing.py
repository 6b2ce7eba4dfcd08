"""What is taken away is gone from recall at once, also where it was searched a moment ago."""

from __future__ import annotations

from typing import Any

import grpc
import pytest_asyncio

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import recall_service_pb2 as pb
from reverie.v1 import semantic_memory_service_pb2 as semantic
from reverie.v1 import user_service_pb2 as users
from reverie.v1 import working_memory_service_pb2 as working
from tests.recall.talk import PERSONA, USER, WORKING, Talk
from tests.refusals import refusal

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
LAMP, OIL = "The lamp is in the attic.", "Oil for the lamp is in the shed."


@pytest_asyncio.fixture
async def entries(talk: Talk) -> list[str]:
    """The ids of two entries; both personas have just recalled them."""
    ids = await talk.conversation(LAMP, OIL)
    await talk.start("e", persona="elena")
    assert len(await talk.texts("lamp")) == 2
    assert len(await talk.texts("lamp", persona="elena")) == 2
    return ids


async def test_a_deleted_entry(talk: Talk, entries: list[str]) -> None:
    await talk.working.DeleteEntry(
        working.DeleteEntryRequest(**PAIR, session_id="s", entry_id=entries[0])
    )
    assert await talk.texts("lamp") == [OIL]
    assert await talk.texts("lamp", persona="elena") == [OIL]


async def test_a_session_that_leaves_nothing(talk: Talk, entries: list[str]) -> None:
    await talk.end(flush=False)
    assert await talk.texts("lamp") == []
    assert await talk.texts("lamp", persona="elena") == []
    request = pb.MarkUsedRequest(
        **PAIR, memories=[pb.MemoryReference(tier=WORKING, memory_id=entries[0])]
    )
    assert (await refusal(talk.memories.MarkUsed(request))).code is grpc.StatusCode.NOT_FOUND


async def test_a_deleted_episode(talk: Talk, entries: list[str]) -> None:
    ended = await talk.end(summary="About lamps.")
    assert len(await talk.texts("lamp")) == 3
    await talk.episodic.DeleteEpisode(
        episodic.DeleteEpisodeRequest(**PAIR, episode_id=ended.episode_id)
    )
    assert await talk.texts("lamp") == []
    assert await talk.texts("lamp", persona="elena") == []


async def test_what_becomes_private(talk: Talk, entries: list[str]) -> None:
    ended = await talk.end(summary="About lamps.")
    await talk.archived(ended)
    assert len(await talk.texts("lamp", persona="elena")) == 3
    await talk.set_visibility(ended.episode_id, common.VISIBILITY_PRIVATE)
    assert await talk.texts("lamp", persona="elena") == []
    assert len(await talk.texts("lamp")) == 3
    await talk.set_visibility(ended.episode_id, common.VISIBILITY_SHARED)
    assert len(await talk.texts("lamp", persona="elena")) == 3


async def test_a_deleted_user(talk: Talk, entries: list[str]) -> None:
    await talk.users.DeleteUser(users.DeleteUserRequest(user_id=USER))
    assert (await refusal(talk.recall("lamp"))).code is grpc.StatusCode.NOT_FOUND
    await talk.conversation("Somebody new has a lamp.", session_id="new")
    assert await talk.texts("lamp") == ["Somebody new has a lamp."]
    assert await talk.texts("lamp", persona="elena") == ["Somebody new has a lamp."]


async def test_a_deleted_document(talk: Talk, entries: list[str]) -> None:
    for user in (USER, ""):
        await talk.document("lamp", {"lamp": "brass"}, user=user)
    assert len(await talk.texts("brass lamp")) == 4
    for left, user in ((3, USER), (2, "")):
        await talk.semantic.DeleteDocument(
            semantic.DeleteDocumentRequest(user_id=user, persona_id=PERSONA, document_id="lamp")
        )
        assert len(await talk.texts("brass lamp")) == left


async def test_copies_of_a_rehydrated_session_are_not_found_twice(talk: Talk) -> None:
    ids = await talk.conversation(LAMP, OIL)
    await talk.archived(await talk.end(summary="About light."))

    async def found() -> list[str]:
        hits = (await talk.recall("lamp in the attic or shed", tiers=[common.TIER_EPISODIC])).hits
        return sorted(hit.memory_id for hit in hits if hit.entry_ids)

    assert await found() == sorted(ids)
    await talk.episodic.RehydrateSession(
        episodic.RehydrateSessionRequest(**PAIR, session_id="s", new_session_id="again")
    )
    assert await found() == sorted(ids)
    everywhere = (await talk.recall("lamp in the attic or shed")).hits
    assert sorted(hit.memory_id for hit in everywhere if hit.entry_ids) == sorted(ids)
    # In its own session a copy is found.
    inside = await talk.working.SearchEntries(
        working.SearchEntriesRequest(**PAIR, session_id="again", query="lamp")
    )
    assert [hit.entry.content for hit in inside.hits] == [LAMP, OIL]
    assert not {hit.entry.entry_id for hit in inside.hits} & set(ids)
    # With the original gone, its copy is what there is.
    await talk.working.DeleteEntry(
        working.DeleteEntryRequest(**PAIR, session_id="s", entry_id=ids[0])
    )
    left = [hit for hit in (await talk.recall("lamp in the attic or shed")).hits if hit.entry_ids]
    assert sorted(hit.text for hit in left) == [OIL, LAMP]
    assert {hit.session_id for hit in left if hit.text == LAMP} == {"again"}
