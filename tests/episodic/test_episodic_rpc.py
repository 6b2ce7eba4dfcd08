"""EpisodicMemoryService over the wire, on the whole server."""

from __future__ import annotations

from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as pb
from reverie.v1 import episodic_memory_service_pb2_grpc as episodic_grpc
from reverie.v1 import operations_service_pb2 as operations_pb
from reverie.v1 import operations_service_pb2_grpc as operations_grpc
from reverie.v1 import working_memory_service_pb2 as working
from reverie.v1 import working_memory_service_pb2_grpc as working_grpc
from tests.looking_again import until
from tests.refusals import refusal

PAIR: dict[str, Any] = {"user_id": "alice", "persona_id": "brad"}
TALKS = {
    "climbing": "I started climbing at the new gym with my sister Nora.",
    "baking": "My sourdough bread finally rose, the whole kitchen smelled of yeast.",
    "travel": "We booked the night train to Lisbon for the spring holidays.",
}


@pytest.fixture
def episodes(channel: grpc.aio.Channel) -> episodic_grpc.EpisodicMemoryServiceStub:
    return episodic_grpc.EpisodicMemoryServiceStub(channel)


@pytest.fixture
def operations(channel: grpc.aio.Channel) -> operations_grpc.OperationsServiceStub:
    return operations_grpc.OperationsServiceStub(channel)


def at(seconds: int) -> Timestamp:
    return Timestamp(seconds=1_600_000_000 + seconds)


async def put_talks(
    episodes: episodic_grpc.EpisodicMemoryServiceStub, **more: Any
) -> dict[str, pb.PutEpisodeResponse]:
    """An episode about each subject, a day apart, with a supplied summary."""
    return {
        subject: await episodes.PutEpisode(
            pb.PutEpisodeRequest(
                **PAIR,
                session_id=subject,
                start_time=at(day * 86_400),
                end_time=at(day * 86_400 + 600),
                entries=[
                    working.Entry(role=working.ROLE_USER, content=text),
                    working.Entry(role=working.ROLE_ASSISTANT, content="Tell me more."),
                ],
                summary=f"Alice said: {text}",
                **more,
            )
        )
        for day, (subject, text) in enumerate(TALKS.items())
    }


async def ended_job(
    operations: operations_grpc.OperationsServiceStub, job_id: str
) -> operations_pb.Job:
    """A job once it has ended."""
    waiting = (operations_pb.JOB_STATE_PENDING, operations_pb.JOB_STATE_RUNNING)

    async def look() -> operations_pb.Job:
        answer = await operations.GetJob(operations_pb.GetJobRequest(**PAIR, job_id=job_id))
        job: operations_pb.Job = answer.job
        return job

    return await until("the job's end", look, lambda job: job.state not in waiting)


async def test_a_call_from_its_start_to_a_session_that_goes_on_from_it(
    channel: grpc.aio.Channel,
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
    operations: operations_grpc.OperationsServiceStub,
) -> None:
    calls = working_grpc.WorkingMemoryServiceStub(channel)
    await calls.StartSession(working.StartSessionRequest(**PAIR, session_id="call-1"))
    entries = [working.Entry(role=working.ROLE_USER, content=text) for text in TALKS.values()]
    await calls.AppendEntries(
        working.AppendEntriesRequest(**PAIR, session_id="call-1", entries=entries)
    )
    await calls.BookmarkSession(
        working.BookmarkSessionRequest(**PAIR, session_id="call-1", bookmark_id="middle")
    )
    ended = await calls.EndSession(
        working.EndSessionRequest(
            **PAIR,
            session_id="call-1",
            outcome="a plan",
            cost=working.Cost(currency_code="EUR", amount=0.5),
            facts=[working.SuppliedFact(statement="Alice bakes", confidence=0.0)],
            storylines=[working.SuppliedStoryline(topic="Lisbon")],
        )
    )
    job = await ended_job(operations, ended.job_id)
    assert job.state == operations_pb.JOB_STATE_SUCCEEDED
    assert (job.kind, job.session_id, job.result["entries"]) == ("archive_session", "call-1", 3)
    listed = await operations.ListJobs(operations_pb.ListJobsRequest(**PAIR, session_id="call-1"))
    assert [each.job_id for each in listed.jobs] == [ended.job_id]

    got = await episodes.GetEpisode(pb.GetEpisodeRequest(**PAIR, session_id="call-1"))
    episode = got.episode
    assert episode.episode_id == ended.episode_id
    assert episode.summary_source == pb.SUMMARY_SOURCE_SUMMARIZER
    assert episode.summary
    assert len(episode.summary_entry_ids) >= 1
    assert episode.outcome == "a plan"
    assert (episode.cost.currency_code, episode.cost.amount) == ("EUR", 0.5)
    assert episode.facts[0].HasField("confidence")
    assert not episode.facts[0].HasField("importance")
    assert episode.storylines[0].status == working.STORYLINE_STATUS_NEW
    assert episode.visibility == common.VISIBILITY_SHARED
    assert (episode.entry_count, episode.timeline_count) == (3, 1)

    again = await episodes.RehydrateSession(
        pb.RehydrateSessionRequest(
            **PAIR, session_id="call-1", new_session_id="call-2", bookmark_id="middle"
        )
    )
    assert again.restored_entry_count == 3
    assert again.session.state == working.SESSION_STATE_ACTIVE
    assert again.session.rehydrated_from_session_id == "call-1"
    short = await episodes.RehydrateSession(
        pb.RehydrateSessionRequest(**PAIR, session_id="call-1", summary_only=True)
    )
    assert short.session.rehydrated_summary == episode.summary


@pytest.mark.parametrize(
    "search_in",
    [
        pb.EPISODE_SEARCH_FIELD_UNSPECIFIED,
        pb.EPISODE_SEARCH_FIELD_SUMMARY,
        pb.EPISODE_SEARCH_FIELD_ENTRIES,
    ],
)
async def test_a_search_finds_the_episode_that_fits(
    episodes: episodic_grpc.EpisodicMemoryServiceStub, search_in: pb.EpisodeSearchField
) -> None:
    put = await put_talks(episodes)
    found = await episodes.SearchEpisodes(
        pb.SearchEpisodesRequest(
            **PAIR,
            query="Who does she go climbing with?",
            search_in=search_in,
            min_revision=put["travel"].revision,
            explain=True,
        )
    )
    best = found.hits[0]
    assert best.episode.session_id == "climbing"
    assert 0 < best.score <= 1
    assert best.score_parts
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.episode.episode_id for hit in found.hits}) == len(found.hits)
    shown = [entry.entry.content for entry in best.entries]
    if search_in == pb.EPISODE_SEARCH_FIELD_SUMMARY:
        assert shown == []
    else:
        assert shown[0] == TALKS["climbing"]
    assert found.revision >= put["travel"].revision


async def test_a_search_in_pages_gives_each_hit_once(
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
) -> None:
    put = await put_talks(episodes)
    request = pb.SearchEpisodesRequest(
        **PAIR, query="Alice said", min_revision=put["travel"].revision, page_size=1
    )
    whole = await episodes.SearchEpisodes(
        pb.SearchEpisodesRequest(
            **PAIR, query="Alice said", min_revision=put["travel"].revision, page_size=50
        )
    )
    assert whole.next_page_token == ""
    seen = []
    while True:
        page = await episodes.SearchEpisodes(request)
        seen += [hit.episode.session_id for hit in page.hits]
        assert len(page.hits) <= 1
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert seen == [hit.episode.session_id for hit in whole.hits]
    assert sorted(seen) == sorted(TALKS)

    foreign = pb.SearchEpisodesRequest(**PAIR, query="another", page_token=request.page_token)
    assert (await refusal(episodes.SearchEpisodes(foreign))).reason == "PAGE_TOKEN_INVALID"


async def test_a_search_stays_in_its_interval_of_starts(
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
) -> None:
    put = await put_talks(episodes)
    found = await episodes.SearchEpisodes(
        pb.SearchEpisodesRequest(
            **PAIR,
            query="Alice said",
            min_revision=put["travel"].revision,
            start_after=at(86_400),
            start_before=at(2 * 86_400),
        )
    )
    assert [hit.episode.session_id for hit in found.hits] == ["baking"]


async def test_a_search_shows_nobody_elses_memory(
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
) -> None:
    put = await put_talks(episodes, visibility=common.VISIBILITY_PRIVATE)
    await episodes.PutEpisode(
        pb.PutEpisodeRequest(
            user_id="bob",
            persona_id="brad",
            start_time=at(0),
            end_time=at(1),
            summary="Bob never goes climbing.",
        )
    )
    for user, persona in (("alice", "quinn"), ("bob", "brad")):
        found = await episodes.SearchEpisodes(
            pb.SearchEpisodesRequest(user_id=user, persona_id=persona, query="climbing gym Nora")
        )
        assert not {hit.episode.user_id for hit in found.hits} - {user}
        assert not {hit.episode.session_id for hit in found.hits} & set(TALKS)
    own = await episodes.SearchEpisodes(
        pb.SearchEpisodesRequest(
            **PAIR, query="climbing gym Nora", min_revision=put["travel"].revision
        )
    )
    assert own.hits[0].episode.session_id == "climbing"


async def test_what_became_private_or_was_deleted_is_found_no_more(
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
) -> None:
    put = await put_talks(episodes)

    async def found(persona: str, min_revision: int) -> set[str]:
        answer = await episodes.SearchEpisodes(
            pb.SearchEpisodesRequest(
                user_id="alice",
                persona_id=persona,
                query="Alice said climbing bread train",
                min_revision=min_revision,
            )
        )
        return {hit.episode.session_id for hit in answer.hits}

    assert await found("quinn", put["travel"].revision) == set(TALKS)
    episode = put["climbing"].episode
    episode.visibility = common.VISIBILITY_PRIVATE
    episode.ClearField("etag")
    changed = await episodes.UpdateEpisode(
        pb.UpdateEpisodeRequest(
            **PAIR, episode=episode, update_mask=FieldMask(paths=["visibility"])
        )
    )
    assert await found("quinn", changed.revision) == set(TALKS) - {"climbing"}
    assert await found("brad", changed.revision) == set(TALKS)
    gone = await episodes.DeleteEpisode(
        pb.DeleteEpisodeRequest(**PAIR, episode_id=put["baking"].episode.episode_id)
    )
    assert await found("brad", gone.revision) == {"climbing", "travel"}


async def test_copies_in_a_rehydrated_session_are_not_found_twice(
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
) -> None:
    await put_talks(episodes)
    again = await episodes.RehydrateSession(
        pb.RehydrateSessionRequest(**PAIR, session_id="climbing", new_session_id="again")
    )
    found = await episodes.SearchEpisodes(
        pb.SearchEpisodesRequest(**PAIR, query="climbing gym", min_revision=again.revision)
    )
    assert [hit.episode.session_id for hit in found.hits].count("climbing") == 1
    assert "again" not in {hit.episode.session_id for hit in found.hits}


async def test_a_stale_etag_and_a_wrong_mask_are_refused(
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
    operations: operations_grpc.OperationsServiceStub,
) -> None:
    put = (await put_talks(episodes))["climbing"]
    await ended_job(operations, put.job_id)
    got = await episodes.GetEpisode(pb.GetEpisodeRequest(**PAIR, session_id="climbing"))
    edit = pb.Episode(episode_id=got.episode.episode_id, summary="Edited.", etag=got.episode.etag)

    async def update(*paths: str) -> pb.UpdateEpisodeResponse:
        answer: pb.UpdateEpisodeResponse = await episodes.UpdateEpisode(
            pb.UpdateEpisodeRequest(**PAIR, episode=edit, update_mask=FieldMask(paths=paths))
        )
        return answer

    for paths in ((), ("facts",), ("summary", "nothing")):
        refused = await refusal(update(*paths))
        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refused.fields[0].startswith("update_mask")
    assert (await update("summary")).episode.summary == "Edited."
    assert (await refusal(update("summary"))).reason == "STALE_ETAG"
    assert (
        await refusal(
            episodes.DeleteEpisode(
                pb.DeleteEpisodeRequest(
                    **PAIR, episode_id=got.episode.episode_id, etag=got.episode.etag
                )
            )
        )
    ).reason == "STALE_ETAG"
    edit.ClearField("episode_id")
    assert (await refusal(update("summary"))).reason == "FIELD_REQUIRED"


async def test_a_list_in_pages(episodes: episodic_grpc.EpisodicMemoryServiceStub) -> None:
    await put_talks(episodes)
    request = pb.ListEpisodesRequest(**PAIR, page_size=2, own_only=True)
    first = await episodes.ListEpisodes(request)
    assert [episode.session_id for episode in first.episodes] == ["travel", "baking"]
    request.page_token = first.next_page_token
    second = await episodes.ListEpisodes(request)
    assert [episode.session_id for episode in second.episodes] == ["climbing"]
    assert second.next_page_token == ""


async def test_jobs_in_pages_and_by_state(
    episodes: episodic_grpc.EpisodicMemoryServiceStub,
    operations: operations_grpc.OperationsServiceStub,
) -> None:
    put = await put_talks(episodes)
    for each in put.values():
        await ended_job(operations, each.job_id)
    request = operations_pb.ListJobsRequest(
        **PAIR, page_size=2, states=[operations_pb.JOB_STATE_SUCCEEDED]
    )
    first = await operations.ListJobs(request)
    request.page_token = first.next_page_token
    second = await operations.ListJobs(request)
    newest_first = [each.job_id for each in reversed(put.values())]
    assert [job.job_id for job in (*first.jobs, *second.jobs)] == newest_first
    assert second.next_page_token == ""
    request.ClearField("page_token")
    request.states[:] = [operations_pb.JOB_STATE_FAILED]
    assert not (await operations.ListJobs(request)).jobs
    assert (
        await refusal(
            operations.GetJob(
                operations_pb.GetJobRequest(
                    user_id="alice", persona_id="quinn", job_id=newest_first[0]
                )
            )
        )
    ).reason == "RESOURCE_NOT_FOUND"
