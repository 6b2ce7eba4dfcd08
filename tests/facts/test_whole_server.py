"""Facts in the whole server: found, listed, used and kept in the index as they are true."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import persona_service_pb2 as personas
from reverie.v1 import recall_service_pb2 as recall
from reverie.v1 import relationship_service_pb2 as relationships
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.clock import MICROSECONDS
from reverie_server.index.memory_index import Kind, Owner
from reverie_server.rpc.timestamps import timestamp as moment
from reverie_server.scope import Reader
from reverie_server.tiers.facts.forgetting import FactEvidence
from reverie_server.tiers.facts.model import NewFact, Outcome
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.provenance import TRUST, Source
from reverie_server.tiers.recall.columns import Condition
from reverie_server.tiers.recall.finder import Question
from reverie_server.tiers.working.records import SessionRecords
from reverie_server.tiers.working.vectors import EmbedderVectors
from tests.channels import connect
from tests.facts.conftest import day
from tests.fresh_database import ManualClock
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER, said
from tests.refusals import refusal

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", clock) as house:
        yield house


@pytest.fixture
async def stub(house: House) -> AsyncIterator[rpc.FactServiceStub]:
    async with connect(house.address, house.workspace) as channel:
        yield rpc.FactServiceStub(channel)


def told(statement: str, predicate: str, thing: str, since: float, **more: Any) -> pb.NewFact:
    return pb.NewFact(
        statement=statement,
        predicate=predicate,
        object=thing,
        valid_from=moment(day(since)),
        **more,
    )


async def add(stub: rpc.FactServiceStub, *facts: pb.NewFact) -> list[str]:
    answer = await stub.AddFacts(pb.AddFactsRequest(**PAIR, facts=facts))
    return [each.fact_id for each in answer.told]


@pytest.mark.parametrize("change", ["Confirm", "Retract", "Restore", "Update"])
async def test_a_retry_shows_the_change_and_nothing_of_a_fact_that_is_gone(
    house: House, stub: rpc.FactServiceStub, change: str
) -> None:
    (fact_id,) = await add(stub, told("Ann lives in Bern.", "lives_in", "Bern", 0))
    if change == "Restore":
        await stub.RetractFact(pb.RetractFactRequest(**PAIR, fact_id=fact_id))
    other = {"user_id": USER, "persona_id": "quinn", "request_id": "r"}
    request = (
        pb.UpdateFactRequest(
            **other,
            fact=pb.Fact(fact_id=fact_id, pinned=True),
            update_mask=FieldMask(paths=["pinned"]),
        )
        if change == "Update"
        else getattr(pb, f"{change}FactRequest")(**other, fact_id=fact_id)
    )
    send = getattr(stub, f"{change}Fact")
    first = await send(request)
    await stub.UpdateFact(
        pb.UpdateFactRequest(
            **PAIR,
            fact=pb.Fact(fact_id=fact_id, statement="Ann lives in Thun."),
            update_mask=FieldMask(paths=["statement"]),
        )
    )
    assert await send(request) == first

    await house.talk.personas.DeletePersona(
        personas.DeletePersonaRequest(persona_id=PERSONA, force=True)
    )

    assert (await refusal(send(request))).code is grpc.StatusCode.NOT_FOUND


async def recalled(house: House, query: str, **more: Any) -> list[recall.MemoryHit]:
    request = recall.RecallRequest(**PAIR, query=query, tiers=[common.TIER_FACT], **more)
    return list((await house.talk.memories.Recall(request)).hits)


async def texts(house: House, query: str, **more: Any) -> list[str]:
    return sorted(hit.text for hit in await recalled(house, query, **more))


BERN = told("Ann lives in Bern by the river.", "lives_in", "Bern", 0)
THUN = told("Ann lives in Thun by the lake.", "lives_in", "Thun", 10)
QUESTION = "Where does Ann live?"


async def test_recall_knows_what_is_true_when(
    house: House, stub: rpc.FactServiceStub, clock: ManualClock
) -> None:
    before = clock.now()
    await add(stub, BERN)
    clock.advance(60)
    knew_bern = clock.now()
    clock.advance(60)
    await add(stub, THUN, told("Ann plays chess on Mondays.", "plays", "chess", 3))
    (hit,) = await recalled(house, QUESTION, limit=1)
    assert (hit.tier, hit.text) == (common.TIER_FACT, THUN.statement)
    assert (hit.valid_from, hit.HasField("valid_to")) == (moment(day(10)), False)
    assert BERN.statement not in await texts(house, QUESTION)

    (hit,) = await recalled(house, QUESTION, limit=1, as_of=moment(day(5)))
    assert (hit.text, hit.valid_to) == (BERN.statement, moment(day(10)))
    known_then = moment(knew_bern)
    assert await texts(house, QUESTION, known_at=known_then) == [BERN.statement]
    assert await texts(house, QUESTION, known_at=known_then, as_of=moment(day(12))) == [
        BERN.statement
    ]
    assert await texts(house, QUESTION, known_at=moment(before - MICROSECONDS)) == []


async def test_what_is_retracted_is_found_only_as_it_was_known(
    house: House, stub: rpc.FactServiceStub, clock: ManualClock
) -> None:
    (fact_id,) = await add(stub, BERN)
    clock.advance(60)
    then = moment(clock.now())
    clock.advance(60)
    await stub.RetractFact(pb.RetractFactRequest(**PAIR, fact_id=fact_id))
    assert await texts(house, QUESTION) == await texts(house, QUESTION, as_of=then) == []
    assert await texts(house, QUESTION, known_at=then) == [BERN.statement]
    await stub.RestoreFact(pb.RestoreFactRequest(**PAIR, fact_id=fact_id))
    assert await texts(house, QUESTION) == [BERN.statement]


async def test_a_fact_begins_and_ends_by_itself(
    house: House, stub: rpc.FactServiceStub, clock: ManualClock
) -> None:
    now = clock.now()
    trip = pb.NewFact(
        statement="Ann is on a trip to Rome.",
        valid_from=moment(now + 100 * MICROSECONDS),
        valid_to=moment(now + 200 * MICROSECONDS),
    )
    await add(stub, trip)
    seen = []
    for _ in range(3):
        seen.append(await texts(house, "a trip to Rome"))
        clock.advance(100)
    assert seen == [[], [trip.statement], []]


async def test_little_trust_is_asked_for(
    house: House, stub: rpc.FactServiceStub, clock: ManualClock
) -> None:
    await add(stub, BERN)
    found = await recalled(house, QUESTION, min_trust=0.9)
    assert found == []


async def test_a_fact_rests_on_its_entries(
    house: House, stub: rpc.FactServiceStub, clock: ManualClock
) -> None:
    await house.talk.start("s1")
    said_then = day(3)
    tool = working.Entry(
        role=working.ROLE_TOOL, content="The user's city is Bern.", event_time=moment(said_then)
    )
    user = said("I live in Bern.", at=day(2))
    entry_ids = list((await house.talk.append([tool, user], "s1")).entry_ids)
    new = pb.NewFact(statement="Ann lives in Bern.", predicate="lives_in", object="Bern")
    new.entry_ids.extend(entry_ids)
    (fact_id,) = await add(stub, new)
    stored = (await stub.GetFact(pb.GetFactRequest(**PAIR, fact_id=fact_id))).fact
    assert (stored.session_id, list(stored.entry_ids)) == ("s1", entry_ids)
    assert stored.valid_from == moment(said_then)
    assert stored.trust == TRUST[Source.TOOL]
    (hit,) = await recalled(house, "Bern", limit=1)
    assert (hit.session_id, list(hit.entry_ids)) == ("s1", entry_ids)

    # Whoever takes in what it has derived leaves out what rests on an entry that is gone.
    reader = Reader(house.workspace, USER, PERSONA)
    facts = Facts(SessionRecords(EmbedderVectors(house.floors.embedder), FactEvidence(), expiry=0))
    derived = [
        NewFact("Ann skis.", entry_ids=(entry_ids[1],), source=Source.DERIVED),
        NewFact("Ann sails.", entry_ids=("gone",), source=Source.DERIVED),
        NewFact("Ann is tired.", predicate="tired", source=Source.DERIVED),
        NewFact("Ann is not tired.", predicate="tired", negated=True, source=Source.DERIVED),
    ]
    answer = await house.floors.database.transaction(
        lambda tx: facts.take_in(tx, reader, derived, clock.now())
    )
    assert [each.outcome for each in answer.told] == [
        Outcome.STORED,
        Outcome.NOTHING,
        Outcome.STORED,
        Outcome.NOTHING,
    ]
    skis = await stub.GetFact(pb.GetFactRequest(**PAIR, fact_id=answer.told[0].fact_id))
    assert skis.fact.trust == TRUST[Source.USER]
    assert skis.fact.source == common.MEMORY_SOURCE_DERIVED


async def test_what_rests_on_private_talk_is_private(
    house: House, stub: rpc.FactServiceStub
) -> None:
    (entry_id,) = await house.talk.conversation("Psst.", visibility=common.VISIBILITY_PRIVATE)
    sources: list[dict[str, Any]] = [
        {"session_id": "s", "facts": [pb.NewFact(statement="Ann hides gold.")]},
        {"facts": [pb.NewFact(statement="Ann hides silver.", entry_ids=[entry_id])]},
    ]
    for source in sources:
        (hidden,) = (await stub.AddFacts(pb.AddFactsRequest(**PAIR, **source))).told
        stored = await stub.GetFact(pb.GetFactRequest(**PAIR, fact_id=hidden.fact_id))
        assert stored.fact.visibility == common.VISIBILITY_PRIVATE

        source["facts"][0].visibility = common.VISIBILITY_SHARED
        refused = await refusal(stub.AddFacts(pb.AddFactsRequest(**PAIR, **source)))
        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refused.fields == ("facts[0].visibility",)


async def test_searches_are_filtered(house: House, stub: rpc.FactServiceStub) -> None:
    bern, thun, aunt = await add(
        stub, BERN, THUN, told("Ann's aunt lives in Ohio.", "lives_in", "Ohio", 0, subject="aunt")
    )

    async def search(**more: Any) -> list[str]:
        request = pb.SearchFactsRequest(**PAIR, query=QUESTION, **more)
        return [hit.fact.fact_id for hit in (await stub.SearchFacts(request)).hits]

    assert set(await search()) == {thun, aunt}
    assert await search(subject="aunt") == [aunt]
    assert await search(subject="user") == [thun]
    assert set(await search(include_past=True)) == {bern, thun, aunt}
    assert await search(subject="user", as_of=moment(day(3))) == [bern]
    assert await search(subject="user", known_at=moment(day(0))) == []
    first = await stub.SearchFacts(pb.SearchFactsRequest(**PAIR, query=QUESTION, page_size=1))
    second = await stub.SearchFacts(
        pb.SearchFactsRequest(**PAIR, query=QUESTION, page_size=1, page_token=first.next_page_token)
    )
    assert {hit.fact.fact_id for hit in (*first.hits, *second.hits)} == {thun, aunt}


async def test_lists_and_uses_of_memories_know_facts(
    house: House, stub: rpc.FactServiceStub
) -> None:
    bern, thun = await add(stub, BERN, THUN)
    everything = relationships.ListMemoriesRequest(**PAIR)
    listed = await house.talk.relationships.ListMemories(everything)
    assert [memory.memory_id for memory in listed.memories] == [thun, bern]
    listed = await house.talk.relationships.ListMemories(
        relationships.ListMemoriesRequest(**PAIR, current_only=True)
    )
    assert [memory.memory_id for memory in listed.memories] == [thun]
    assert listed.memories[0].tier == common.TIER_FACT
    reference = recall.MemoryReference(tier=common.TIER_FACT, memory_id=thun)
    marked = await house.talk.memories.MarkUsed(
        recall.MarkUsedRequest(**PAIR, memories=[reference])
    )
    assert marked.revision
    assert bern != thun


async def test_the_index_finds_facts_and_is_made_again_with_them(
    house: House, stub: rpc.FactServiceStub
) -> None:
    await add(stub, BERN, THUN, told("Ann plays chess on Mondays.", "plays", "chess", 3))
    await house.indexed()
    question = Question("Where does Ann live?", 1, condition=Condition(frozenset({Kind.FACT})))

    async def found() -> list[str]:
        findings = await house.finder(scored_whole=0).find(house.reader, question)
        assert not findings.degraded
        assert not findings.exhaustive, "the index was not asked"
        (fact,) = findings.found
        got = await stub.GetFact(pb.GetFactRequest(**PAIR, fact_id=fact.key[1]))
        return [got.fact.statement]

    assert await found() == [THUN.statement]
    await house.talk.operations.Reconcile(operations.ReconcileRequest())
    await house.talk.operations.Reindex(operations.ReindexRequest())
    await house.idle()
    assert await found() == [THUN.statement]
    assert await house.floors.index.count(Owner(house.workspace, USER)) == 3


async def test_the_index_has_what_ever_counted(house: House, stub: rpc.FactServiceStub) -> None:
    _, thun, _ = await add(
        stub,
        BERN,
        THUN,
        told("Ann likes tea.", "likes", "tea", 0, confidence=0.9),
    )
    await add(stub, told("Ann hates tea.", "hates", "tea", 1, confidence=0.1))
    await house.indexed()
    owner = Owner(house.workspace, USER)
    assert await house.floors.index.count(owner) == 3
    await stub.RetractFact(pb.RetractFactRequest(**PAIR, fact_id=thun))
    await house.indexed()
    assert await house.floors.index.count(owner) == 2
