"""Facts go with the entries that they were derived from, in the whole server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie.v1 import recall_service_pb2 as recall
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot
from reverie_server.storage.statements import parse
from reverie_server.tiers.facts.forgetting import FactEvidence
from reverie_server.tiers.facts.model import NewFact
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.provenance import Source
from reverie_server.tiers.working.records import SessionRecords
from reverie_server.tiers.working.vectors import EmbedderVectors
from tests.channels import connect
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER
from tests.refusals import refusal

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
_LEFT = """
    -- name: left
    SELECT
        (SELECT COUNT(*) FROM facts) + (SELECT COUNT(*) FROM fact_versions)
        + (SELECT COUNT(*) FROM memory_vectors WHERE kind = $1)
        + (SELECT COUNT(*) FROM memory_usage WHERE kind = $1)
        + (SELECT COUNT(*) FROM request_records WHERE {bern_in_answer})
        AS count;
"""
LEFT = parse(
    _LEFT.format(bern_in_answer="instr(CAST(answer AS TEXT), 'Bern') > 0"),
    source="test",
    postgres=_LEFT.format(bern_in_answer="position(convert_to('Bern', 'UTF8') IN answer) > 0"),
)["left"]
"""How many rows there are of facts, anywhere."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as house:
        yield house


@pytest.fixture
async def stub(house: House) -> AsyncIterator[rpc.FactServiceStub]:
    async with connect(house.address, house.workspace) as channel:
        yield rpc.FactServiceStub(channel)


async def left(house: House) -> int:
    # Where several may write at once, a vector may go only when the index hears of it.
    await house.indexed()

    async def count(snapshot: Snapshot) -> int:
        (row,) = await snapshot.fetch(LEFT, Kind.FACT)
        return int(row["count"])

    return await house.floors.database.read(count)


async def live_in_bern(house: House, *entry_ids: str, source: Source = Source.DERIVED) -> str:
    """Takes in what these entries say; gives the fact's id."""
    facts = Facts(SessionRecords(EmbedderVectors(house.floors.embedder), FactEvidence(), expiry=0))
    new = NewFact(
        "Ann lives in Bern.",
        predicate="lives_in",
        object="Bern",
        entry_ids=entry_ids,
        source=source,
    )
    reader = Reader(house.workspace, USER, PERSONA)
    answer = await house.floors.database.transaction(
        lambda tx: facts.take_in(tx, reader, [new], house.floors.clock.now())
    )
    return answer.told[0].fact_id


async def entries_of(stub: rpc.FactServiceStub, fact_id: str) -> list[str]:
    found = await stub.GetFact(pb.GetFactRequest(**PAIR, fact_id=fact_id))
    return list(found.fact.entry_ids)


async def delete_entry(house: House, entry_id: str, session_id: str = "s") -> None:
    request = working.DeleteEntryRequest(**PAIR, session_id=session_id, entry_id=entry_id)
    await house.talk.working.DeleteEntry(request)


async def delete_episode(house: House, session_id: str) -> None:
    ended = await house.talk.end(session_id)
    await house.talk.archived(ended)
    episode_id = ended.session.episode_id
    await house.talk.episodic.DeleteEpisode(
        episodic.DeleteEpisodeRequest(**PAIR, episode_id=episode_id)
    )


async def test_a_fact_goes_with_its_episode(house: House, stub: rpc.FactServiceStub) -> None:
    (entry_id,) = await house.talk.conversation("Hello.")
    fact_id = await live_in_bern(house, entry_id)
    await stub.ConfirmFact(pb.ConfirmFactRequest(**PAIR, fact_id=fact_id, request_id="r"))
    reference = recall.MemoryReference(tier=common.TIER_FACT, memory_id=fact_id)
    await house.talk.memories.MarkUsed(recall.MarkUsedRequest(**PAIR, memories=[reference]))
    await house.indexed()
    assert await left(house) == 4

    await delete_episode(house, "s")

    assert await left(house) == 0
    gone = await refusal(stub.GetFact(pb.GetFactRequest(**PAIR, fact_id=fact_id)))
    assert gone.code is grpc.StatusCode.NOT_FOUND
    request = recall.RecallRequest(**PAIR, query="Where does Ann live?", tiers=[common.TIER_FACT])
    assert not (await house.talk.memories.Recall(request)).hits
    await house.indexed()
    assert house.floors.index.health().points == 0


async def test_a_fact_stays_while_an_entry_of_it_does(
    house: House, stub: rpc.FactServiceStub
) -> None:
    first, second = await house.talk.conversation("I live", "in Bern.")
    fact_id = await live_in_bern(house, first, second)

    await delete_entry(house, first)
    assert await entries_of(stub, fact_id) == [second]
    await delete_entry(house, second)
    assert await left(house) == 0


async def test_what_has_confirmed_a_fact_is_its_evidence(
    house: House, stub: rpc.FactServiceStub
) -> None:
    (first,) = await house.talk.conversation("I live in Bern.", session_id="a")
    (second,) = await house.talk.conversation("I live in Bern.", session_id="b")
    (third,) = await house.talk.conversation("I live in Bern.", session_id="c")
    fact_id = await live_in_bern(house, first)
    assert [await live_in_bern(house, each) for each in (second, third)] == [fact_id, fact_id]

    await delete_entry(house, second, "b")
    assert await entries_of(stub, fact_id) == [first]
    await delete_entry(house, first, "a")
    assert await entries_of(stub, fact_id) == [third]
    await delete_entry(house, third, "c")
    assert await left(house) == 0


async def test_what_an_application_has_told_stays(house: House, stub: rpc.FactServiceStub) -> None:
    (entry_id,) = await house.talk.conversation("I live in Bern.")
    fact_id = await live_in_bern(house, entry_id, source=Source.APPLICATION)
    await delete_entry(house, entry_id)
    assert await entries_of(stub, fact_id) == []


async def test_what_rests_on_no_entry_outlives_one_that_confirmed_it(
    house: House, stub: rpc.FactServiceStub
) -> None:
    (entry_id,) = await house.talk.conversation("I live in Bern.")
    fact_id = await live_in_bern(house)
    assert await live_in_bern(house, entry_id) == fact_id

    await delete_entry(house, entry_id)

    assert await entries_of(stub, fact_id) == []
