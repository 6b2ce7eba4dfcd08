"""What remains of a session that ends, at once and after its job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import pytest

from reverie_server.errors import Aborted, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.jobs.model import Job, JobState, NewJob
from reverie_server.paging import PageRequest
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import Operation
from reverie_server.tiers.episodic.archive import ARCHIVE_SESSION
from reverie_server.tiers.episodic.model import Episode, SummarySource
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import (
    Cost,
    NewEntry,
    SessionKey,
    StorylineStatus,
    SuppliedEpisode,
    SuppliedFact,
    SuppliedStoryline,
)
from tests.episodic.conftest import TALK, Rooms

EVERYTHING = SuppliedEpisode(
    summary="They talked about climbing.",
    key_topics=("climbing", "Nora"),
    decisions=("book a trip",),
    action_items=("renew the passport",),
    emotional_tone="excited",
    outcome="a plan",
    participants=("Alice", "Brad"),
    cost=Cost("USD", 0.25),
    metrics={"tokens": 1234.5},
    facts=(SuppliedFact("Alice climbs", "hobby", 0.9, 0.0, ("e1",)),),
    storylines=(SuppliedStoryline("the Alps", StorylineStatus.ONGOING, "planned"),),
)


async def current(rooms: Rooms) -> int:
    return (await rooms.db.read(lambda tx: revision.current(tx, "w", "u"))).revision


async def run_again(rooms: Rooms, episode: Episode) -> None:
    """As after a crash between the effect and the note that the job is done."""
    job = NewJob("w", ARCHIVE_SESSION, "u", "p", episode.session_id)
    await rooms.db.transaction(lambda tx: rooms.jobs.enqueue(tx, job))
    await rooms.runner.idle()


async def test_the_job_works_out_what_nobody_supplied(rooms: Rooms) -> None:
    key = await rooms.talk("s")
    episode_id = await rooms.end(key)
    await rooms.runner.idle()
    episode = await rooms.get(episode_id)
    assert "climbing" in episode.summary
    assert episode.summary_source is SummarySource.SUMMARIZER
    assert episode.key_topics
    assert episode.emotional_tone
    assert episode.supplied_fields == ()
    assert (episode.session_id, episode.persona_id, episode.agent) == ("s", "p", "p")
    assert (episode.entry_count, episode.timeline_count) == (4, 1)
    assert episode.participants == ("u", "p")
    assert episode.metadata == {"place": "phone"}
    session = await rooms.sessions.get(key)
    assert session.episode_id == episode_id
    (job,) = (await rooms.jobs.list("w", "u", "p", session_id="s", page=PageRequest(5))).items
    assert job.state is JobState.SUCCEEDED
    assert job.result["entries"] == 4


async def test_the_evidence_of_a_summary_is_of_its_session_and_bounds_its_trust(
    rooms: Rooms,
) -> None:
    tool = NewEntry("The climbing trip to the Alps with Nora costs 900 euros.", Role.TOOL)
    only_user = await rooms.archived("s1", entries=[TALK[0]])
    with_tool = await rooms.archived("s2", entries=[tool])
    assert only_user.summary_entry_ids
    assert only_user.trust == 0.9
    assert with_tool.trust == 0.6
    turns = await rooms.db.read(lambda tx: rooms.records.turns(tx, "w", "u", "s1"))
    assert set(only_user.summary_entry_ids) <= {turn.entry_id for turn in turns}


async def test_what_was_supplied_is_kept_exactly(rooms: Rooms) -> None:
    key = await rooms.talk("s")
    episode_id = await rooms.end(key, EVERYTHING)
    at_once = await rooms.get(episode_id)
    await rooms.runner.idle()
    later = await rooms.get(episode_id)
    for episode in (at_once, later):
        assert episode.summary == EVERYTHING.summary
        assert episode.summary_source is SummarySource.CALLER
        assert episode.summary_entry_ids == ()
        assert episode.key_topics == EVERYTHING.key_topics
        assert episode.decisions == EVERYTHING.decisions
        assert episode.action_items == EVERYTHING.action_items
        assert episode.emotional_tone == EVERYTHING.emotional_tone
        assert episode.outcome == EVERYTHING.outcome
        assert episode.participants == EVERYTHING.participants
        assert episode.cost == EVERYTHING.cost
        assert episode.metrics == EVERYTHING.metrics
        assert episode.facts == EVERYTHING.facts
        assert episode.storylines == EVERYTHING.storylines
        assert episode.trust == 0.8


@pytest.mark.parametrize("name", ["summary", "key_topics", "decisions", "emotional_tone"])
async def test_the_job_fills_only_what_is_missing(rooms: Rooms, name: str) -> None:
    only = replace(SuppliedEpisode(), **{name: getattr(EVERYTHING, name)})
    full = await rooms.archived("s1")
    episode = await rooms.archived("s2", supplied=only)
    assert episode.supplied_fields == (name,)
    for field in ("summary", "key_topics", "decisions", "action_items", "emotional_tone"):
        expected = getattr(EVERYTHING if field == name else full, field)
        assert getattr(episode, field) == expected


async def test_an_empty_summary_that_was_supplied_stays_empty(rooms: Rooms) -> None:
    episode = await rooms.archived("s", supplied=SuppliedEpisode(summary=""))
    assert (episode.summary, episode.summary_source) == ("", SummarySource.CALLER)


async def test_the_index_hears_at_once_of_what_can_be_found_and_again_after_the_job(
    rooms: Rooms,
) -> None:
    async def heard(episode_id: str) -> list[tuple[int, Operation]]:
        rows = await rooms.db.read(lambda tx: outbox.pending(tx, 1000))
        return [
            (row.key.revision, row.change.operation)
            for row in rows
            if (row.change.kind, row.change.memory_id) == (Kind.EPISODE, episode_id)
        ]

    silent = await rooms.end(await rooms.talk("s1"))
    assert await heard(silent) == []
    await rooms.runner.idle()
    ((completed, operation),) = await heard(silent)
    assert operation is Operation.UPSERT
    assert completed == (await rooms.get(silent)).version == await current(rooms)

    spoken = await rooms.end(await rooms.talk("s2"), SuppliedEpisode(summary="Climbing."))
    assert [operation for _, operation in await heard(spoken)] == [Operation.UPSERT]
    assert (await rooms.get(spoken)).content_hash


async def test_an_empty_session_gives_an_empty_episode(rooms: Rooms) -> None:
    episode = await rooms.archived("s", entries=())
    assert (episode.summary, episode.key_topics, episode.entry_count) == ("", (), 0)
    assert episode.content_hash == ""


async def test_running_the_job_twice_changes_nothing(rooms: Rooms) -> None:
    episode = await rooms.archived("s")
    before = await current(rooms)
    rooms.clock.advance(60)
    await run_again(rooms, episode)
    assert await rooms.get(episode.episode_id) == episode
    assert await current(rooms) == before


async def test_the_job_comes_to_nothing_when_the_episode_is_gone(rooms: Rooms) -> None:
    episode = await rooms.archived("s")
    await rooms.episodes.delete("w", "u", "p", episode.episode_id, None, None)
    before = await current(rooms)
    await run_again(rooms, episode)
    (job,) = (await rooms.jobs.list("w", "u", "p", session_id="s", page=PageRequest(5))).items
    assert (job.state, job.result) == (JobState.SUCCEEDED, {})
    assert await current(rooms) == before
    with pytest.raises(NotFound):
        await rooms.get(episode.episode_id)


async def test_the_job_comes_to_nothing_when_the_user_is_gone(rooms: Rooms) -> None:
    episode = await rooms.archived("s")
    await rooms.users.delete("w", "u", None, None)
    await run_again(rooms, episode)
    with pytest.raises(NotFound):
        await rooms.users.get("w", "u")


async def test_a_session_that_ends_without_flush_leaves_no_episode(rooms: Rooms) -> None:
    key = await rooms.talk("s")
    assert await rooms.end(key, flush=False) == ""
    await rooms.runner.idle()
    page = await rooms.episodes.list(
        "w", "u", "p", start_after=None, start_before=None, own_only=False, page=PageRequest(5)
    )
    assert page.items == ()


async def test_a_deleted_entry_is_in_no_summary_any_more(rooms: Rooms) -> None:
    secret = NewEntry("The climbing canary sings of Nora in the Alps.", Role.USER)
    episode = await rooms.archived("s", entries=[secret, TALK[1]])
    assert "canary" in episode.summary
    (entry_id,) = (
        turn.entry_id
        for turn in await rooms.db.read(lambda tx: rooms.records.turns(tx, "w", "u", "s"))
        if "canary" in turn.content
    )
    await rooms.entries.delete(SessionKey("w", "u", "p", "s"), entry_id, None)
    at_once = await rooms.get(episode.episode_id)
    assert "canary" not in repr(at_once)
    assert at_once.entry_count == 1
    await rooms.runner.idle()
    later = await rooms.get(episode.episode_id)
    assert later.summary
    assert "canary" not in repr(later)


async def test_a_deleted_entry_leaves_what_was_supplied(rooms: Rooms) -> None:
    episode = await rooms.archived("s", supplied=EVERYTHING)

    async def forget(tx: Transaction) -> None:
        taken = await revision.bump(tx, "w", "u")
        await rooms.archive.forget_entry(tx, "w", "u", "s", taken)

    await rooms.db.transaction(forget)
    await rooms.runner.idle()
    after = await rooms.get(episode.episode_id)
    assert replace(after, version=0, update_time=0) == replace(
        episode, version=0, update_time=0, entry_count=3
    )


class Meanwhile:
    """A job's context in which something happens between its reading and its writing."""

    def __init__(self, job: Job, happens: Callable[[], Awaitable[object]]) -> None:
        self.job = job
        self._happens = happens

    async def step(self, name: str, progress: float) -> None:
        await self._happens()

    def outside(self) -> AbstractContextManager[None]:
        return nullcontext()


async def test_entries_that_change_while_they_are_summarised_are_read_anew(rooms: Rooms) -> None:
    key = await rooms.talk("s")
    async with rooms.runner_paused():
        episode_id = await rooms.end(key)
        (job,) = (await rooms.jobs.list("w", "u", "p", page=PageRequest(5))).items
        first, *_ = await rooms.db.read(lambda tx: rooms.records.turns(tx, "w", "u", "s"))
        with pytest.raises(Aborted):
            await rooms.archive.archive_session(
                Meanwhile(job, lambda: rooms.entries.delete(key, first.entry_id, None))
            )
        assert (await rooms.get(episode_id)).summary == ""
    await rooms.runner.idle()
    episode = await rooms.get(episode_id)
    assert episode.summary
    assert first.entry_id not in episode.summary_entry_ids


async def test_an_episode_that_is_deleted_while_it_is_summarised_stays_deleted(
    rooms: Rooms,
) -> None:
    async with rooms.runner_paused():
        episode_id = await rooms.end(await rooms.talk("s"))
        (job,) = (await rooms.jobs.list("w", "u", "p", page=PageRequest(5))).items
        await rooms.archive.archive_session(
            Meanwhile(job, lambda: rooms.episodes.delete("w", "u", "p", episode_id, None, None))
        )
    await rooms.runner.idle()
    with pytest.raises(NotFound):
        await rooms.get(episode_id)
