"""ExtractFacts: what is read is stored once, and a dry run says what would be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie.v1 import relationship_service_pb2 as relationships
from reverie.v1 import user_service_pb2 as users
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.jobs.model import JobContext
from reverie_server.rpc.timestamps import timestamp as moment
from reverie_server.storage.statements import parse
from reverie_server.tiers.facts.extraction import FactExtraction
from tests.channels import connect
from tests.facts.conftest import Known, day
from tests.facts.contradictions import FREE_TEXT, FreeText, Said
from tests.fresh_database import ManualClock
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER
from tests.refusals import refusal

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
SESSION: dict[str, Any] = {**PAIR, "session_id": "s"}
BOSTON = "I live in Boston and I love rock climbing."
STORED, CONFIRMED = pb.FACT_OUTCOME_STORED, pb.FACT_OUTCOME_CONFIRMED
TOLD_BEFORE = pb.FACT_OUTCOME_TOLD_BEFORE
SQL = parse(
    """
    -- name: rows
    SELECT (SELECT COUNT(*) FROM facts) + (SELECT COUNT(*) FROM fact_versions)
        + (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM users)
        + (SELECT COUNT(*) FROM personas) + (SELECT COUNT(*) FROM request_records);
    -- name: answers
    SELECT answer FROM request_records;
    """,
    source="tests",
)


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", clock) as house:
        yield house


@pytest.fixture
async def facts(house: House) -> AsyncIterator[rpc.FactServiceStub]:
    async with connect(house.address, house.workspace) as channel:
        yield rpc.FactServiceStub(channel)


async def extract(stub: rpc.FactServiceStub, **fields: Any) -> pb.ExtractFactsResponse:
    answer: pb.ExtractFactsResponse = await stub.ExtractFacts(pb.ExtractFactsRequest(**fields))
    return answer


async def known(stub: rpc.FactServiceStub, **pair: str) -> Sequence[pb.Fact]:
    request = pb.ListFactsRequest(
        **{**PAIR, **pair}, include_past=True, include_quarantined=True, page_size=1_000
    )
    return list((await stub.ListFacts(request)).facts)


def lines(*said: str, on_day: float = 0) -> pb.SpokenLines:
    return pb.SpokenLines(
        lines=[pb.SpokenLine(content=each, event_time=moment(day(on_day))) for each in said]
    )


def outcomes(answer: pb.ExtractFactsResponse) -> list[int]:
    return [each.outcome for each in answer.facts]


async def test_a_dry_run_of_a_session_shows_its_facts_and_stores_nothing(
    house: House, facts: rpc.FactServiceStub
) -> None:
    (entry_id,) = await house.talk.conversation(BOSTON)
    await house.indexed()
    rows = await house.floors.database.fetchval(SQL["rows"])
    user = await house.talk.users.GetUser(users.GetUserRequest(user_id=USER))

    tried = await extract(facts, **SESSION, dry_run=True, request_id="r")

    assert outcomes(tried) == [STORED, STORED]
    assert {each.fact.predicate: each.fact.object for each in tried.facts} == {
        "lives_in": "Boston",
        "loves": "rock climbing",
    }
    for each in tried.facts:
        assert each.statement == each.fact.statement
        assert list(each.entry_ids) == list(each.fact.entry_ids) == [entry_id]
        assert not each.quarantined
    assert (tried.dry_run, tried.extractor, tried.truncated) == (True, "embedded", False)
    assert await known(facts) == []
    assert await house.floors.database.fetchval(SQL["rows"]) == rows
    assert await house.talk.users.GetUser(users.GetUserRequest(user_id=USER)) == user
    got = pb.GetFactRequest(**PAIR, fact_id=tried.facts[0].fact.fact_id)
    assert (await refusal(facts.GetFact(got))).code is grpc.StatusCode.NOT_FOUND

    done = await extract(facts, **SESSION, request_id="r")

    assert outcomes(done) == [STORED, STORED]
    assert done.revision == tried.revision + 1
    assert {each.fact_id for each in await known(facts)} == {
        each.fact.fact_id for each in done.facts
    }
    assert [each.fact.statement for each in done.facts] == [each.statement for each in tried.facts]
    assert not any(each.statement for each in done.facts)


async def test_reading_a_session_again_adds_nothing(
    house: House, facts: rpc.FactServiceStub
) -> None:
    await house.talk.conversation(BOSTON)
    await extract(facts, **SESSION)
    before = await known(facts)

    again = await extract(facts, **SESSION)

    assert outcomes(again) == [TOLD_BEFORE, TOLD_BEFORE]
    assert {each.fact.fact_id for each in again.facts} == {each.fact_id for each in before}
    await house.talk.end()
    await house.idle()
    assert await known(facts) == before
    ended = await extract(facts, **SESSION)
    assert (ended.unread_reason, len(ended.facts)) == (pb.UNREAD_REASON_READ_BEFORE, 0)
    assert ended.extractor == ""
    tried = await extract(facts, **SESSION, dry_run=True)
    assert (tried.unread_reason, outcomes(tried)) == (0, [TOLD_BEFORE, TOLD_BEFORE])
    assert await known(facts) == before


async def test_the_job_adds_what_was_said_since(house: House, facts: rpc.FactServiceStub) -> None:
    await house.talk.conversation("I live in Boston.")
    await extract(facts, **SESSION)
    house.floors.clock.advance(3_600)  # type: ignore[attr-defined]
    await house.talk.say("I live in Boston.", "I love rock climbing.")
    await house.talk.end()
    await house.idle()

    found = {each.predicate: each for each in await known(facts)}

    assert set(found) == {"lives_in", "loves"}
    assert (found["lives_in"].confirm_count, found["loves"].confirm_count) == (1, 0)


async def test_an_ended_session_that_was_read_is_the_jobs_no_more(
    house: House, facts: rpc.FactServiceStub
) -> None:
    await house.talk.conversation(BOSTON)
    await house.talk.end(flush=False)

    done = await extract(facts, **SESSION)

    assert outcomes(done) == [STORED, STORED]
    session = await house.talk.working.GetSession(working.GetSessionRequest(**SESSION))
    assert session.session.memory_extracted


async def test_what_the_caller_supplied_is_still_the_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = asyncio.Event()
    extract_session = FactExtraction.extract_session

    async def held(self: FactExtraction, context: JobContext) -> Mapping[str, int]:
        await goes_on.wait()
        return await extract_session(self, context)

    monkeypatch.setattr(FactExtraction, "extract_session", held)
    async with (
        open_house(tmp_path / "data") as house,
        connect(house.address, house.workspace) as channel,
    ):
        facts = rpc.FactServiceStub(channel)
        await house.talk.conversation("I live in Boston.")
        supplied = [working.SuppliedFact(statement="Collects stamps.")]
        await house.talk.working.EndSession(working.EndSessionRequest(**SESSION, facts=supplied))

        assert outcomes(await extract(facts, **SESSION)) == [STORED]
        goes_on.set()
        await house.idle()

        found = sorted(each.statement for each in await known(facts))
        assert found == ["Collects stamps.", "Lives in Boston."]


@pytest.mark.parametrize("change", ["Retract", "Update"])
async def test_reading_again_leaves_what_the_application_has_changed(
    house: House, facts: rpc.FactServiceStub, change: str
) -> None:
    await house.talk.conversation("I live in Boston.")
    (stored,) = (await extract(facts, **SESSION)).facts
    fact_id = stored.fact.fact_id
    if change == "Retract":
        await facts.RetractFact(pb.RetractFactRequest(**PAIR, fact_id=fact_id))
    else:
        request = pb.UpdateFactRequest(
            **PAIR, fact=pb.Fact(fact_id=fact_id, statement="Lives in the north of Boston.")
        )
        request.update_mask.paths.append("statement")
        await facts.UpdateFact(request)
    before = await known(facts)

    again = await extract(facts, **SESSION)

    assert outcomes(again) == [TOLD_BEFORE]
    assert await known(facts) == before


async def test_a_retry_gives_the_answer_and_keeps_no_words(
    house: House, facts: rpc.FactServiceStub
) -> None:
    await house.talk.conversation(BOSTON)
    first = await extract(facts, **SESSION, request_id="r")
    await house.talk.say("I love bread.")

    assert await extract(facts, **SESSION, request_id="r") == first
    answers = [bytes(row["answer"]) for row in await house.floors.database.fetch(SQL["answers"])]
    assert answers
    assert not any(word in answer for answer in answers for word in (b"Boston", b"climbing"))


@pytest.mark.parametrize("dry_run", [False, True])
async def test_nothing_is_read_where_facts_are_switched_off(
    house: House, facts: rpc.FactServiceStub, dry_run: bool
) -> None:
    off = relationships.MemoryConfig(remember_personal_facts=False)
    await house.talk.relationships.GetOrCreateRelationship(
        relationships.GetOrCreateRelationshipRequest(**PAIR, memory_config=off)
    )
    await house.talk.conversation(BOSTON)

    for source in ({"session_id": "s"}, {"spoken": lines(BOSTON)}):
        answer = await extract(facts, **PAIR, **source, dry_run=dry_run)
        assert answer.unread_reason == pb.UNREAD_REASON_SWITCHED_OFF
        assert (len(answer.facts), answer.extractor) == (0, "")
    assert await known(facts) == []


async def test_nothing_is_read_once_the_relationship_is_gone(
    house: House, facts: rpc.FactServiceStub
) -> None:
    await house.talk.start("s", visibility=common.VISIBILITY_PRIVATE)
    await house.talk.start("shared", visibility=common.VISIBILITY_SHARED)
    for session_id in ("s", "shared"):
        await house.talk.say(BOSTON, session_id=session_id)
    await house.talk.relationships.DeleteRelationship(
        relationships.DeleteRelationshipRequest(**PAIR)
    )

    answer = await extract(facts, **PAIR, session_id="shared", dry_run=True)

    assert answer.unread_reason == pb.UNREAD_REASON_NO_RELATIONSHIP
    assert (await refusal(extract(facts, **SESSION))).code is grpc.StatusCode.NOT_FOUND


async def test_what_is_uncertain_is_quarantined(facts: rpc.FactServiceStub) -> None:
    told = await extract(facts, **PAIR, spoken=lines("Maybe I am allergic to peanuts."))

    (read,) = told.facts
    assert (read.outcome, read.quarantined) == (STORED, True)
    assert read.fact.trust < 0.3


async def test_lines_tell_facts_of_the_user(facts: rpc.FactServiceStub) -> None:
    spoken = lines("Hello.", "I moved to Paris yesterday.", on_day=10)
    spoken.lines.add(role=working.ROLE_ASSISTANT, content="I live in Rome.")
    spoken.lines.add(role=working.ROLE_SYSTEM, content="I live in Oslo.")

    done = await extract(facts, **PAIR, spoken=spoken)

    (read,) = done.facts
    assert (read.outcome, read.fact.predicate, read.fact.object) == (STORED, "lives_in", "Paris")
    assert (list(read.line_numbers), list(read.entry_ids)) == ([1], [])
    assert day(8) <= read.fact.valid_from.ToMicroseconds() <= day(10)
    assert [each.fact_id for each in await known(facts)] == [read.fact.fact_id]
    again = await extract(facts, **PAIR, spoken=spoken)
    assert outcomes(again) == [CONFIRMED]
    assert len(await known(facts)) == 1


@pytest.mark.parametrize("source", [{}, {"session_id": ""}, {"spoken": pb.SpokenLines()}])
async def test_there_must_be_something_to_read(
    facts: rpc.FactServiceStub, source: dict[str, Any]
) -> None:
    refused = await refusal(extract(facts, **PAIR, **source))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "FIELD_REQUIRED",
    )


async def test_sessions_of_others_are_not_there(house: House, facts: rpc.FactServiceStub) -> None:
    await house.talk.conversation(BOSTON)

    for other in ({"user_id": "bob"}, {"persona_id": "quinn"}, {"session_id": "t"}):
        refused = await refusal(extract(facts, **{**SESSION, **other}))
        assert refused.code is grpc.StatusCode.NOT_FOUND


async def test_a_dry_run_says_what_would_give_way(facts: rpc.FactServiceStub) -> None:
    (home,) = (await extract(facts, **PAIR, spoken=lines("I live in Boston."))).facts
    before = await known(facts)

    tried = await extract(facts, **PAIR, spoken=lines("I live in Paris.", on_day=9), dry_run=True)

    (read,) = tried.facts
    assert (read.outcome, list(read.changed_fact_ids)) == (STORED, [home.fact.fact_id])
    assert await known(facts) == before


async def test_a_dry_run_says_what_the_store_then_does(
    known: Known, stub: rpc.FactServiceStub
) -> None:
    def seen(answer: pb.ExtractFactsResponse, ids: set[str]) -> list[Any]:
        """Without what differs: the ids of what was not there before, and the words."""
        return [
            (
                each.outcome,
                each.fact.statement,
                each.fact.valid_from,
                each.fact.valid_to,
                each.fact.confirm_count,
                each.fact.fact_id if each.fact.fact_id in ids else "new",
                bool(each.fact.superseded_by),
                [other if other in ids else "new" for other in each.changed_fact_ids],
                each.quarantined,
                list(each.line_numbers),
            )
            for each in answer.facts
        ]

    async def compare(user: str, said: Said) -> int:
        where = pb.ListFactsRequest(
            user_id=user, persona_id=PERSONA, include_past=True, include_quarantined=True
        )
        try:
            there = list((await stub.ListFacts(where)).facts)
        except grpc.aio.AioRpcError:
            there = []
        request = pb.ExtractFactsRequest(
            user_id=user,
            persona_id=PERSONA,
            spoken=lines(said.text, on_day=said.day),
            dry_run=True,
        )
        known.clock.advance(1)
        tried = await stub.ExtractFacts(request)
        request.dry_run = False
        done = await stub.ExtractFacts(request)
        ids = {each.fact_id for each in there}
        assert seen(tried, ids) == seen(done, ids)
        return len(done.facts)

    cases: Sequence[FreeText] = FREE_TEXT
    read = [
        await compare(f"user-{number}", said)
        for number, case in enumerate(cases)
        for said in case.said
    ]
    assert sum(read) > len(cases)
