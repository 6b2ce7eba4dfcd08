"""Reindex, Reconcile, Compact and GetStats on a whole server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import operations_service_pb2 as pb
from reverie.v1 import relationship_service_pb2 as relationships
from reverie.v1 import semantic_memory_service_pb2 as semantic
from reverie.v1 import user_service_pb2 as users
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.index.memory_index import Kind, Owner
from reverie_server.storage.statements import parse
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER, Talk

VECTORS = parse("-- name: all\nSELECT COUNT(*) FROM memory_vectors", source="tests")["all"]
SPOILED = parse("-- name: spoil\nUPDATE memory_vectors SET vector = $1", source="tests")["spoil"]
RIGHT = parse(
    "-- name: right\nSELECT COUNT(*) FROM memory_vectors WHERE length(vector) > 100",
    source="tests",
)["right"]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as house:
        yield house


async def reconciled(talk: Talk, *, repair: bool = False) -> dict[str, int]:
    started = await talk.operations.Reconcile(pb.ReconcileRequest(repair=repair))
    return dict((await talk.job_done(started.job.job_id)).result)


async def test_an_empty_workspace_is_in_order(house: House) -> None:
    nothing = {"compared": 0, "missing": 0, "stale": 0, "extra": 0, "repaired": 0}
    assert await reconciled(house.talk) == nothing
    assert await reconciled(house.talk, repair=True) == nothing


async def test_what_differs_is_counted_then_repaired(house: House) -> None:
    talk, index = house.talk, house.floors.index
    one, *_ = await talk.conversation("one", "two", "three")
    await talk.conversation("bob's", session_id="b", user="bob")
    await talk.document("menu", {"soup": "leek"}, user="")
    await talk.procedure("greet", "Hello")
    await house.indexed()
    assert await reconciled(talk) == {
        "compared": 6,
        "missing": 0,
        "stale": 0,
        "extra": 0,
        "repaired": 0,
    }
    await index.delete(Owner("w", USER), [(Kind.ENTRY, one)])
    await index.delete(Owner("w", ""), [(Kind.DOCUMENT, "menu")])
    counted = {"compared": 6, "missing": 2, "stale": 0, "extra": 0}
    assert await reconciled(talk) == counted | {"repaired": 0}
    assert await reconciled(talk, repair=True) == counted | {"repaired": 2}
    assert (await reconciled(talk))["missing"] == 0
    assert await index.count() == 6


async def test_a_relationship_that_is_deleted_leaves_the_index_in_order(house: House) -> None:
    talk = house.talk
    pair: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
    await talk.start(visibility=common.VISIBILITY_SHARED)
    await talk.say("I climb on Mondays.")
    storyline = working.SuppliedStoryline(topic="The north wall")
    await talk.archived(
        await talk.working.EndSession(
            working.EndSessionRequest(**pair, session_id="s", storylines=[storyline])
        )
    )
    await house.indexed()
    await talk.relationships.DeleteRelationship(
        relationships.DeleteRelationshipRequest(**pair, request_id="r")
    )
    await house.indexed()
    found = await reconciled(talk)
    assert (found["missing"], found["stale"], found["extra"]) == (0, 0, 0)
    assert found["compared"] >= 2


async def test_reindexing_brings_everything_back(house: House) -> None:
    talk = house.talk
    await talk.conversation(*(f"memory {n}" for n in range(600)))
    await house.indexed()
    database = house.floors.database
    await database.transaction(lambda tx: tx.execute(SPOILED, b"short"))
    started = await talk.operations.Reindex(pb.ReindexRequest(recompute_embeddings=True))
    joined = await talk.operations.Reindex(pb.ReindexRequest(recompute_embeddings=True))
    assert joined.job.job_id == started.job.job_id
    seen = []
    while True:
        job = (await talk.operations.GetJob(pb.GetJobRequest(job_id=started.job.job_id))).job
        seen.append(job.progress)
        if job.state == pb.JOB_STATE_SUCCEEDED:
            break
        assert job.state in {pb.JOB_STATE_PENDING, pb.JOB_STATE_RUNNING}, job
        # All the while, nothing is missing.
        assert len(await talk.texts("memory", limit=200)) == 200
    assert dict(job.result) == {"memories": 600}
    assert seen == sorted(seen), "progress never goes back"
    assert seen[-1] == 1
    assert await database.fetchval(VECTORS) == await database.fetchval(RIGHT) == 600
    assert (await reconciled(talk))["missing"] == 0


async def test_reindexing_without_computing_keeps_the_vectors(house: House) -> None:
    talk = house.talk
    await talk.conversation("one", "two")
    await house.indexed()
    generation = house.floors.index.health().generation
    started = await talk.operations.Reindex(pb.ReindexRequest())
    job = await talk.job_done(started.job.job_id)
    assert dict(job.result) == {"memories": 2}
    assert house.floors.index.health().generation != generation
    assert await house.floors.database.fetchval(VECTORS) == 2


CANARY = "xylophanous"


def holding(folder: Path, word: str) -> list[str]:
    """The files of a folder that hold a word."""
    return [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and word.encode() in file.read_bytes()
    ]


@pytest.mark.parametrize("what", ["entry", "episode", "user"])
async def test_what_was_deleted_is_in_no_file(
    house: House, tmp_path: Path, what: str, backend: str
) -> None:
    if backend == "postgres":
        pytest.skip("what PostgreSQL keeps in its files until it needs the place is not ours")
    talk = house.talk
    pair: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
    await talk.start()
    said = await talk.working.AppendEntries(
        working.AppendEntriesRequest(
            **pair,
            session_id="s",
            entries=[
                working.Entry(
                    role=working.ROLE_USER,
                    content=f"My {CANARY} password is on the fridge. I like it there.",
                    key=CANARY,
                    metadata={CANARY: CANARY},
                ),
                working.Entry(role=working.ROLE_USER, content="Something harmless."),
            ],
            request_id="r1",
        )
    )
    put = semantic.PutDocumentRequest(**pair, document_id="d", request_id="r2")
    put.content.update({CANARY: CANARY})
    await talk.semantic.PutDocument(put)
    ended = await talk.working.EndSession(
        working.EndSessionRequest(**pair, session_id="s", request_id="r3")
    )
    await talk.archived(ended)
    await talk.recall(CANARY)
    await house.indexed()
    assert holding(tmp_path, CANARY)
    await talk.semantic.DeleteDocument(semantic.DeleteDocumentRequest(**pair, document_id="d"))
    if what == "entry":
        await talk.working.DeleteEntry(
            working.DeleteEntryRequest(**pair, session_id="s", entry_id=said.entry_ids[0])
        )
    elif what == "episode":
        await talk.episodic.DeleteEpisode(
            episodic.DeleteEpisodeRequest(**pair, episode_id=ended.episode_id)
        )
    else:
        await talk.users.DeleteUser(users.DeleteUserRequest(user_id=USER))
    await house.idle()
    started = await talk.operations.Compact(pb.CompactRequest())
    job = await talk.job_done(started.job.job_id)
    assert set(job.result) == {"bytes_before", "bytes_after", "tables_left"}
    assert job.result["tables_left"] == 0
    assert job.result["bytes_before"] > 0
    assert job.result["bytes_after"] > 0
    assert holding(tmp_path, CANARY) == []
    assert house.floors.index.health().state.value == "ready"


async def test_counts(house: House) -> None:
    talk = house.talk
    await talk.conversation("one", "two")
    await talk.conversation("three", session_id="t", persona="elena")
    await talk.archived(await talk.end("t", persona="elena", summary="About three."))
    await talk.document("menu", {"soup": "leek"}, user="")
    await talk.procedure("greet", "Hello")
    await house.indexed()
    stats = await talk.operations.GetStats(pb.GetStatsRequest())
    assert dict(stats.counts) == {
        "users": 1,
        "personas": 2,
        "relationships": 2,
        "sessions": 2,
        "active_sessions": 1,
        "entries": 3,
        "episodes": 1,
        "documents": 1,
        "facts": 0,
        "procedures": 1,
    }
    assert dict(stats.jobs) == {
        "pending": 0,
        "running": 0,
        "succeeded": 1,
        "failed": 0,
        "cancelled": 0,
    }
    assert stats.index_backlog == 0
    assert stats.index_points == 6
    assert stats.index_state == "ready"
    assert stats.storage_bytes > 0
    assert stats.storage_engine == house.floors.database.engine
    assert stats.embedder == house.floors.embedder.name
    assert stats.start_time.seconds > 0


async def test_compacting_while_everybody_works(house: House) -> None:
    talk = house.talk
    await talk.start()

    async def work() -> None:
        for number in range(40):
            await talk.say(f"line {number}")
            assert len(await talk.texts("line", limit=200)) == number + 1

    working_ = asyncio.create_task(work())
    started = await talk.operations.Compact(pb.CompactRequest())
    await talk.job_done(started.job.job_id)
    await working_
    await house.indexed()
    assert (await reconciled(talk))["missing"] == 0
