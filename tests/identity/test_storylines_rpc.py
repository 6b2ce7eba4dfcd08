"""Storylines, the last calls, and what a relationship remembers: over the wire."""

from __future__ import annotations

from typing import Any

import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import common_pb2 as common
from reverie.v1 import relationship_service_pb2 as pb
from reverie.v1 import working_memory_service_pb2 as working
from tests.identity.test_relationship_rpc import OTHER, PAIR, at, episode_of, refused, texts
from tests.rpc.contract import BY_NAME, Refused, answer, ask

NEW, ONGOING, RESOLVED = (
    working.STORYLINE_STATUS_NEW,
    working.STORYLINE_STATUS_ONGOING,
    working.STORYLINE_STATUS_RESOLVED,
)


def told(topic: str, status: Any = NEW, **fields: Any) -> working.SuppliedStoryline:
    return working.SuppliedStoryline(topic=topic, status=status, **fields)


async def call(
    channel: grpc.aio.Channel,
    number: int,
    *storylines: working.SuppliedStoryline,
    pair: dict[str, str] = PAIR,
    **fields: Any,
) -> Any:
    """The call of that number, a minute each, an hour apart; gives the answer to its end."""
    session = {**pair, "session_id": f"call{number}-{pair['persona_id']}"}
    start = number * 3_600
    await answer(channel, "StartSession", **session, start_time=at(start))
    entry = working.Entry(
        role=working.ROLE_USER, content=f"climbing rope {number}", event_time=at(start)
    )
    await answer(channel, "AppendEntries", **session, entries=[entry])
    return await answer(
        channel,
        "EndSession",
        **session,
        end_time=at(start + 60),
        **{"summary": f"climbing summary {number}", **fields},
        storylines=storylines,
    )


async def listed(channel: grpc.aio.Channel, *statuses: Any) -> dict[str, pb.Storyline]:
    """By topic."""
    found = await answer(channel, "ListStorylines", **PAIR, statuses=statuses)
    return {each.topic: each for each in found.storylines}


async def remember(channel: grpc.aio.Channel, **config: Any) -> None:
    await answer(channel, "GetOrCreateRelationship", **PAIR)
    await answer(
        channel,
        "UpdateRelationship",
        **PAIR,
        relationship=pb.Relationship(memory_config=pb.MemoryConfig(**config)),
        update_mask=FieldMask(paths=["memory_config"]),
    )


async def test_a_storyline_from_call_to_call(channel: grpc.aio.Channel) -> None:
    await call(channel, 1, told("Sarah", summary="They argue.", follow_up="Did they talk?"))
    first = (await listed(channel))["Sarah"]
    assert first.status == NEW
    assert first.session_id == "call1-brad"
    assert first.first_mentioned_time == first.last_mentioned_time == at(3_660)

    await call(
        channel,
        2,
        told("sarah ", summary="They talk again.", follow_up_time=at(9_000)),
        told("New job"),
    )
    assert list(await listed(channel)) == ["New job", "Sarah"]
    second = (await listed(channel))["Sarah"]
    assert second.storyline_id == first.storyline_id
    assert (second.status, second.summary) == (ONGOING, "They talk again.")
    assert (second.follow_up, second.follow_up_time) == ("", at(9_000))
    assert second.first_mentioned_time == at(3_660)
    assert second.last_mentioned_time == at(7_260)
    assert second.etag != first.etag

    await call(channel, 3, told("SARAH", RESOLVED))
    assert list(await listed(channel, RESOLVED)) == ["Sarah"]
    assert list(await listed(channel, NEW, ONGOING)) == ["New job"]
    assert (await listed(channel))["Sarah"].resolve_time == at(10_860)

    await call(channel, 4, told("Sarah", ONGOING))
    assert not (await listed(channel))["Sarah"].HasField("resolve_time")
    assert (await answer(channel, "GetRelationship", **PAIR)).relationship.total_calls == 4


async def test_a_prompt_as_of_then_has_the_storylines_that_were_open(
    channel: grpc.aio.Channel,
) -> None:
    def hunt(summary: str) -> working.SuppliedStoryline:
        return told("house hunt", ONGOING, summary=summary, follow_up="Which one?")

    await call(channel, 1, hunt("Looks at flats."))
    await call(channel, 2, told("marathon", ONGOING, summary="Runs every day."))
    await call(channel, 4, hunt("Signed a lease."))
    await call(channel, 6, told("marathon", RESOLVED, summary="It is over."))

    async def then(hour: int) -> set[str]:
        prompt = await answer(channel, "ComposePrompt", **PAIR, as_of=at(hour * 3_600 + 1_800))
        lines = [line for line in prompt.prompt.splitlines() if line.startswith("- ")]
        topics = ("house hunt", "marathon")
        return {line.split(": ", 1)[1] for line in lines if any(each in line for each in topics)}

    assert await then(0) == set()
    # What has been said of them since was not known then.
    assert await then(3) == {"marathon", "house hunt"}
    signed = "house hunt: Signed a lease. - ask: Which one?"
    assert await then(5) == {"marathon", signed}
    assert await then(7) == {signed}


async def test_pages_of_storylines(channel: grpc.aio.Channel) -> None:
    await call(channel, 1, *(told(f"topic {number}") for number in range(7)))
    await call(channel, 2, told("topic 3"))
    token, topics = "", []
    while True:
        page = await answer(channel, "ListStorylines", **PAIR, page_size=2, page_token=token)
        topics += [each.topic for each in page.storylines]
        token = page.next_page_token
        if not token:
            break
    assert topics[0] == "topic 3"
    assert sorted(topics) == [f"topic {number}" for number in range(7)]


async def test_a_storyline_changed_by_hand(channel: grpc.aio.Channel) -> None:
    await call(channel, 1, told("Sarah", summary="They argue."))
    before = (await listed(channel))["Sarah"]

    def update(path: str, **fields: Any) -> Any:
        fields = {"storyline_id": before.storyline_id, **fields}
        return {
            **PAIR,
            "storyline": pb.Storyline(**fields),
            "update_mask": FieldMask(paths=[path]),
        }

    changed = await answer(
        channel,
        "UpdateStoryline",
        **update("status", status=RESOLVED, summary="not named", etag=before.etag),
    )
    assert changed.storyline.status == RESOLVED
    assert changed.storyline.summary == "They argue."
    assert changed.storyline.HasField("resolve_time")
    assert (await listed(channel))["Sarah"] == changed.storyline
    for fields, expected in (
        (update("status", status=NEW, etag=before.etag), ("ABORTED", "STALE_ETAG")),
        (update("status"), ("INVALID_ARGUMENT", "INVALID_FIELD")),
        (
            update("status", status=NEW, storyline_id=""),
            ("INVALID_ARGUMENT", "FIELD_REQUIRED"),
        ),
        (update("topic", topic="Nora"), ("INVALID_ARGUMENT", "INVALID_FIELD")),
    ):
        assert await refused(channel, "UpdateStoryline", **fields) == expected


async def test_a_topic_that_says_nothing_ends_nothing(channel: grpc.aio.Channel) -> None:
    await answer(channel, "StartSession", **PAIR, session_id="s")
    request = BY_NAME["EndSession"].request(
        **PAIR, session_id="s", storylines=[told("a"), told(" \t")]
    )
    outcome = await ask(channel, BY_NAME["EndSession"], request)
    assert isinstance(outcome, Refused)
    assert outcome.fields == ("storylines[1].topic",)
    session = (await answer(channel, "GetSession", **PAIR, session_id="s")).session
    assert session.state == working.SESSION_STATE_ACTIVE
    assert await listed(channel) == {}


async def test_storylines_are_the_pairs_alone(channel: grpc.aio.Channel) -> None:
    await call(channel, 1, told("Sarah"), told("Nora"))
    await call(channel, 1, told("sarah", RESOLVED), pair=OTHER)
    assert (await listed(channel))["Sarah"].status == NEW
    theirs = (await answer(channel, "ListStorylines", **OTHER)).storylines
    assert [each.topic for each in theirs] == ["sarah"]
    foreign = {**OTHER, "storyline": {"storyline_id": (await listed(channel))["Nora"].storyline_id}}
    assert await refused(
        channel, "UpdateStoryline", **foreign, update_mask=FieldMask(paths=["summary"])
    ) == ("NOT_FOUND", "RESOURCE_NOT_FOUND")
    # The episode is shared, its storylines are not.
    session = {"session_id": "call1-brad"}
    own = (await answer(channel, "GetEpisode", **PAIR, **session)).episode
    others = (await answer(channel, "GetEpisode", **OTHER, **session)).episode
    assert [each.topic for each in own.storylines] == ["Sarah", "Nora"]
    assert others.summary == own.summary
    assert not others.storylines
    for name in ("ListEpisodes", "SearchEpisodes"):
        query = {"query": "climbing summary"} if name == "SearchEpisodes" else {}
        found = await answer(channel, name, **OTHER, **query)
        assert b"Nora" not in found.SerializeToString()


async def test_what_a_deleted_call_told_goes_with_it(channel: grpc.aio.Channel) -> None:
    await call(channel, 1, told("Sarah", summary="first words"), told("Nora", summary="only here"))
    await call(channel, 2, told("Sarah", follow_up="second words"))

    await answer(
        channel, "DeleteEpisode", **PAIR, episode_id=await episode_of(channel, "call1-brad")
    )

    left = await listed(channel)
    assert list(left) == ["Sarah"]
    assert (left["Sarah"].summary, left["Sarah"].follow_up) == ("", "second words")
    assert left["Sarah"].session_id == "call2-brad"


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (1, 3, 2), (2, 1, 3)])
async def test_a_storyline_goes_with_the_last_call_that_told_it(
    channel: grpc.aio.Channel, order: tuple[int, ...]
) -> None:
    for number in sorted(order):
        await call(channel, number, told("Sarah"), told("sarah", ONGOING))

    for number in order:
        assert list(await listed(channel)) == ["Sarah"]
        episode_id = await episode_of(channel, f"call{number}-brad")
        await answer(channel, "DeleteEpisode", **PAIR, episode_id=episode_id)

    assert await listed(channel) == {}


async def test_the_last_calls(channel: grpc.aio.Channel) -> None:
    await answer(channel, "GetOrCreateRelationship", **PAIR)
    nothing = await answer(channel, "GetRecentCalls", **PAIR)
    assert not nothing.calls
    for number in range(1, 12):
        await call(channel, number, key_topics=[f"topic {number}"], outcome=f"outcome {number}")
    await call(channel, 20, pair=OTHER)
    await call(channel, 12, told("Sarah"), told("Old", RESOLVED), flush=False)
    await call(channel, 13, told("Sarah", ONGOING), told("Old", RESOLVED))

    recent = await answer(channel, "GetRecentCalls", **PAIR)

    expected = [13, *range(11, 2, -1)]
    assert [each.session_id for each in recent.calls] == [f"call{n}-brad" for n in expected]
    second = recent.calls[1]
    assert (second.start_time, second.end_time) == (at(39_600), at(39_660))
    assert (second.summary, second.outcome) == ("climbing summary 11", "outcome 11")
    assert list(second.key_topics) == ["topic 11"]
    assert second.episode_id == await episode_of(channel, "call11-brad")
    assert [each.topic for each in recent.ongoing_storylines] == ["Sarah"]
    assert len((await answer(channel, "GetRecentCalls", **PAIR, limit=12)).calls) == 12
    await remember(channel, auto_recall_depth=3)
    assert len((await answer(channel, "GetRecentCalls", **PAIR)).calls) == 3
    await remember(channel, auto_recall_depth=0)
    assert not (await answer(channel, "GetRecentCalls", **PAIR)).calls
    assert len((await answer(channel, "GetRecentCalls", **PAIR, limit=2)).calls) == 2


async def test_past_conversations_are_not_remembered(channel: grpc.aio.Channel) -> None:
    await call(channel, 1, told("Sarah"))
    await remember(channel, remember_past_conversations=False)

    ended = await call(channel, 2, told("Nora"))

    assert (ended.episode_id, ended.job_id) == ("", "")
    assert not ended.session.episode_id
    gone = ("NOT_FOUND", "RESOURCE_NOT_FOUND")
    assert await refused(channel, "GetEpisode", **PAIR, session_id="call2-brad") == gone
    recent = await answer(channel, "GetRecentCalls", **PAIR, limit=10)
    assert (len(recent.calls), len(recent.ongoing_storylines)) == (0, 0)
    assert await texts(channel, PAIR) == set()
    assert (await answer(channel, "GetRelationship", **PAIR)).relationship.total_calls == 2
    assert list(await listed(channel)) == ["Sarah"], "nothing is forgotten"
    await remember(channel)
    assert await texts(channel, PAIR) == {"climbing rope 1", "climbing summary 1"}
    assert len((await answer(channel, "GetRecentCalls", **PAIR)).calls) == 1
    assert (await call(channel, 3)).episode_id


@pytest.mark.parametrize("switch", ["remember_relationship_details", "remember_personal_facts"])
async def test_details_and_facts_are_not_remembered(channel: grpc.aio.Channel, switch: str) -> None:
    await call(channel, 1, told("Sarah"))
    await remember(channel, **{switch: False})

    fact = working.SuppliedFact(statement="She climbs.")
    joke = working.SuppliedFact(statement="The rope laughed.", category="inside_joke")
    await call(channel, 2, told("Nora"), facts=[fact, joke])

    episode = (await answer(channel, "GetEpisode", **PAIR, session_id="call2-brad")).episode
    recent = await answer(channel, "GetRecentCalls", **PAIR)
    assert len(recent.calls) == 2
    if switch == "remember_personal_facts":
        assert not episode.facts
        assert [each.topic for each in episode.storylines] == ["Nora"]
        assert list(await listed(channel)) == ["Nora", "Sarah"]
        assert len(recent.ongoing_storylines) == 2
    else:
        assert [each.statement for each in episode.facts] == ["She climbs."]
        assert not episode.storylines
        assert list(await listed(channel)) == ["Sarah"]
        assert not recent.ongoing_storylines


async def test_deleting_the_relationship_deletes_storylines_and_scores(
    channel: grpc.aio.Channel,
) -> None:
    session = {**PAIR, "session_id": "s"}
    await answer(
        channel, "StartSession", **session, visibility=common.VISIBILITY_SHARED, start_time=at(0)
    )
    await answer(channel, "EndSession", **session, storylines=[told("Sarah")], summary="climbing")
    await answer(channel, "RecordInteraction", **PAIR, quality=pb.INTERACTION_QUALITY_FAILED)

    await answer(channel, "DeleteRelationship", **PAIR)
    await answer(channel, "GetOrCreateRelationship", **PAIR)

    assert await listed(channel) == {}
    episode = (await answer(channel, "GetEpisode", **session)).episode
    assert episode.summary == "climbing"
    assert not episode.storylines
    relationship = (await answer(channel, "GetRelationship", **PAIR)).relationship
    assert relationship.scores.trust == 0.5
    assert relationship.interaction_count == 0
    series = await answer(
        channel,
        "GetTrajectory",
        **PAIR,
        end_time=Timestamp(seconds=relationship.create_time.seconds + 9),
    )
    assert not any(bucket.interaction_count for bucket in series.buckets)
