"""Recall while the index is there, away, lost, and back: the same answers all the while."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverie import Reverie
from reverie.v1 import operations_service_pb2, recall_service_pb2
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.tiers.recall.finder import SCORED_WHOLE
from tests.looking_again import until
from tests.server_process import ServerProcess

WORDS = [
    "harbour",
    "lighthouse",
    "ferry",
    "captain",
    "anchor",
    "storm",
    "rope",
    "sail",
    "island",
    "market",
    "baker",
    "bread",
    "oven",
    "flour",
    "violin",
    "concert",
    "orchestra",
    "rehearsal",
    "stage",
    "ticket",
    "garden",
    "tomato",
    "greenhouse",
    "seed",
    "shovel",
    "rain",
    "telescope",
    "comet",
    "planet",
    "observatory",
    "night",
    "notebook",
    "bicycle",
    "repair",
    "wheel",
    "tour",
    "mountain",
    "valley",
]
QUESTIONS = ("Who repaired the bicycle for the mountain tour?", "When was the comet observed?")
MEMORIES = SCORED_WHOLE + 500
"""So many that candidates come from the index."""


@pytest.fixture
async def server(tmp_path: Path, backend: str) -> AsyncIterator[ServerProcess]:
    """A server whose user Ada has more memories than are scored whole."""
    if backend == "postgres":
        pytest.skip("Qdrant is no child of the server; how it can be away is in tests/qdrant")
    process = ServerProcess(tmp_path / "data")
    await process.start()
    chance = random.Random(7)
    async with Reverie(process.address) as reverie:
        for start in range(0, MEMORIES, 500):
            async with reverie.session("ada", "guide", session_id=f"s{start}") as session:
                await session.append(
                    [
                        working.Entry(
                            role=working.ROLE_USER, content=" ".join(chance.choices(WORDS, k=9))
                        )
                        for _ in range(500)
                    ]
                )
        await ready(reverie)
    yield process
    await process.kill()


async def ready(reverie: Reverie) -> None:
    """Waits until the index has everything and every job is done."""

    def are(stats: operations_service_pb2.GetStatsResponse) -> bool:
        busy = stats.jobs["pending"] + stats.jobs["running"] + stats.index_backlog
        return stats.index_state == "ready" and not busy

    request = operations_service_pb2.GetStatsRequest()
    await until("the index and the jobs", lambda: reverie.operations.GetStats(request), are)


async def answers(reverie: Reverie) -> tuple[list[list[float]], bool]:
    """The scores of the top ten of each question, and whether any answer was degraded."""
    scores, degraded = [], False
    for question in QUESTIONS:
        response: recall_service_pb2.RecallResponse = await reverie.memories.Recall(
            recall_service_pb2.RecallRequest(user_id="ada", persona_id="guide", query=question)
        )
        scores.append([round(hit.score, 3) for hit in response.hits])
        degraded = degraded or response.degraded
    return scores, degraded


def engine_of(process: ServerProcess) -> int:
    """A descriptor of the index's child process."""
    (children,) = Path(f"/proc/{process.pid}/task").glob(f"{process.pid}/children")
    (child,) = children.read_text().split()
    return os.pidfd_open(int(child))


def generations(process: ServerProcess) -> set[str]:
    """The folders of the index; a new one is a new filling."""
    return {each.name for each in (process.folder / "index").glob("*") if each.is_dir()}


async def test_a_killed_engine_costs_no_answer(server: ServerProcess) -> None:
    async with Reverie(server.address) as reverie:
        before, degraded = await answers(reverie)
        assert not degraded
        assert all(len(each) == 10 for each in before)
        was = generations(server)
        # Its death and the first question race: either way the answer is the same.
        signal.pidfd_send_signal(engine_of(server), signal.SIGKILL)
        assert (await answers(reverie))[0] == before
        while generations(server) <= was:
            assert (await answers(reverie))[0] == before
        await ready(reverie)
        assert await answers(reverie) == (before, False)


async def test_a_stopped_engine_makes_answers_degraded_not_wrong(server: ServerProcess) -> None:
    async with Reverie(server.address, timeout=30) as reverie:
        before, _ = await answers(reverie)
        engine = engine_of(server)
        signal.pidfd_send_signal(engine, signal.SIGSTOP)
        try:
            assert await answers(reverie) == (before, True)
        finally:
            signal.pidfd_send_signal(engine, signal.SIGCONT)


async def test_an_index_folder_deleted_while_serving_comes_back(server: ServerProcess) -> None:
    async with Reverie(server.address) as reverie:
        before, _ = await answers(reverie)
        was = generations(server)
        shutil.rmtree(server.folder / "index", ignore_errors=True)
        while not generations(server) - was:
            assert (await answers(reverie))[0] == before
        await ready(reverie)
        assert await answers(reverie) == (before, False)


async def test_an_index_folder_deleted_between_runs_comes_back(server: ServerProcess) -> None:
    async with Reverie(server.address) as reverie:
        before, _ = await answers(reverie)
    server.send(signal.SIGTERM)
    assert await server.wait() == 0
    shutil.rmtree(server.folder / "index")
    await server.start()
    async with Reverie(server.address) as reverie:
        assert (await answers(reverie))[0] == before
        await ready(reverie)
        assert await answers(reverie) == (before, False)


async def test_a_hung_engine_delays_one_answer_and_is_replaced(server: ServerProcess) -> None:
    async with Reverie(server.address, timeout=60) as reverie:
        before, _ = await answers(reverie)
        was = generations(server)
        signal.pidfd_send_signal(engine_of(server), signal.SIGSTOP)
        together = await asyncio.gather(*(answers(reverie) for _ in range(8)))
        assert together == [(before, True)] * 8
        while generations(server) <= was:
            assert (await answers(reverie))[0] == before
        await ready(reverie)
        assert await answers(reverie) == (before, False)
