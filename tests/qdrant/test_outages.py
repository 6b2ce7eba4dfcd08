"""A whole server while its Qdrant refuses, hangs, drips, or carries out and does not answer."""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from qdrant_client import grpc as q
from structlog.testing import capture_logs

from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.bootstrap import Application
from reverie_server.index import indexer, refill, schema
from reverie_server.index.memory_index import IndexState, Owner
from reverie_server.index.reconcile import Reconciler
from reverie_server.tiers.recall.finder import Findings, Question
from tests.backends import settings_of
from tests.channels import connect
from tests.index.memories import soon
from tests.looking_again import until
from tests.qdrant_double import Fault, QdrantDouble
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER, Talk, said

IMPATIENT: dict[str, Any] = {"qdrant_search_seconds": 0.3, "qdrant_write_seconds": 0.5}
OWNER = Owner("w", USER)
QUESTION = Question("Who repaired the bicycle?", depth=50)
FAULTS = [fault for fault in Fault if fault is not Fault.NONE]


@pytest.fixture
async def double() -> AsyncIterator[QdrantDouble]:
    """A Qdrant of this test's own."""
    double = QdrantDouble()
    await double.start()
    yield double
    await double.stop()


@asynccontextmanager
async def house_on(double: QdrantDouble, folder: Path) -> AsyncIterator[House]:
    async with open_house(folder, qdrant_url=double.url, **IMPATIENT) as house:
        await house.talk.start()
        yield house


async def state(house: House, wanted: IndexState) -> None:
    """Waits until the index is in it."""
    index = house.floors.index
    health = index.health()
    while health.state is not wanted:
        health = await soon(index.health_change(health))


async def stats(talk: Talk) -> operations.GetStatsResponse:
    answer: operations.GetStatsResponse = await talk.operations.GetStats(
        operations.GetStatsRequest()
    )
    return answer


async def through_index(house: House) -> Findings:
    """An answer for which the index is asked, however few memories there are."""
    return await house.finder(scored_whole=0).find(house.reader, QUESTION)


async def differences(house: House) -> int:
    floors = house.floors
    reconciler = Reconciler(floors.database, floors.index, floors.indexer, floors.clock)
    return (await reconciler.compare(OWNER)).total


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_write_fails_and_no_answer_is_wrong(
    double: QdrantDouble, tmp_path: Path, fault: Fault
) -> None:
    async with house_on(double, tmp_path / "data") as house:
        talk = house.talk
        first = await talk.append(said(f"Nina repaired bicycle {n}.") for n in range(10))
        await soon(house.indexed())
        before = await through_index(house)
        assert not before.degraded
        assert len(before.found) == 10
        await double.suffer(fault)
        # None of these waits for Qdrant, let alone fails.
        for n in range(10, 20):
            await talk.append([said(f"Nina repaired bicycle {n}.")])
        await talk.working.DeleteEntry(
            working.DeleteEntryRequest(
                user_id=USER, persona_id=PERSONA, session_id="s", entry_id=first.entry_ids[0]
            )
        )
        if fault is not Fault.REFUSE:
            await soon(double.met.wait())
        during = await through_index(house)
        assert during.degraded
        assert len(during.found) == 19
        await state(house, IndexState.AWAY)
        lagging = await stats(talk)
        assert lagging.index_backlog > 0
        assert lagging.index_state == "away"
        assert (await talk.recall(QUESTION.text)).degraded
        await double.suffer(Fault.NONE)
        await state(house, IndexState.READY)
        await soon(house.indexed())
        caught_up = await stats(talk)
        assert (caught_up.index_backlog, caught_up.index_points) == (0, 19)
        after = await through_index(house)
        assert not after.degraded
        # Exact, and not only about as good: what was found without is what is found with.
        assert {each.key for each in after.found} == {each.key for each in during.found}
        assert await soon(differences(house)) == 0


@pytest.mark.soak
async def test_forty_faults_while_somebody_talks(double: QdrantDouble, tmp_path: Path) -> None:
    chance = random.Random(5)
    double.drip_seconds = 0.4
    async with house_on(double, tmp_path / "data") as house:
        numbers = itertools.count()
        for _ in range(40):
            await double.suffer(chance.choice(FAULTS))
            for number in itertools.islice(numbers, chance.randint(1, 40)):
                await house.talk.append([said(f"Nina repaired bicycle {number}.")])
            if chance.random() < 0.5:
                await state(house, IndexState.AWAY)
            await double.suffer(Fault.NONE)
            if chance.random() < 0.5:
                await state(house, IndexState.READY)
        await state(house, IndexState.READY)
        await soon(house.indexed())
        assert await soon(differences(house)) == 0
        assert (await stats(house.talk)).index_backlog == 0


async def test_a_slow_qdrant_is_waited_for_within_reason(
    double: QdrantDouble, tmp_path: Path
) -> None:
    double.drip_seconds = 0.05
    async with house_on(double, tmp_path / "data") as house:
        await house.talk.append(said(f"Nina repaired bicycle {n}.") for n in range(10))
        await soon(house.indexed())
        await double.suffer(Fault.DRIP)
        assert not (await through_index(house)).degraded


async def test_an_outage_while_the_index_is_filled(double: QdrantDouble, tmp_path: Path) -> None:
    async with house_on(double, tmp_path / "data") as house:
        await house.talk.append(said(f"Nina repaired bicycle {n}.") for n in range(10))
        await soon(house.indexed())
        filling = await house.floors.index.begin_rebuild()
        await double.suffer(Fault.LATE)
        assert (await through_index(house)).degraded
        await state(house, IndexState.AWAY)
        await double.suffer(Fault.NONE)
        await state(house, IndexState.READY)
        assert house.floors.index.health().generation == filling
        assert await soon(differences(house)) == 0
        assert not (await through_index(house)).degraded


async def test_a_filling_ends_though_qdrant_fails_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on where it was: from the beginning it would never get to the end."""
    monkeypatch.setattr(indexer, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(refill, "FILL_BATCH", 2)
    monkeypatch.setattr(refill, "BATCHES_IN_A_FLUSH", 2)
    double = QdrantDouble()
    upsert, numbers = double.engine.upsert, itertools.count(1)
    failing = False

    def fail_each_fifth(request: q.UpsertPoints) -> object:
        of_memories = schema.OWNER_KEY in request.points[0].payload
        if failing and of_memories and next(numbers) % 5 == 0:
            raise ValueError("out of luck")
        return upsert(request)

    monkeypatch.setattr(double.engine, "upsert", fail_each_fifth)
    await double.start()
    async with house_on(double, tmp_path / "data") as house:
        await house.talk.append(said(f"Nina repaired bicycle {n}.") for n in range(20))
        await soon(house.indexed())
        failing = True
        filling = await house.floors.index.begin_rebuild()
        await state(house, IndexState.READY)
        assert house.floors.index.health().generation == filling
        failing = False
        assert await soon(differences(house)) == 0
        assert house.floors.index.health().points == 20
    await double.stop()


async def test_a_qdrant_that_comes_back_without_anything_is_filled_again(
    double: QdrantDouble, tmp_path: Path
) -> None:
    async with house_on(double, tmp_path / "data") as house:
        await house.talk.append(said(f"Nina repaired bicycle {n}.") for n in range(10))
        await soon(house.indexed())
        was = house.floors.index.health().generation
        double.engine.lose_everything()
        assert (await through_index(house)).degraded
        await state(house, IndexState.READY)
        assert house.floors.index.health().generation != was
        found = await through_index(house)
        assert not found.degraded
        assert len(found.found) == 10
        assert double.engine.collections() == [house.floors.index.health().generation]


async def test_a_server_starts_without_qdrant(double: QdrantDouble, tmp_path: Path) -> None:
    await double.suffer(Fault.REFUSE)
    settings = await settings_of(tmp_path / "data", qdrant_url=double.url, **IMPATIENT)
    with capture_logs() as logged:
        application = await Application.start(settings)
    (lost,) = [each for each in logged if each["event"] == "qdrant.state"]
    assert lost["log_level"] == "warning"
    assert lost["address"] in double.url
    try:
        async with (
            grpc.aio.insecure_channel(application.address) as bare,
            connect(application.address, "w") as channel,
        ):
            health: Any = health_pb2_grpc.HealthStub(bare)
            for name in ("", "readiness", "liveness"):
                answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
                assert answer.status == health_pb2.HealthCheckResponse.SERVING
            talk = Talk(channel)
            await talk.start()
            await talk.append([said("Nina repaired the bicycle.")])
            answered = await talk.recall(QUESTION.text)
            assert answered.degraded
            assert len(answered.hits) == 1
            assert (await stats(talk)).index_state == "away"
            await double.suffer(Fault.NONE)
            await until(
                "the index",
                lambda: stats(talk),
                lambda now: now.index_state == "ready" and not now.index_backlog,
            )
            answered = await talk.recall(QUESTION.text)
            assert not answered.degraded
    finally:
        await application.stop()


async def test_a_stop_does_not_wait_for_a_qdrant_that_hangs(
    double: QdrantDouble, tmp_path: Path
) -> None:
    async with house_on(double, tmp_path / "data") as house:
        await house.talk.append([said("Nina repaired the bicycle.")])
        await soon(house.indexed())
        await double.suffer(Fault.HANG)
        await house.talk.append([said("Nina rode it home.")])
        await soon(double.met.wait())
