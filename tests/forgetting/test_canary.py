"""What was forgotten is told by no call, stands in no file, and does not come back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as fact
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.jobs.model import NewJob
from reverie_server.jobs.service import JobService
from reverie_server.storage import tombstones
from reverie_server.storage.database import Transaction
from reverie_server.storage.statements import parse
from reverie_server.tiers.episodic.archive import ARCHIVE_SESSION
from tests.forgetting.scene import (
    MEANWHILE,
    OTHER,
    PAIR,
    SAID,
    USER,
    WORD,
    WORKSPACE,
    Scene,
    document,
    files_holding,
    open_scene,
    tell_everywhere,
)
from tests.rpc.contract import BY_NAME, Refused, ask
from tests.rpc.world import at

UNREAD = parse("-- name: all\nUPDATE sessions SET memory_extracted = 0", source="test")["all"]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path / "data") as scene:
        yield scene


async def bring_it_back(scene: Scene) -> None:
    """Every way in which what was forgotten could come back by itself."""
    # The job of the call runs once more, as if it had never read the facts.
    await scene.house.floors.database.transaction(lambda tx: tx.execute(UNREAD))
    episode = (await scene.put("GetEpisode", **PAIR, session_id="call")).episode
    jobs = JobService(scene.house.floors.database, scene.clock)
    job = NewJob(
        WORKSPACE, ARCHIVE_SESSION, USER, "brad", "call", {"episode_id": episode.episode_id}
    )

    async def enqueue(tx: Transaction) -> None:
        await jobs.enqueue(tx, job)

    await scene.house.floors.database.transaction(enqueue)
    for each in (await scene.put("ListJobs", **PAIR)).jobs:
        await scene.put("RetryJob", **PAIR, job_id=each.job_id)
    await scene.house.idle()
    told = fact.NewFact(statement=f"Lives in {WORD}.", predicate="lives_in", object=WORD)
    old = at(0)
    for more in (told, fact.NewFact(statement=f"Lives in {WORD}"), _dated(told)):
        await scene.put("AddFacts", **PAIR, facts=[more])
        await scene.put("AddFacts", user_id=USER, persona_id=OTHER, facts=[more])
    for persona in ("brad", OTHER):
        lines = fact.SpokenLines(lines=[fact.SpokenLine(content=f"{SAID} {MEANWHILE}")])
        await scene.put("ExtractFacts", user_id=USER, persona_id=persona, spoken=lines)
    await scene.house.floors.database.transaction(lambda tx: tx.execute(UNREAD))
    await scene.put("ExtractFacts", **PAIR, session_id="call")
    entries = [working.Entry(role=working.ROLE_USER, content=f"{SAID} {MEANWHILE}")]
    await scene.put(
        "PutEpisode",
        **PAIR,
        session_id="imported",
        start_time=old,
        end_time=at(60),
        entries=entries,
        action_items=[f"Send a card to {WORD}"],
        outcome=f"She talked of {WORD}.",
    )
    await scene.put("StartSession", **PAIR, session_id="backfilled", start_time=old)
    entries[0].event_time.CopyFrom(old)
    await scene.put("AppendEntries", **PAIR, session_id="backfilled", entries=entries)
    await scene.put(
        "EndSession",
        **PAIR,
        session_id="backfilled",
        facts=[working.SuppliedFact(statement=f"Lives in {WORD}.")],
        storylines=[working.SuppliedStoryline(topic=f"Life in {WORD}")],
        key_topics=[f"Send a card to {WORD}"],
    )
    ways: list[dict[str, Any]] = [{}, {"bookmark_id": "here"}, {"summary_only": True}]
    for number, way in enumerate(ways):
        await scene.put(
            "RehydrateSession", **PAIR, session_id="call", new_session_id=f"back-{number}", **way
        )
    await scene.house.idle()


def _dated(told: fact.NewFact) -> fact.NewFact:
    dated = fact.NewFact()
    dated.CopyFrom(told)
    dated.valid_from.CopyFrom(at(0))
    return dated


async def retried(scene: Scene, name: str, request_id: str, **fields: Any) -> bytes:
    """What a late retry of a request is told."""
    rpc = BY_NAME[name]
    outcome = await ask(scene.channel, rpc, rpc.request(**PAIR, **fields, request_id=request_id))
    return b"" if isinstance(outcome, Refused) else outcome.SerializeToString()


async def test_it_is_nowhere_any_more_and_does_not_come_back(scene: Scene, tmp_path: Path) -> None:
    await tell_everywhere(scene)
    before = await scene.told_by_any_read()
    assert {
        "ListMemories",
        "ListEntries",
        "GetSession",
        "GetEpisode",
        "ListEpisodes",
        "SearchEpisodes",
        "GetFact",
        "ListFacts",
        "GetFactHistory",
        "GetUserProfile",
        "ListEntities",
        "Recall",
        "ListStorylines",
        "GetRecentCalls",
        "ComposePrompt",
        "SummarizeSession",
    } <= before, "else nothing would be noticed"
    relationship = (await scene.put("GetRelationship", **PAIR)).relationship

    forgotten = await scene.forget(await scene.the(common.TIER_FACT), request_id="forget")

    assert await scene.told_by_any_read() == set()
    assert await scene.stored_in() == set(), "before any job has run"
    await scene.house.idle()
    assert await scene.told_by_any_read() == set()
    assert await scene.stored_in() == set()
    await scene.house.indexed()
    started = await scene.put("Reconcile")
    compared = (await scene.house.talk.job_done(started.job.job_id)).result
    assert (compared["missing"], compared["stale"], compared["extra"]) == (0, 0, 0)
    await scene.compact()
    assert files_holding(tmp_path) == []

    # What else was said is still there, and the summary was made anew from it.
    entries = (await scene.put("ListEntries", **PAIR, session_id="call")).entries
    assert entries[0].content == f"[redacted] {MEANWHILE}"
    assert entries[2].content == "For ten years, near the old mill."
    (done,) = [each for each in forgotten.redone_summaries if each.session_id == "call"]
    episode = (await scene.put("GetEpisode", **PAIR, episode_id=done.episode_id)).episode
    assert "rock climbing" in episode.summary
    assert "redacted" not in episode.summary
    assert list(episode.action_items) == ["Buy new climbing shoes"]
    assert episode.outcome.endswith("All is well.")
    again = (await scene.put("GetSession", **PAIR, session_id="again-0")).session
    assert again.rehydrated_summary == episode.summary
    (mill,) = (await scene.put("ListStorylines", **PAIR)).storylines
    assert (mill.topic, mill.follow_up) == ("The old mill", "")
    assert "The mill is beside it." in mill.summary
    loves = await scene.the(common.TIER_FACT, "climbing")
    assert loves.entry_ids == [entries[0].entry_id]

    after = (await scene.put("GetRelationship", **PAIR)).relationship
    assert after == relationship, "the relationship lives on"

    await bring_it_back(scene)
    assert await scene.told_by_any_read() == set()
    assert await scene.stored_in() == set()
    told = [
        await retried(scene, "StartSession", "start", session_id="call", metadata={"city": WORD}),
        await retried(scene, "BookmarkSession", "bookmark", session_id="call", bookmark_id="here"),
    ]
    assert not any(WORD.encode() in each for each in told)
    await scene.compact()
    assert files_holding(tmp_path) == []


async def test_what_an_application_has_extracted_goes_as_well(scene: Scene, tmp_path: Path) -> None:
    await tell_everywhere(
        scene,
        facts=[
            working.SuppliedFact(statement=f"Her home is {WORD}, a quiet place."),
            working.SuppliedFact(statement="She loves rock climbing."),
        ],
        summary=f"Alice is from {WORD}. She climbs.",
        key_topics=[WORD, "climbing"],
        decisions=[f"Stay in {WORD}"],
    )
    for memory in await scene.listed(common.TIER_FACT):
        if WORD in memory.text:
            await scene.forget(memory)

    assert await scene.told_by_any_read() == set()
    assert await scene.stored_in() == set()
    await scene.house.idle()
    await scene.compact()
    assert files_holding(tmp_path) == []
    assert [each.text for each in await scene.listed(common.TIER_FACT)] == [
        "She loves rock climbing."
    ]


async def test_an_entry_goes_with_all_that_it_told(scene: Scene, tmp_path: Path) -> None:
    await tell_everywhere(scene)
    # The same was told by nobody else: the fact rests on the entry alone.
    (entry,) = [each for each in await scene.listed(common.TIER_EPISODIC) if SAID in each.text]

    await scene.forget(entry)

    assert await scene.told_by_any_read() == set()
    assert await scene.stored_in() == set()
    await scene.house.idle()
    await scene.compact()
    assert files_holding(tmp_path) == []
    await bring_it_back(scene)
    assert await scene.told_by_any_read() == set()
    assert await scene.stored_in() == set()
    await scene.compact()
    assert files_holding(tmp_path) == []
    told = [each.text for each in await scene.listed()]
    assert "For ten years, near the old mill." in told
    assert "I was at the wall on Sunday." in told


@pytest.mark.once
async def test_without_tombstones_it_does_come_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> Collection[object]:
        return frozenset()

    await tell_everywhere(scene)
    await scene.forget(await scene.the(common.TIER_FACT))
    await scene.house.idle()
    monkeypatch.setattr(tombstones, "barred", nothing)

    await bring_it_back(scene)

    assert {"ListMemories", "ListEntries", "ListFacts", "Recall"} <= await scene.told_by_any_read()


@pytest.mark.parametrize("tier", [common.TIER_EPISODIC, common.TIER_SEMANTIC])
async def test_whole_conversations_and_documents_do_not_come_back_either(
    scene: Scene, tmp_path: Path, tier: int
) -> None:
    call = {
        **PAIR,
        "session_id": "call",
        "start_time": at(0),
        "end_time": at(60),
        "entries": [working.Entry(role=working.ROLE_USER, content=f"{SAID} {MEANWHILE}")],
    }
    note = {**PAIR, "document_id": "note", "content": document(city=WORD)}
    name, fields = ("PutEpisode", call) if tier == common.TIER_EPISODIC else ("PutDocument", note)
    await scene.put(name, **fields, request_id="first")
    await scene.house.idle()
    if tier == common.TIER_EPISODIC:
        await scene.put("RehydrateSession", **PAIR, session_id="call", new_session_id="copy")
        episode = (await scene.put("GetEpisode", **PAIR, session_id="call")).episode
        (memory,) = [e for e in await scene.listed(tier) if e.memory_id == episode.episode_id]
    else:
        memory = await scene.the(tier)
    await scene.house.indexed()
    assert await scene.told_by_any_read()

    await scene.forget(memory)

    assert await scene.told_by_any_read() == set()
    assert await scene.stored_in() == set()
    await scene.compact()
    assert files_holding(tmp_path) == []
    rpc = BY_NAME[name]
    named = "session_id" if tier == common.TIER_EPISODIC else "document_id"
    for more in ({}, {"request_id": "first"}, {named: "other"}):
        outcome = await ask(scene.channel, rpc, rpc.request(**{**fields, **more}))
        assert isinstance(outcome, Refused)
        assert outcome.reason in {"MEMORY_FORGOTTEN", "RESOURCE_NOT_FOUND"}
    assert await scene.stored_in() == set()

    await scene.put(name, **fields, remember_again=True)
    await scene.house.idle()
    assert "ListMemories" in await scene.told_by_any_read()
