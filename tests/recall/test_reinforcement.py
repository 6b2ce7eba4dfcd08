"""What keeps a memory strong, over gRPC: being used, being said again, a pin, importance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as facts
from reverie.v1 import fact_service_pb2_grpc
from reverie.v1 import recall_service_pb2 as pb
from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.recency import half_life
from reverie_server.tiers.recall.weights import HALF_LIFE_DAYS, RECENCY_FLOOR, RECENCY_SPAN
from tests.channels import connect
from tests.fresh_database import ManualClock
from tests.recall.house import House
from tests.recall.talk import PERSONA, USER, Talk

DAY = 86_400
PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
QUESTION = "Who keeps bees?"
LEAST = 1 - RECENCY_SPAN * (1 - RECENCY_FLOOR)


class Facts:
    """Facts about bees, and how strong they are."""

    def __init__(self, stub: Any, talk: Talk) -> None:
        self.stub = stub
        self.talk = talk

    async def tell(self, statement: str, **more: Any) -> str:
        """Its id."""
        new = facts.NewFact(statement=statement, **more)
        return str(
            (await self.stub.AddFacts(facts.AddFactsRequest(**PAIR, facts=[new]))).told[0].fact_id
        )

    async def parts(self) -> dict[str, dict[str, float]]:
        """Of all facts that are found, by id."""
        found = await self.talk.recall(QUESTION, tiers=[common.TIER_FACT], explain=True, limit=50)
        for hit in found.hits:
            parts = hit.score_parts
            strength = RECENCY_FLOOR + (1 - RECENCY_FLOOR) * 2 ** (
                -parts["age_days"] / parts["half_life_days"]
            )
            assert parts["recency"] == pytest.approx(1 - RECENCY_SPAN * (1 - strength))
            assert hit.score == pytest.approx(parts["relevance"] * parts["recency"])
            assert LEAST <= parts["recency"] <= 1
        return {hit.memory_id: dict(hit.score_parts) for hit in found.hits}


@pytest_asyncio.fixture
async def bees(house: House) -> AsyncIterator[Facts]:
    await house.talk.start()
    async with connect(house.address, house.workspace) as channel:
        yield Facts(fact_service_pb2_grpc.FactServiceStub(channel), house.talk)


async def test_the_important_lasts_longer_and_the_pinned_does_not_age(
    bees: Facts, clock: ManualClock
) -> None:
    importance = {0.0: "", 0.5: "", 1.0: ""}
    for each in importance:
        importance[each] = await bees.tell(f"Keeps bees, {each}.", importance=each)
    pinned = await bees.tell("Keeps bees by the river.", importance=0.0, pinned=True)
    clock.advance(180 * DAY)
    parts = await bees.parts()
    weak, usual, strong = (parts[fact_id]["recency"] for fact_id in importance.values())
    assert weak < usual < strong < 1 == parts[pinned]["recency"]
    for each, fact_id in importance.items():
        assert parts[fact_id]["half_life_days"] == pytest.approx(half_life(Kind.FACT, each))
        assert parts[fact_id]["age_days"] == pytest.approx(180, abs=0.01)
    assert usual == pytest.approx(1 - RECENCY_SPAN * (1 - RECENCY_FLOOR) / 2, abs=1e-3)
    assert parts[pinned]["age_days"] == 0


async def test_saying_it_again_using_it_and_confirming_it_make_it_fresh(
    bees: Facts, clock: ManualClock
) -> None:
    again = await bees.tell("Keeps bees in town.", predicate="keeps", object="bees in town")
    used = await bees.tell("Keeps bees on a roof.")
    confirmed = await bees.tell("Keeps bees for honey.")
    left = await bees.tell("Keeps bees since school.")
    clock.advance(400 * DAY)
    before = await bees.parts()
    assert {round(each["age_days"]) for each in before.values()} == {400}

    assert (
        await bees.tell("She keeps bees in town.", predicate="keeps", object="bees in town")
        == again
    )
    reference = pb.MemoryReference(tier=common.TIER_FACT, memory_id=used)
    await bees.talk.memories.MarkUsed(pb.MarkUsedRequest(**PAIR, memories=[reference]))
    await bees.stub.ConfirmFact(facts.ConfirmFactRequest(**PAIR, fact_id=confirmed))

    after = await bees.parts()
    for fact_id in (again, used, confirmed):
        assert after[fact_id]["recency"] > 0.999 > before[fact_id]["recency"]
    assert after[left]["recency"] == before[left]["recency"]


async def test_what_is_said_again_in_a_later_call_is_fresh(
    house: House, clock: ManualClock
) -> None:
    talk = house.talk

    async def call(session_id: str, content: str) -> None:
        await talk.conversation(content, session_id=session_id)
        await talk.archived(await talk.end(session_id))

    async def known() -> dict[str, Any]:
        found = await talk.recall("Boston", tiers=[common.TIER_FACT], explain=True)
        return {hit.memory_id: hit for hit in found.hits}

    await call("first", "I live in Boston.")
    ((fact_id, told),) = (await known()).items()
    clock.advance(400 * DAY)
    assert (await known())[fact_id].score < told.score

    await call("second", "Well, I live in Boston, you know.")
    ((still, again),) = (await known()).items()
    assert still == fact_id
    assert again.score_parts["age_days"] < 1
    assert again.score_parts["recency"] == pytest.approx(told.score_parts["recency"], abs=1e-3)


async def test_age_never_hides_a_memory(bees: Facts, clock: ManualClock) -> None:
    told = {await bees.tell(f"Keeps bees, hive {number}.", importance=0.0) for number in range(8)}
    clock.advance(100 * 365 * DAY)
    told.add(await bees.tell("Keeps bees at last."))
    parts = await bees.parts()
    assert set(parts) == told
    assert min(each["recency"] for each in parts.values()) == pytest.approx(LEAST)


async def test_every_tier_tells_its_half_life(house: House) -> None:
    talk = house.talk
    await talk.conversation("I keep bees.", session_id="old")
    await talk.archived(await talk.end("old", summary="About bees."))
    await talk.document("bees", {"bees": "kept"})
    await talk.procedure("bees", "Ask about the bees.")
    found = await talk.recall("bees", explain=True)
    told = {hit.text: hit.score_parts["half_life_days"] for hit in found.hits}
    assert told["I keep bees."] == HALF_LIFE_DAYS[Kind.ENTRY]
    assert told["About bees."] == HALF_LIFE_DAYS[Kind.EPISODE]
    assert sorted(told.values())[-2:] == [HALF_LIFE_DAYS[Kind.DOCUMENT]] * 2
