"""What users say becomes facts when their session has ended: over the wire, in a whole server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie.v1 import relationship_service_pb2 as relationships
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.rpc.timestamps import timestamp as moment
from reverie_server.tiers.facts.ageing import Ageing
from tests.channels import connect
from tests.facts.conftest import day
from tests.facts.contradictions import FREE_TEXT, Claim, FreeText
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER

LEAST_SHARE = 0.9
"""Of the free text cases, in which everything must be right."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as house:
        yield house


@pytest.fixture
async def stub(house: House) -> AsyncIterator[rpc.FactServiceStub]:
    async with connect(house.address, house.workspace) as channel:
        yield rpc.FactServiceStub(channel)


async def call(house: House, text: str, on_day: float, *, user: str = USER, **ended: Any) -> str:
    """A call of long ago in which the user says this; gives the session's id."""
    request = episodic.PutEpisodeRequest(
        user_id=user,
        persona_id=PERSONA,
        start_time=moment(day(on_day)),
        end_time=moment(day(on_day) + 60_000_000),
        entries=[
            working.Entry(role=working.ROLE_USER, content=text, event_time=moment(day(on_day)))
        ],
        **ended,
    )
    answer = await house.talk.episodic.PutEpisode(request)
    await house.idle()
    return str(answer.episode.session_id)


async def facts(stub: rpc.FactServiceStub, *, user: str = USER, **where: Any) -> Sequence[pb.Fact]:
    request = pb.ListFactsRequest(user_id=user, persona_id=PERSONA, page_size=1_000, **where)
    return list((await stub.ListFacts(request)).facts)


def holds(claim: Claim, fact: pb.Fact) -> bool:
    words = fact.object or fact.statement
    return (
        fact.predicate == claim.predicate
        and claim.words in words.lower()
        and fact.subject == claim.subject
    )


async def complaints(stub: rpc.FactServiceStub, case: FreeText, user: str) -> list[str]:
    """What is not as it must be; empty: nothing."""
    current = await facts(stub, user=user)
    everything = await facts(stub, user=user, include_past=True)
    wrong = [f"not now: {each}" for each in case.now if not any(holds(each, f) for f in current)]
    wrong += [f"ever: {each}" for each in case.never if any(holds(each, f) for f in everything)]
    for each in case.once:
        if sum(holds(each, fact) for fact in current) != 1:
            wrong.append(f"not once: {each}")
    for over in case.over:
        then = await facts(stub, user=user, as_of=moment(day(over.as_of_day)))
        if not any(holds(over.claim, fact) for fact in then):
            wrong.append(f"not then: {over}")
        if any(holds(over.claim, fact) for fact in current):
            wrong.append(f"still: {over}")
        if not any(holds(over.claim, fact) for fact in everything):
            wrong.append(f"not in the history: {over}")
    return wrong


async def test_what_is_true_after_users_contradict_themselves(
    house: House, stub: rpc.FactServiceStub
) -> None:
    wrong: dict[str, list[str]] = {}
    for number, case in enumerate(FREE_TEXT):
        user = f"user-{number}"
        for said in case.said:
            await call(house, said.text, said.day, user=user)
        if found := await complaints(stub, case, user):
            wrong[case.name] = found

    assert len(wrong) <= (1 - LEAST_SHARE) * len(FREE_TEXT), wrong
    print(f"{len(FREE_TEXT) - len(wrong)} of {len(FREE_TEXT)} cases; wrong: {wrong}")


async def test_facts_cite_what_they_were_said_in(house: House, stub: rpc.FactServiceStub) -> None:
    session_id = await call(house, "I live in Boston and I love rock climbing.", 0)

    found = await facts(stub)

    assert {fact.predicate for fact in found} == {"lives_in", "loves"}
    for fact in found:
        assert fact.session_id == session_id
        assert len(fact.entry_ids) == 1
        assert fact.valid_from == moment(day(0))
    request = working.GetSessionRequest(user_id=USER, persona_id=PERSONA, session_id=session_id)
    assert (await house.talk.working.GetSession(request)).session.memory_extracted


async def test_what_is_uncertain_is_quarantined(house: House, stub: rpc.FactServiceStub) -> None:
    await call(house, "Maybe I am allergic to peanuts.", 0)

    assert not await facts(stub)
    held = await facts(stub, include_quarantined=True)
    assert held
    assert all(fact.trust < 0.3 for fact in held)


async def test_what_the_caller_has_extracted_is_taken_as_it_is(
    house: House, stub: rpc.FactServiceStub
) -> None:
    supplied = working.SuppliedFact(statement="Collects stamps.", confidence=0.7, importance=0.9)
    await house.talk.start("s")
    await house.talk.append([working.Entry(role=working.ROLE_USER, content="I live in Boston.")])
    await house.talk.working.EndSession(
        working.EndSessionRequest(
            user_id=USER, persona_id=PERSONA, session_id="s", facts=[supplied]
        )
    )
    await house.idle()

    (fact,) = await facts(stub)

    assert (fact.statement, fact.confidence, fact.importance) == ("Collects stamps.", 0.7, 0.9)


async def test_a_private_call_makes_private_facts(house: House, stub: rpc.FactServiceStub) -> None:
    await call(house, "I live in Boston.", 0, visibility=2)

    request = pb.ListFactsRequest(user_id=USER, persona_id="somebody-else")
    assert not (await stub.ListFacts(request)).facts
    assert len(await facts(stub)) == 1


async def test_nothing_is_kept_where_facts_are_switched_off(
    house: House, stub: rpc.FactServiceStub
) -> None:
    off = relationships.MemoryConfig(remember_personal_facts=False)
    await house.talk.relationships.GetOrCreateRelationship(
        relationships.GetOrCreateRelationshipRequest(
            user_id=USER, persona_id=PERSONA, memory_config=off
        )
    )
    await call(house, "I live in Boston.", 0)

    assert not await facts(stub, include_past=True, include_quarantined=True)


async def test_what_has_been_so_for_years_is_fresh_when_it_is_told(
    house: House, stub: rpc.FactServiceStub
) -> None:
    entry = working.Entry(role=working.ROLE_USER, content="I've worked at Acme since 2009.")
    await house.talk.start("s")
    await house.talk.append([entry])
    await house.talk.archived(await house.talk.end("s"))
    await call(house, "I've worked at Initech since 2001.", 0, user="bob")

    ageing = Ageing(house.floors.database, house.floors.clock)
    await ageing.sweep()

    (fresh,), (stale,) = await facts(stub), await facts(stub, user="bob")
    assert fresh.valid_from.ToDatetime().year == 2009
    assert fresh.confidence > 0.5 > stale.confidence
    for user, age in ((USER, 0), ("bob", 365)):
        found = await house.talk.recall(
            "work", user=user, tiers=[common.TIER_FACT], explain=True, limit=1
        )
        (hit,) = found.hits
        assert (hit.score_parts["age_days"] < 1) == (age == 0)


@pytest.mark.parametrize("remembers", [True, False])
async def test_inside_jokes_are_kept_where_the_relationship_is(
    house: House, stub: rpc.FactServiceStub, remembers: bool
) -> None:
    config = relationships.MemoryConfig(remember_relationship_details=remembers)
    await house.talk.relationships.GetOrCreateRelationship(
        relationships.GetOrCreateRelationshipRequest(
            user_id=USER, persona_id=PERSONA, memory_config=config
        )
    )
    supplied = [
        working.SuppliedFact(statement="The duck did it.", category="inside_joke"),
        working.SuppliedFact(statement="Collects stamps."),
    ]
    await house.talk.start("s")
    await house.talk.append([working.Entry(role=working.ROLE_USER, content="I live in Boston.")])
    await house.talk.working.EndSession(
        working.EndSessionRequest(user_id=USER, persona_id=PERSONA, session_id="s", facts=supplied)
    )
    await house.idle()

    found = {fact.statement for fact in await facts(stub)}
    assert found == {"Collects stamps.", *(["The duck did it."] if remembers else [])}


@pytest.mark.parametrize("begins_anew", [False, True])
async def test_nothing_is_kept_once_the_relationship_is_gone(
    house: House, stub: rpc.FactServiceStub, begins_anew: bool
) -> None:
    await house.talk.start("s", visibility=common.VISIBILITY_SHARED)
    await house.talk.append([working.Entry(role=working.ROLE_USER, content="I live in Boston.")])
    await house.talk.relationships.DeleteRelationship(
        relationships.DeleteRelationshipRequest(user_id=USER, persona_id=PERSONA)
    )
    if begins_anew:
        await house.talk.relationships.GetOrCreateRelationship(
            relationships.GetOrCreateRelationshipRequest(user_id=USER, persona_id=PERSONA)
        )
    await house.talk.working.EndSession(
        working.EndSessionRequest(user_id=USER, persona_id=PERSONA, session_id="s")
    )
    await house.idle()

    assert not await facts(stub, include_past=True, include_quarantined=True)


async def test_a_session_taken_up_again_tells_its_facts_once(
    house: House, stub: rpc.FactServiceStub
) -> None:
    session_id = await call(house, "I live in Boston.", 0)
    (before,) = await facts(stub)
    resumed = await house.talk.episodic.RehydrateSession(
        episodic.RehydrateSessionRequest(user_id=USER, persona_id=PERSONA, session_id=session_id)
    )
    await house.talk.working.EndSession(
        working.EndSessionRequest(
            user_id=USER, persona_id=PERSONA, session_id=resumed.session.session_id
        )
    )
    await house.idle()

    assert await facts(stub) == [before]
