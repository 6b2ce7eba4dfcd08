"""RelationshipService as callers meet it: over the wire, on a whole server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc.aio
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import common_pb2 as common
from reverie.v1 import relationship_service_pb2 as pb
from reverie.v1 import working_memory_service_pb2 as working
from tests.rpc.contract import BY_NAME, Refused, answer, ask

PAIR = {"user_id": "alice", "persona_id": "brad"}
OTHER = {"user_id": "alice", "persona_id": "carol"}
PRIVATE, SHARED = common.VISIBILITY_PRIVATE, common.VISIBILITY_SHARED


def at(seconds: int) -> Timestamp:
    return Timestamp(seconds=1_600_000_000 + seconds)


async def refused(channel: grpc.aio.Channel, name: str, **fields: Any) -> tuple[str, str]:
    """The code and the reason of a call that must fail."""
    outcome = await ask(channel, BY_NAME[name], BY_NAME[name].request(**fields))
    assert isinstance(outcome, Refused), outcome
    return outcome.code.name, outcome.reason


async def texts(channel: grpc.aio.Channel, pair: Mapping[str, Any]) -> set[str]:
    """All that a persona can recall of a user."""
    found = await answer(channel, "Recall", **pair, query="climbing wall rope", limit=200)
    return {hit.text for hit in found.hits}


async def test_the_terms_of_a_relationship(channel: grpc.aio.Channel) -> None:
    created = await answer(channel, "GetOrCreateRelationship", **PAIR, custom_prompt="Say dude.")

    changed = await answer(
        channel,
        "UpdateRelationship",
        **PAIR,
        relationship=pb.Relationship(
            relationship_type="climbing partner",
            memory_config=pb.MemoryConfig(auto_recall_depth=3),
            start_time=at(0),
            etag=created.relationship.etag,
        ),
        update_mask=FieldMask(
            paths=["relationship_type", "memory_config.auto_recall_depth", "start_time"]
        ),
        request_id="r",
    )

    expected = pb.Relationship()
    expected.CopyFrom(created.relationship)
    expected.relationship_type = "climbing partner"
    expected.memory_config.auto_recall_depth = 3
    expected.start_time.CopyFrom(at(0))
    expected.update_time.CopyFrom(changed.relationship.update_time)
    expected.etag = changed.relationship.etag
    assert changed.relationship == expected
    assert (await answer(channel, "GetRelationship", **PAIR)).relationship == expected
    stale = await refused(
        channel,
        "UpdateRelationship",
        **PAIR,
        relationship=created.relationship,
        update_mask=FieldMask(paths=["custom_prompt"]),
    )
    assert stale == ("ABORTED", "STALE_ETAG")
    await answer(
        channel,
        "UpdateRelationship",
        **PAIR,
        relationship=pb.Relationship(custom_prompt="Hi"),
        update_mask=FieldMask(paths=["memory_config"]),
    )
    reset = (await answer(channel, "GetRelationship", **PAIR)).relationship
    assert reset.memory_config.auto_recall_depth == 10
    assert reset.custom_prompt == "Say dude."


async def test_the_list_tells_nothing_that_is_private(channel: grpc.aio.Channel) -> None:
    for persona in ("brad", "carol"):
        pair = {"user_id": "alice", "persona_id": persona}
        await answer(channel, "GetOrCreateRelationship", **pair, custom_prompt="Say dude.")
    first = await answer(channel, "ListRelationships", user_id="alice", page_size=1)
    second = await answer(
        channel,
        "ListRelationships",
        user_id="alice",
        page_size=1,
        page_token=first.next_page_token,
    )
    assert [each.persona_id for each in first.relationships] == ["carol"]
    assert [each.persona_id for each in second.relationships] == ["brad"]
    assert not second.next_page_token
    assert b"dude" not in second.SerializeToString()


async def fill(channel: grpc.aio.Channel, visibility: int, name: str) -> None:
    """A session with its episode, an active session and a document."""
    document = Struct()
    document.update({"text": f"climbing wall document {name}"})
    await answer(
        channel,
        "PutDocument",
        **PAIR,
        document_id=name,
        content=document,
        visibility=visibility,
    )
    for session_id in (f"ended-{name}", f"active-{name}"):
        session = {**PAIR, "session_id": session_id}
        await answer(channel, "StartSession", **session, visibility=visibility)
        entry = working.Entry(role=working.ROLE_USER, content=f"climbing rope {session_id}")
        await answer(channel, "AppendEntries", **session, entries=[entry])
    await answer(
        channel,
        "EndSession",
        **PAIR,
        session_id=f"ended-{name}",
        summary=f"climbing summary {name}",
    )


async def test_what_is_private_goes_with_the_relationship_and_what_is_shared_stays(
    channel: grpc.aio.Channel,
) -> None:
    await answer(channel, "GetOrCreateRelationship", **PAIR, custom_prompt="Say babe.")
    for visibility, name in ((PRIVATE, "private"), (SHARED, "shared")):
        await fill(channel, visibility, name)
    for pair in (PAIR, OTHER):
        await answer(
            channel, "PutProcedure", **pair, key="greet", template=f"climbing {pair['persona_id']}"
        )
    shared = {
        "climbing rope ended-shared",
        "climbing rope active-shared",
        "climbing summary shared",
    }
    before = await texts(channel, PAIR)
    assert shared < before
    assert len({text for text in before if "private" in text}) == 4
    stats = (await answer(channel, "GetStats")).counts

    deleted = await answer(channel, "DeleteRelationship", **PAIR, request_id="r")

    gone = ("NOT_FOUND", "RESOURCE_NOT_FOUND")
    for name in ("GetRelationship", "ListMemories", "DeleteRelationship"):
        assert await refused(channel, name, **PAIR) == gone
    for session_id in ("ended-private", "active-private"):
        assert await refused(channel, "GetSession", **PAIR, session_id=session_id) == gone
    assert await answer(channel, "DeleteRelationship", **PAIR, request_id="r") == deleted
    for pair in (PAIR, OTHER):
        found = await texts(channel, pair)
        assert shared < found
        assert not {text for text in found if "private" in text or text == "climbing brad"}
    assert "climbing carol" in await texts(channel, OTHER)
    assert dict((await answer(channel, "GetStats")).counts) != dict(stats)
    # The shared session goes on; there is nothing to count it on.
    await answer(channel, "EndSession", **PAIR, session_id="active-shared", summary="a rope")
    again = await answer(channel, "GetOrCreateRelationship", **PAIR)
    assert again.created
    assert again.relationship.custom_prompt == ""
    assert again.relationship.total_calls == 0


async def test_what_a_former_persona_shared_goes_with_it(channel: grpc.aio.Channel) -> None:
    await fill(channel, SHARED, "shared")
    await answer(channel, "GetOrCreateRelationship", **OTHER)
    await answer(channel, "DeleteRelationship", **PAIR)
    assert await texts(channel, OTHER)

    assert await refused(channel, "DeletePersona", persona_id="brad") == (
        "FAILED_PRECONDITION",
        "WRONG_STATE",
    )
    await answer(channel, "DeletePersona", persona_id="brad", force=True)

    assert await texts(channel, OTHER) == set()


async def test_a_call_that_was_brought_in_counts_once(channel: grpc.aio.Channel) -> None:
    episode = {
        **PAIR,
        "session_id": "old",
        "start_time": at(0),
        "end_time": at(90),
        "summary": "climbing",
    }
    for _ in range(3):
        await answer(channel, "PutEpisode", **episode, request_id="r")
    taken = await refused(channel, "PutEpisode", **episode)
    assert taken == ("ALREADY_EXISTS", "RESOURCE_EXISTS")

    relationship = (await answer(channel, "GetRelationship", **PAIR)).relationship

    assert (relationship.total_calls, relationship.total_seconds) == (1, 90.0)
    assert relationship.last_call_time == at(90)
    await answer(channel, "DeleteEpisode", **PAIR, episode_id=await episode_of(channel, "old"))
    relationship = (await answer(channel, "GetRelationship", **PAIR)).relationship
    assert relationship.total_calls == 1


async def episode_of(channel: grpc.aio.Channel, session_id: str) -> str:
    found = await answer(channel, "GetEpisode", **PAIR, session_id=session_id)
    return str(found.episode.episode_id)


async def test_interactions_move_the_scores(channel: grpc.aio.Channel) -> None:
    await answer(channel, "GetOrCreateRelationship", **PAIR)
    new = (await answer(channel, "GetRelationship", **PAIR)).relationship
    assert new.scores == pb.Scores(trust=0.5, affection=0.4, attunement=0.3)

    judged = await answer(
        channel,
        "RecordInteraction",
        **PAIR,
        quality=pb.INTERACTION_QUALITY_EXCELLENT,
        emotion_variance=0.3,
        event_time=at(0),
    )
    metrics = {"engagement": 0.4, "satisfaction": 0.3, "topic_relevance": 0.5}
    measured = await answer(
        channel,
        "RecordInteraction",
        **PAIR,
        metrics=metrics,
        emotion_variance=0.6,
        event_time=at(60),
    )

    assert measured.quality == pb.INTERACTION_QUALITY_POOR
    assert measured.previous_scores == judged.scores
    relationship = (await answer(channel, "GetRelationship", **PAIR)).relationship
    assert relationship.scores == measured.scores
    assert relationship.interaction_count == 2
    assert (
        round(measured.scores.trust, 6),
        round(measured.scores.affection, 6),
        round(measured.scores.attunement, 6),
    ) == (0.5303, 0.4232, 0.322)
    series = await answer(
        channel, "GetTrajectory", **PAIR, start_time=at(0), end_time=at(120), bucket_seconds=60
    )
    assert [bucket.last for bucket in series.buckets] == [judged.scores, measured.scores]
    assert series.bucket_seconds == 60
    for _ in range(5):
        await answer(channel, "RecordInteraction", **PAIR, quality=pb.INTERACTION_QUALITY_POOR)
    status = await answer(channel, "GetTrustStatus", **PAIR)
    assert status.decline == pb.TRUST_DECLINE_MODERATE
    assert status.interaction_count == 5
    assert status.recovery.stage == pb.RECOVERY_STAGE_ACTIVE
    assert "validate_emotions" in status.recovery.actions
    assert status.recovery.HasField("start_time")


async def test_no_interaction_is_lost_of_many_at_once(channel: grpc.aio.Channel) -> None:
    await answer(channel, "GetOrCreateRelationship", **PAIR)
    quality = pb.INTERACTION_QUALITY_AVERAGE
    await asyncio.gather(
        *(answer(channel, "RecordInteraction", **PAIR, quality=quality) for _ in range(50))
    )
    relationship = (await answer(channel, "GetRelationship", **PAIR)).relationship
    assert relationship.interaction_count == 50
    assert round(relationship.scores.trust, 6) == 0.95


async def test_an_interaction_needs_a_judgement(channel: grpc.aio.Channel) -> None:
    await answer(channel, "GetOrCreateRelationship", **PAIR)
    required = ("INVALID_ARGUMENT", "FIELD_REQUIRED")
    assert await refused(channel, "RecordInteraction", **PAIR) == required
    assert await refused(channel, "RecordInteraction", **PAIR, quality=0) == required
    assert await refused(channel, "RecordInteraction", **PAIR, metrics={}) == required
    await answer(channel, "RecordInteraction", **PAIR, metrics={"engagement": 0.0})
