"""MarkUsed: what was used in an answer is fresh again."""

from __future__ import annotations

import grpc

from reverie.v1 import common_pb2 as common
from reverie.v1 import recall_service_pb2 as pb
from reverie_server.clock import MICROSECONDS
from reverie_server.storage.statements import parse
from reverie_server.tiers.recall.finder import Question
from tests.fresh_database import ManualClock
from tests.recall.house import House
from tests.recall.talk import EPISODIC, PERSONA, PROCEDURAL, SEMANTIC, USER, WORKING, Talk, said
from tests.refusals import refusal

YEAR = 365 * 86_400
USED = parse(
    "-- name: used\nSELECT COUNT(*) FROM memory_usage WHERE workspace_id = $1", source="tests"
)["used"]


def marking(tier: common.Tier, *ids: str, **more: str) -> pb.MarkUsedRequest:
    memories = [pb.MemoryReference(tier=tier, memory_id=each) for each in ids]
    return pb.MarkUsedRequest(user_id=USER, persona_id=PERSONA, memories=memories, **more)


async def two_equals(talk: Talk, now: int) -> tuple[str, str]:
    """Two entries that differ only in age; their ids, the fresher one first."""
    await talk.start("s1")
    old = await talk.append([said("The key is under the mat.", at=now - YEAR * MICROSECONDS)], "s1")
    await talk.start("s2")
    new = await talk.append([said("The key is under the mat.", at=now)], "s2")
    return new.entry_ids[0], old.entry_ids[0]


async def ids(talk: Talk, query: str) -> list[str]:
    return [hit.memory_id for hit in (await talk.recall(query)).hits]


async def test_what_was_used_is_as_fresh_as_what_has_just_happened(
    house: House, clock: ManualClock
) -> None:
    talk = house.talk
    new, old = await two_equals(talk, house.floors.clock.now())
    assert await ids(talk, "Where is the key?") == [new, old]
    before = (await talk.recall("Where is the key?")).hits[1].score
    clock.advance(3 * 86_400)
    marked = await talk.memories.MarkUsed(marking(WORKING, old))
    found = await talk.recall("Where is the key?")
    assert [hit.memory_id for hit in found.hits] == [old, new]
    assert found.hits[0].score > before
    assert found.revision == marked.revision
    fresh = await house.finder().find(house.reader, Question("Where is the key?", 10))
    assert [each.key[1] for each in fresh.found] == [old, new]


async def test_a_memory_that_changes_stays_used(house: House) -> None:
    talk = house.talk
    await talk.start("s1")
    await talk.append(
        [said("The key is under the mat.", at=house.floors.clock.now() - YEAR * MICROSECONDS)], "s1"
    )
    ended = await talk.end("s1", summary="About a key.")
    await talk.archived(ended)
    (entry,) = (hit for hit in (await talk.recall("key under the mat")).hits if hit.entry_ids)
    await talk.memories.MarkUsed(marking(EPISODIC, entry.memory_id))
    used = (await talk.recall("key under the mat")).hits
    for visibility in (common.VISIBILITY_PRIVATE, common.VISIBILITY_SHARED):
        await talk.set_visibility(ended.episode_id, visibility)
        after = (await talk.recall("key under the mat")).hits
        assert {hit.memory_id: round(hit.score, 6) for hit in after} == {
            hit.memory_id: round(hit.score, 6) for hit in used
        }


async def test_a_shared_document_and_procedure_can_be_used(
    house: House, clock: ManualClock
) -> None:
    talk = house.talk
    await talk.start()
    await talk.document("mat", {"mat": "lift it"}, user="")
    put = await talk.procedure("mat", "Lift the mat")
    clock.advance(YEAR)
    before = {hit.memory_id: hit.score for hit in (await talk.recall("lift the mat")).hits}
    assert len(before) == 2
    await talk.memories.MarkUsed(marking(SEMANTIC, "mat"))
    await talk.memories.MarkUsed(marking(PROCEDURAL, next(iter(set(before) - {"mat"}))))
    after = {hit.memory_id: hit.score for hit in (await talk.recall("lift the mat")).hits}
    assert all(after[each] > before[each] for each in before)
    assert put.revision


async def test_a_retry_counts_once(house: House) -> None:
    talk = house.talk
    new, old = await two_equals(talk, house.floors.clock.now())
    first = await talk.memories.MarkUsed(marking(WORKING, new, request_id="r1"))
    again = await talk.memories.MarkUsed(marking(WORKING, new, request_id="r1"))
    assert again.revision == first.revision
    reused = await refusal(talk.memories.MarkUsed(marking(WORKING, old, request_id="r1")))
    assert (reused.code, reused.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "REQUEST_ID_REUSED",
    )
    assert await house.floors.database.fetchval(USED, house.workspace) == 1


async def test_one_that_is_not_there_spoils_all(house: House) -> None:
    talk = house.talk
    new, old = await two_equals(talk, house.floors.clock.now())
    before = (await talk.recall("key")).revision
    for tier, memory_id in ((WORKING, "gone"), (SEMANTIC, old), (PROCEDURAL, old)):
        request = marking(WORKING, new)
        request.memories.append(pb.MemoryReference(tier=tier, memory_id=memory_id))
        assert (await refusal(talk.memories.MarkUsed(request))).code is grpc.StatusCode.NOT_FOUND
    unknown = marking(WORKING, new, session_id="other")
    assert (await refusal(talk.memories.MarkUsed(unknown))).code is grpc.StatusCode.NOT_FOUND
    assert (await talk.recall("key")).revision == before
    assert await house.floors.database.fetchval(USED, house.workspace) == 0


async def test_recalling_marks_nothing(house: House) -> None:
    await two_equals(house.talk, house.floors.clock.now())
    before = (await house.talk.recall("key")).revision
    for _ in range(3):
        assert (await house.talk.recall("key", explain=True)).revision == before
    assert await house.floors.database.fetchval(USED, house.workspace) == 0


async def test_what_another_persona_keeps_to_itself_cannot_be_marked(talk: Talk) -> None:
    (entry,) = await talk.conversation("A secret.", visibility=common.VISIBILITY_PRIVATE)
    await talk.start("e", persona="elena")
    request = marking(WORKING, entry)
    request.persona_id = "elena"
    assert (await refusal(talk.memories.MarkUsed(request))).code is grpc.StatusCode.NOT_FOUND
    await talk.memories.MarkUsed(marking(WORKING, entry))
