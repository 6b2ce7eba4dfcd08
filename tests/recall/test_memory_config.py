"""What a relationship's memory_config keeps from being recalled, over gRPC."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import pytest_asyncio

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import fact_service_pb2 as facts
from reverie.v1 import fact_service_pb2_grpc
from reverie.v1 import relationship_service_pb2 as relationship
from reverie.v1 import semantic_memory_service_pb2 as semantic
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.finder import Question
from tests.channels import connect
from tests.recall.house import House
from tests.recall.talk import EPISODIC, PERSONA, SEMANTIC, USER, Talk

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
DETAILS = "remember_relationship_details"
CONVERSATIONS = "remember_past_conversations"
PERSONAL = "remember_personal_facts"

ALL_OFF: dict[str, Any] = dict.fromkeys((DETAILS, CONVERSATIONS, PERSONAL), False)

ENDED = "The kayak was stolen by a heron."
SUMMARY = "Talked about a stolen kayak."
ELSEWHERE = "Elena heard about the kayak club."
ACTIVE = "A new kayak comes on Monday."
FACT = "Owns a kayak."
PINNED = "Paddles a kayak on Sundays."
OF_THE_TWO = "They met at a kayak race."
JOKE = "The kayak ate the sandwich."
OWN_DOCUMENT = "The kayak is insured."
SHARED_DOCUMENT = "Every kayak of the club is red."
PROCEDURE = "Ask about the kayak first."

GONE = {
    DETAILS: {OF_THE_TWO, JOKE},
    CONVERSATIONS: {ENDED, SUMMARY, ELSEWHERE},
    PERSONAL: {FACT, PINNED, OWN_DOCUMENT},
}


async def remember(talk: Talk, **switches: Any) -> None:
    """Sets the relationship's settings; what is not said takes its default."""
    await talk.relationships.UpdateRelationship(
        relationship.UpdateRelationshipRequest(
            user_id=USER,
            persona_id=PERSONA,
            relationship=relationship.Relationship(
                memory_config=relationship.MemoryConfig(**switches)
            ),
            update_mask={"paths": ["memory_config"]},
        )
    )


@pytest_asyncio.fixture
async def full(house: House) -> House:
    """A house with something about kayaks in every tier, whoever learnt it."""
    talk = house.talk
    await talk.conversation(ENDED, session_id="old")
    await talk.archived(await talk.end("old", summary=SUMMARY))
    await talk.conversation(ELSEWHERE, session_id="elena", persona="elena")
    await talk.archived(await talk.end("elena", persona="elena", summary="Nothing."))
    await talk.conversation(ACTIVE, session_id="now")
    await talk.document("mine", {"text": OWN_DOCUMENT})
    await talk.document("club", {"text": SHARED_DOCUMENT}, user="")
    await talk.procedure("greeting", PROCEDURE, user=USER, persona=PERSONA)
    async with connect(house.address, house.workspace) as channel:
        stub: Any = fact_service_pb2_grpc.FactServiceStub(channel)
        told = [
            facts.NewFact(statement=FACT),
            facts.NewFact(statement=PINNED, pinned=True),
            facts.NewFact(statement=OF_THE_TWO, scope=facts.FACT_SCOPE_RELATIONSHIP),
            facts.NewFact(statement=JOKE, category="inside_joke"),
        ]
        await stub.AddFacts(facts.AddFactsRequest(**PAIR, facts=told))
    return house


async def recalled(talk: Talk, **more: Any) -> set[str]:
    """Which of the texts above are found."""
    known = {text for texts in GONE.values() for text in texts}
    known |= {ACTIVE, SHARED_DOCUMENT, PROCEDURE}
    texts = await talk.texts("kayak", limit=50, **more)
    return {text for text in known if any(text in found for found in texts)}


@pytest.mark.parametrize("switch", [DETAILS, CONVERSATIONS, PERSONAL])
async def test_what_is_switched_off_is_not_recalled(full: House, switch: str) -> None:
    talk = full.talk
    everything = await recalled(talk)
    assert everything >= {text for texts in GONE.values() for text in texts}
    await remember(talk, **{switch: False})

    assert await recalled(talk) == everything - GONE[switch]
    asked = await recalled(talk, tiers=[EPISODIC, common.TIER_FACT, SEMANTIC])
    assert asked == everything - GONE[switch] - {ACTIVE, PROCEDURE}

    await remember(talk)
    assert await recalled(talk) == everything, "nothing was forgotten"


async def test_with_all_off_what_is_said_now_and_what_tells_how_to_behave_is_left(
    full: House,
) -> None:
    await remember(full.talk, **ALL_OFF)
    assert await recalled(full.talk) == {ACTIVE, SHARED_DOCUMENT, PROCEDURE}


async def test_another_persona_recalls_by_its_own_settings(full: House) -> None:
    talk = full.talk
    before = await recalled(talk, persona="elena")
    await remember(talk, **ALL_OFF)
    assert await recalled(talk, persona="elena") == before


async def test_how_many_calls_come_by_themselves_does_not_matter_to_a_search(full: House) -> None:
    before = await recalled(full.talk)
    await remember(full.talk, auto_recall_depth=0)
    assert await recalled(full.talk) == before


async def found_by_searching(house: House) -> dict[str, set[str]]:
    """What the searches of the tiers find."""
    talk, search = house.talk, {**PAIR, "query": "kayak", "page_size": 50}
    async with connect(house.address, house.workspace) as channel:
        stub: Any = fact_service_pb2_grpc.FactServiceStub(channel)
        of_facts = await stub.SearchFacts(facts.SearchFactsRequest(**search))
    episodes = await talk.episodic.SearchEpisodes(episodic.SearchEpisodesRequest(**search))
    documents = await talk.semantic.SearchDocuments(semantic.SearchDocumentsRequest(**search))
    return {
        "facts": {hit.fact.statement for hit in of_facts.hits},
        "episodes": {hit.episode.summary for hit in episodes.hits},
        "documents": {hit.document.document_id for hit in documents.hits},
    }


async def test_the_searches_of_the_tiers_heed_it_too(full: House) -> None:
    everything = await found_by_searching(full)
    assert everything == {
        "facts": {FACT, PINNED, OF_THE_TWO, JOKE},
        "episodes": {SUMMARY, "Nothing."},
        "documents": {"mine"},
    }
    await remember(full.talk, **{CONVERSATIONS: False})
    assert await found_by_searching(full) == {**everything, "episodes": set()}
    await remember(full.talk, **{PERSONAL: False})
    assert await found_by_searching(full) == {
        **everything,
        "facts": {OF_THE_TWO, JOKE},
        "documents": set(),
    }
    await remember(full.talk, **{DETAILS: False})
    assert await found_by_searching(full) == {**everything, "facts": {FACT, PINNED}}


async def test_reads_by_name_stay_complete(full: House) -> None:
    talk = full.talk

    async def read() -> list[Any]:
        async with connect(full.address, full.workspace) as channel:
            stub: Any = fact_service_pb2_grpc.FactServiceStub(channel)
            of_facts = await stub.ListFacts(facts.ListFactsRequest(**PAIR))
            profile = await stub.GetUserProfile(facts.GetUserProfileRequest(**PAIR))
        memories = relationship.ListMemoriesRequest(**PAIR, page_size=100)
        old = {**PAIR, "session_id": "old"}
        searched = working.SearchEntriesRequest(**old, query="kayak")
        return [
            [each.statement for each in of_facts.facts],
            [*profile.user_facts, *profile.relationship_facts, *profile.inside_jokes],
            [each.memory_id for each in (await talk.relationships.ListMemories(memories)).memories],
            (await talk.episodic.ListEpisodes(episodic.ListEpisodesRequest(**PAIR))).episodes,
            (await talk.episodic.GetEpisode(episodic.GetEpisodeRequest(**old))).episode,
            (await talk.semantic.ListDocuments(semantic.ListDocumentsRequest(**PAIR))).documents,
            (await talk.working.ListEntries(working.ListEntriesRequest(**old))).entries,
            [hit.entry for hit in (await talk.working.SearchEntries(searched)).hits],
        ]

    before = await read()
    assert all(before)
    await remember(talk, **ALL_OFF)
    assert await read() == before


@pytest.mark.parametrize("switch", [DETAILS, CONVERSATIONS, PERSONAL])
async def test_it_holds_when_the_index_chooses_what_is_scored(full: House, switch: str) -> None:
    await full.indexed()
    await remember(full.talk, **{switch: False})
    finder = full.finder(scored_whole=0)
    found = await finder.find(full.reader, Question("kayak", depth=50))
    everything = await finder.find(full.reader, Question("kayak", depth=50, complete=True))
    kinds = Counter(each.key[0] for each in everything.found)
    kinds -= Counter(each.key[0] for each in found.found)
    assert (
        kinds
        == {
            DETAILS: {Kind.FACT: 2},
            CONVERSATIONS: {Kind.ENTRY: 2, Kind.EPISODE: 2},
            PERSONAL: {Kind.FACT: 2, Kind.DOCUMENT: 1},
        }[switch]
    )


async def test_a_user_without_a_relationship_to_the_persona_is_not_restricted(full: House) -> None:
    await remember(full.talk, **ALL_OFF)
    assert ENDED in await full.talk.texts("stolen kayak", persona="nobody", limit=50)
    assert common.TIER_FACT in {
        hit.tier for hit in (await full.talk.recall("kayak", persona="nobody", limit=50)).hits
    }
