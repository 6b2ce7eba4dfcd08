"""What is said and forgotten while ExtractFacts reads, for which it holds nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie.v1 import relationship_service_pb2 as relationships
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.language.extraction.embedded import EmbeddedFactExtractor
from reverie_server.language.fact_extractor import Extraction, Utterance
from tests.channels import connect
from tests.facts.test_reading import PAIR, SESSION, STORED, TOLD_BEFORE, extract, known, outcomes
from tests.fresh_database import ManualClock
from tests.recall.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", clock) as house:
        yield house


@pytest.fixture
async def facts(house: House) -> AsyncIterator[rpc.FactServiceStub]:
    async with connect(house.address, house.workspace) as channel:
        yield rpc.FactServiceStub(channel)


@contextmanager
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Holds the next reading when it has read: an event of that, and one that lets it go on."""
    has_read, goes_on = asyncio.Event(), asyncio.Event()
    read = EmbeddedFactExtractor.extract

    async def held(self: EmbeddedFactExtractor, utterances: Sequence[Utterance]) -> Extraction:
        monkeypatch.setattr(EmbeddedFactExtractor, "extract", read)
        found = await read(self, utterances)
        has_read.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr(EmbeddedFactExtractor, "extract", held)
    yield has_read, goes_on


async def test_what_is_said_while_it_reads_is_left_to_the_job(
    house: House, facts: rpc.FactServiceStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.talk.conversation("I live in Boston.")
    with reading(monkeypatch) as (has_read, goes_on):
        answer = asyncio.create_task(extract(facts, **SESSION))
        await has_read.wait()
        await house.talk.say("I love rock climbing.")
        await house.talk.end(flush=False)
        goes_on.set()
        assert outcomes(await answer) == [STORED]

    session = await house.talk.working.GetSession(working.GetSessionRequest(**SESSION))
    assert not session.session.memory_extracted
    assert outcomes(await extract(facts, **SESSION)) == [TOLD_BEFORE, STORED]


async def test_what_is_forgotten_while_it_reads_is_not_stored(
    house: House, facts: rpc.FactServiceStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry_id,) = await house.talk.conversation("I live in Boston. I love rock climbing.")
    home = pb.NewFact(statement="Has a home in Boston.", object="Boston", predicate="home_in")
    home.entry_ids.append(entry_id)
    (told,) = (await facts.AddFacts(pb.AddFactsRequest(**PAIR, facts=[home]))).told
    with reading(monkeypatch) as (has_read, goes_on):
        answer = asyncio.create_task(extract(facts, **SESSION))
        await has_read.wait()
        await house.talk.relationships.ForgetMemory(
            relationships.ForgetMemoryRequest(**PAIR, tier=common.TIER_FACT, memory_id=told.fact_id)
        )
        goes_on.set()
        assert STORED not in outcomes(await answer)

    assert await known(facts) == []
    assert outcomes(await extract(facts, **SESSION)) == [STORED]
    assert [each.object for each in await known(facts)] == ["rock climbing"]
