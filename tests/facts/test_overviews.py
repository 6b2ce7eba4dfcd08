"""The profile, the graph of entities, and contradictions, over the wire."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from tests.refusals import refusal

ANN: dict[str, Any] = {"user_id": "ann", "persona_id": "brad"}
EVE: dict[str, Any] = {"user_id": "ann", "persona_id": "eve"}
BOB: dict[str, Any] = {"user_id": "bob", "persona_id": "brad"}


def triple(predicate: str, thing: str, **fields: Any) -> pb.NewFact:
    return pb.NewFact(
        statement=f"Ann {predicate} {thing}", predicate=predicate, object=thing, **fields
    )


async def add(stub: rpc.FactServiceStub, pair: dict[str, Any], *facts: pb.NewFact) -> list[str]:
    answer = await stub.AddFacts(pb.AddFactsRequest(**pair, facts=facts))
    return [each.fact_id for each in answer.told]


async def test_a_profile_has_each_fact_in_its_place(stub: rpc.FactServiceStub) -> None:
    await add(
        stub,
        ANN,
        triple("lives_in", "Bern", importance=0.4),
        triple("works_at", "Globex", importance=0.9),
        triple("likes", "tea", pinned=True, importance=0.1),
        triple("calls_you", "bro", scope=pb.FACT_SCOPE_RELATIONSHIP),
        pb.NewFact(statement="The llama in the lift.", category="inside_joke"),
        pb.NewFact(
            statement="Ann's father died in spring.",
            category="important_memory",
            predicate="lost",
            object="father's death",
            valid_from=Timestamp(seconds=100),
            metadata={"significance": "grief"},
            sensitivity=pb.FACT_SENSITIVITY_SENSITIVE,
        ),
        triple("greeting_style", "with a joke"),
        triple("advice_style", "short"),
        triple("topic_to_avoid", "her boss"),
        triple("topic_to_avoid", "money"),
        triple("favorite_topic", "climbing"),
        triple("lives_in", "Thun", importance=0.4, valid_from=Timestamp(seconds=4_000_000_000)),
    )
    profile = await stub.GetUserProfile(pb.GetUserProfileRequest(**ANN))
    assert [fact.object for fact in profile.user_facts] == ["tea", "Globex", "Bern"]
    assert [fact.object for fact in profile.relationship_facts] == ["bro"]
    assert [fact.statement for fact in profile.inside_jokes] == ["The llama in the lift."]
    (memory,) = profile.important_memories
    assert (memory.event, memory.date.seconds, memory.significance) == (
        "father's death",
        100,
        "grief",
    )
    preferences = profile.preferences
    assert (preferences.greeting_style, preferences.advice_style) == ("with a joke", "short")
    assert sorted(preferences.topics_to_avoid) == ["her boss", "money"]
    assert list(preferences.favorite_topics) == ["climbing"]
    assert len(preferences.facts) == 5
    assert not profile.truncated

    others = await stub.GetUserProfile(pb.GetUserProfileRequest(**EVE))
    assert not others.relationship_facts
    assert len(others.user_facts) == 3
    early = await stub.GetUserProfile(pb.GetUserProfileRequest(**ANN, as_of=Timestamp(seconds=200)))
    assert not early.user_facts
    assert len(early.important_memories) == 1


async def test_a_large_profile_is_cut(stub: rpc.FactServiceStub) -> None:
    for batch in range(2):
        facts = [pb.NewFact(statement=f"{batch} {number} " + "x" * 60_000) for number in range(30)]
        await add(stub, ANN, *facts)
    profile = await stub.GetUserProfile(pb.GetUserProfileRequest(**ANN))
    assert profile.truncated
    assert profile.ByteSize() < 3 * 1024 * 1024


async def test_entities_are_the_user_s_own(stub: rpc.FactServiceStub) -> None:
    await add(
        stub,
        ANN,
        triple("lives_in", "Bern"),
        triple("partner", "Jo"),
        triple("lives_in", "bern", subject="Jo"),
        triple("likes", "the tea"),
        triple("age", "29"),
        triple("likes", "gin", visibility=common.VISIBILITY_PRIVATE),
    )
    await add(stub, BOB, triple("likes", "secret rum"))

    async def entities(pair: dict[str, Any]) -> dict[str, pb.Entity]:
        found: list[pb.Entity] = []
        token = ""
        while True:
            page = await stub.ListEntities(
                pb.ListEntitiesRequest(**pair, page_size=2, page_token=token)
            )
            found += page.entities
            token = page.next_page_token
            if not token:
                break
        assert [each.name.lower() for each in found] == sorted(each.name.lower() for each in found)
        return {each.name: each for each in found}

    mine = await entities(ANN)
    assert set(mine) == {"bern", "gin", "Jo", "the tea"}
    assert set(await entities(EVE)) == set(mine) - {"gin"}
    theirs = await entities(BOB)
    assert set(theirs) == {"secret rum"}
    kinds = {name: each.kind for name, each in mine.items()}
    assert kinds["bern"] == pb.ENTITY_KIND_PLACE
    assert kinds["Jo"] == pb.ENTITY_KIND_PERSON
    assert kinds["gin"] == pb.ENTITY_KIND_THING
    assert mine["bern"].fact_count == 2

    got = await stub.GetEntity(pb.GetEntityRequest(**ANN, entity_id=mine["bern"].entity_id))
    assert got.entity == mine["bern"]
    for pair, entity in ((BOB, mine["bern"]), (ANN, theirs["secret rum"]), (EVE, mine["gin"])):
        refused = await refusal(
            stub.GetEntity(pb.GetEntityRequest(**pair, entity_id=entity.entity_id))
        )
        assert refused.code is grpc.StatusCode.NOT_FOUND

    related = await stub.ListRelatedEntities(
        pb.ListRelatedEntitiesRequest(**ANN, entity_id=mine["Jo"].entity_id)
    )
    assert {(each.entity.name, each.predicate, each.outgoing) for each in related.related} == {
        ("bern", "lives_in", True),
        ("user", "partner", False),
    }
    first = await stub.ListRelatedEntities(pb.ListRelatedEntitiesRequest(**ANN, page_size=3))
    rest = await stub.ListRelatedEntities(
        pb.ListRelatedEntitiesRequest(**ANN, page_size=3, page_token=first.next_page_token)
    )
    names = [each.entity.name for each in (*first.related, *rest.related)]
    assert sorted(names) == sorted(mine)


async def test_conflicts_are_listed_and_left_alone(stub: rpc.FactServiceStub) -> None:
    bern, tea = await add(stub, ANN, triple("lives_in", "Bern"), triple("likes", "tea"))
    (thun,) = await add(stub, ANN, triple("lives_in", "Thun", visibility=common.VISIBILITY_PRIVATE))
    (hates,) = await add(stub, ANN, triple("hates", "tea", confidence=0.2))
    for _ in range(2):
        found = await stub.DetectConflicts(pb.DetectConflictsRequest(**ANN))
        assert {
            (each.kind, each.fact.fact_id, each.against.fact_id) for each in found.conflicts
        } == {
            (pb.FACT_CONFLICT_KIND_BOTH_TRUE, thun, bern),
            (pb.FACT_CONFLICT_KIND_KEPT_OUT, hates, tea),
        }
    others = await stub.DetectConflicts(pb.DetectConflictsRequest(**EVE))
    assert [each.fact.fact_id for each in others.conflicts] == [hates]
    one = await stub.DetectConflicts(pb.DetectConflictsRequest(**ANN, limit=1))
    assert len(one.conflicts) == 1
