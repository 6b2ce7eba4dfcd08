"""Facts read by an OpenAI-compatible endpoint, in a whole server: whose words it gets, and what
happens when it is slow, talks nonsense, fails or dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from pydantic import SecretStr

from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import relationship_service_pb2 as relationships
from reverie.v1 import working_memory_service_pb2 as working
from tests.channels import connect
from tests.language.endpoint import FACT, SECRET, Endpoint, answer, serving_endpoint
from tests.recall.house import House, open_house
from tests.recall.talk import PERSONA, USER
from tests.refusals import refusal
from tests.server_process import free_port

pytest.importorskip("openai", reason="the openai extra is not installed")

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
SESSION: dict[str, Any] = {**PAIR, "session_id": "s"}
PRIVATE = "My secret place is called Zanzibar Lane."
ATTEMPTS = 3
WORKSPACE = "w"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving_endpoint() as endpoint:
        endpoint.content = answer(FACT)
        yield endpoint


@asynccontextmanager
async def asking(
    folder: Path, url: str, **chosen: Any
) -> AsyncIterator[tuple[House, rpc.FactServiceStub]]:
    """A server that has facts read there, and tries again at once."""
    settings: dict[str, Any] = {
        "extractor": "openai",
        "extractor_workspaces": (WORKSPACE,),
        "extractor_url": url,
        "extractor_key": SecretStr(SECRET),
        "extractor_model": "tiny",
        "extractor_retries": 0,
        "job_attempts": ATTEMPTS,
        "job_retry_seconds": 0,
    } | chosen
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(folder / "data", **settings))
        channel = await stack.enter_async_context(connect(house.address, WORKSPACE))
        yield house, rpc.FactServiceStub(channel)


async def known(stub: rpc.FactServiceStub) -> Sequence[pb.Fact]:
    request = pb.ListFactsRequest(**PAIR, include_past=True, include_quarantined=True)
    return list((await stub.ListFacts(request)).facts)


async def job_of(house: House, job_id: str) -> operations.Job:
    request = operations.GetJobRequest(**PAIR, job_id=job_id)
    job: operations.Job = (await house.talk.operations.GetJob(request)).job
    return job


async def arrival(endpoint: Endpoint) -> None:
    """Waits until the endpoint has been asked once more."""
    assert await asyncio.to_thread(endpoint.arrived.acquire, timeout=60)


async def remember_facts(house: House, *, on: bool) -> None:
    request = relationships.UpdateRelationshipRequest(
        **PAIR,
        relationship=relationships.Relationship(
            memory_config=relationships.MemoryConfig(remember_personal_facts=on)
        ),
        update_mask=FieldMask(paths=["memory_config.remember_personal_facts"]),
    )
    await house.talk.relationships.UpdateRelationship(request)


# Whose words leave ---------------------------------------------------------------------------


async def test_the_endpoint_reads_what_a_listed_workspace_says(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    async with asking(tmp_path, endpoint.url) as (house, facts):
        (entry_id,) = await house.talk.conversation("I live in Boston.")
        await house.talk.conversation(PRIVATE, session_id="other", user="bob")
        await house.talk.end()
        await house.idle()
        found = await known(facts)

    (fact,) = found
    assert (fact.statement, list(fact.entry_ids)) == ("Lives in Boston.", [entry_id])
    assert "I live in Boston." in endpoint.sent
    assert PRIVATE not in endpoint.sent


@pytest.mark.parametrize("chosen", [{"extractor_workspaces": ("another",)}, {
    "extractor_workspaces": ()}, {"extractor": "embedded"}])  # fmt: skip
async def test_no_other_workspaces_word_leaves(
    tmp_path: Path, endpoint: Endpoint, chosen: dict[str, Any]
) -> None:
    async with asking(tmp_path, endpoint.url, **chosen) as (house, facts):
        await house.talk.conversation("I live in Boston.")
        shown = await facts.ExtractFacts(pb.ExtractFactsRequest(**SESSION, dry_run=True))
        await house.talk.end()
        await house.idle()
        found = await known(facts)

    assert endpoint.requests == []
    assert shown.extractor == "embedded"
    assert [fact.object for fact in found] == ["Boston"]


async def test_no_word_leaves_where_facts_are_switched_off(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.conversation(PRIVATE)
        await remember_facts(house, on=False)
        spoken = pb.SpokenLines(lines=[pb.SpokenLine(content=PRIVATE)])
        for dry_run in (True, False):
            for source in ({"session_id": "s"}, {"spoken": spoken}):
                request = pb.ExtractFactsRequest(**PAIR, **source, dry_run=dry_run)
                shown = await facts.ExtractFacts(request)
                assert shown.unread_reason == pb.UNREAD_REASON_SWITCHED_OFF
        await house.talk.end()
        await house.idle()
        assert endpoint.requests == []

        await remember_facts(house, on=True)
        await facts.ExtractFacts(pb.ExtractFactsRequest(**SESSION, dry_run=True))
        assert PRIVATE in endpoint.sent


async def test_facts_switched_off_while_the_endpoint_reads_are_not_stored(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.silent = True
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.conversation("I live in Boston.")
        call = asyncio.ensure_future(facts.ExtractFacts(pb.ExtractFactsRequest(**SESSION)))
        await arrival(endpoint)
        await remember_facts(house, on=False)
        endpoint.silent = False
        endpoint.released.set()
        shown = await call

        assert shown.unread_reason == pb.UNREAD_REASON_SWITCHED_OFF
        assert await known(facts) == []


# An endpoint in trouble ----------------------------------------------------------------------

GARBAGE: Final = {"content": "I could not find any facts."}
TROUBLES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "garbage": (GARBAGE, "is not JSON of the schema"),
    "not a completion": ({"body": b"<html>busy</html>"}, "did not answer with a chat completion"),
    "500": ({"statuses": [500] * ATTEMPTS}, "answered with status 500"),
    "429": ({"statuses": [429] * ATTEMPTS}, "answered with status 429"),
    "dies": ({"dies": True}, "cannot be reached in time"),
    "hangs up": ({"hangs_up": True}, "cannot be reached in time"),
    "silent": ({"silent": True}, "cannot be reached in time"),
    "dripping": ({"dripping": True}, "cannot be reached in time"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_job_fails_with_its_reason_and_a_retry_stores_once(
    tmp_path: Path,
    endpoint: Endpoint,
    trouble: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    behaviour, told = TROUBLES[trouble]
    for name, value in behaviour.items():
        setattr(endpoint, name, value)
    impatient = {"extractor_timeout_seconds": 0.2} if "in time" in told else {}
    async with asking(tmp_path, endpoint.url, **impatient) as (house, facts):
        await house.talk.conversation(PRIVATE)
        ended = await house.talk.end()
        await house.idle()

        job = await job_of(house, ended.job_id)
        assert (job.state, job.attempt) == (operations.JOB_STATE_FAILED, ATTEMPTS)
        assert (job.step, job.error_reason) == ("extract facts", "PROVIDER_UNAVAILABLE")
        assert told in job.error_message
        assert len(endpoint.requests) == ATTEMPTS
        assert await known(facts) == []
        session = working.GetSessionRequest(**SESSION)
        assert not (await house.talk.working.GetSession(session)).session.memory_extracted

        for name in behaviour:
            setattr(endpoint, name, getattr(Endpoint(), name))
        endpoint.content = answer(FACT)
        endpoint.released.set()
    # Patient again, and with what is stored.
    async with asking(tmp_path, endpoint.url) as (house, facts):
        retry = operations.RetryJobRequest(**PAIR, job_id=ended.job_id)
        await house.talk.operations.RetryJob(retry)
        await house.idle()
        assert (await job_of(house, ended.job_id)).state == operations.JOB_STATE_SUCCEEDED
        (fact,) = await known(facts)
        await house.talk.operations.RetryJob(retry)
        await house.idle()

        assert await known(facts) == [fact]
        assert (fact.statement, fact.version) == ("Lives in Boston.", 1)
        assert (await house.talk.working.GetSession(session)).session.memory_extracted

    captured = capfd.readouterr()
    for shown in (captured.out, captured.err, caplog.text, job.error_message):
        assert "Zanzibar" not in shown
        assert SECRET not in shown


async def test_nobody_waits_for_an_endpoint_that_holds_its_answer(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.silent = True
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.conversation("I live in Boston.")
        ended = await house.talk.end()
        await arrival(endpoint)
        # The endpoint has the request and has not answered it: all of this happens meanwhile.
        assert not endpoint.released.is_set()
        assert (await job_of(house, ended.job_id)).state == operations.JOB_STATE_RUNNING
        await house.talk.conversation("I love bread.", session_id="next")
        await house.talk.say("And rain.", session_id="next")
        added = await facts.AddFacts(
            pb.AddFactsRequest(**PAIR, facts=[pb.NewFact(statement="Collects stamps.")])
        )
        asked = await house.talk.end("next")
        episodes = {ended.episode_id, asked.episode_id}
        assert len(episodes) == 2
        assert [each.fact_id for each in await known(facts)] == [added.told[0].fact_id]
        assert not endpoint.released.is_set()

        endpoint.silent = False
        endpoint.released.set()
        await house.idle()

        for job_id in (ended.job_id, asked.job_id):
            assert (await job_of(house, job_id)).state == operations.JOB_STATE_SUCCEEDED
        statements = sorted(each.statement for each in await known(facts))
        assert statements == ["Collects stamps.", "Lives in Boston."]


async def test_an_endpoint_that_is_not_there_yet(tmp_path: Path) -> None:
    port = free_port()
    async with asking(tmp_path, f"http://127.0.0.1:{port}/v1") as (house, facts):
        await house.talk.conversation("I live in Boston.")
        ended = await house.talk.end()
        await house.idle()
        job = await job_of(house, ended.job_id)
        assert (job.state, job.attempt) == (operations.JOB_STATE_FAILED, ATTEMPTS)
        assert "cannot be reached" in job.error_message

        with serving_endpoint(port) as endpoint:
            endpoint.content = answer(FACT)
            await house.talk.operations.RetryJob(
                operations.RetryJobRequest(**PAIR, job_id=ended.job_id)
            )
            await house.idle()

        (fact,) = await known(facts)
        assert (fact.statement, fact.confirm_count) == ("Lives in Boston.", 0)


async def test_of_a_session_in_parts_nothing_is_stored_unless_all_parts_are_read(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.contents = [answer(FACT), "garbage"] * ATTEMPTS
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.conversation(*["I live in Boston."] * 101)
        ended = await house.talk.end()
        await house.idle()

        assert (await job_of(house, ended.job_id)).state == operations.JOB_STATE_FAILED
        assert len(endpoint.requests) == 2 * ATTEMPTS
        assert await known(facts) == []


async def test_a_refusal_is_final(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.statuses = [401]
    async with asking(tmp_path, endpoint.url) as (house, _):
        await house.talk.conversation("I live in Boston.")
        ended = await house.talk.end()
        await house.idle()
        job = await job_of(house, ended.job_id)

    assert (job.state, job.attempt) == (operations.JOB_STATE_FAILED, 1)
    assert "check its settings and key" in job.error_message


# ExtractFacts --------------------------------------------------------------------------------


async def test_extract_facts_ends_with_its_deadline(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.silent = True
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.conversation("I live in Boston.")
        request = pb.ExtractFactsRequest(**SESSION, request_id="r")

        refused = await refusal(facts.ExtractFacts(request, timeout=0.5))

        assert refused.code is grpc.StatusCode.DEADLINE_EXCEEDED
        await arrival(endpoint)
        endpoint.silent = False
        endpoint.released.set()
        await house.talk.say("And I love rain.")
        assert await known(facts) == []
        done = await facts.ExtractFacts(request)
        assert [each.outcome for each in done.facts] == [pb.FACT_OUTCOME_STORED]


async def test_extract_facts_says_what_is_wrong_with_the_endpoint(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.conversation(PRIVATE)
        request = pb.ExtractFactsRequest(**SESSION)
        for statuses, contents, code, reason in (
            ([500], [], grpc.StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE"),
            ([], ["garbage"], grpc.StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE"),
            ([401], [], grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE"),
        ):
            endpoint.statuses, endpoint.contents = list(statuses), list(contents)
            refused = await refusal(facts.ExtractFacts(request))
            assert (refused.code, refused.reason) == (code, reason)
        assert await known(facts) == []


async def test_an_answered_request_asks_nobody_again(tmp_path: Path, endpoint: Endpoint) -> None:
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.conversation("I live in Boston.")
        request = pb.ExtractFactsRequest(**SESSION, request_id="r")
        first = await facts.ExtractFacts(request)

        assert await facts.ExtractFacts(request) == first
        assert len(endpoint.requests) == 1
        assert first.extractor == "openai-tiny"


async def test_what_is_left_out_says_why(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.content = answer(
        FACT | {"statement": "Had toast.", "predicate": "", "object": "", "importance": 0.1},
        FACT | {"statement": "The duck did it.", "category": "inside_joke", "object": "Ducks"},
        FACT | {"confidence": 0.3},
    )
    async with asking(tmp_path, endpoint.url) as (house, facts):
        await house.talk.relationships.GetOrCreateRelationship(
            relationships.GetOrCreateRelationshipRequest(
                **PAIR,
                memory_config=relationships.MemoryConfig(remember_relationship_details=False),
            )
        )
        await house.talk.conversation("I live in Boston.")
        tried = await facts.ExtractFacts(pb.ExtractFactsRequest(**SESSION, dry_run=True))
        done = await facts.ExtractFacts(pb.ExtractFactsRequest(**SESSION))
        stored = await known(facts)

    for shown in (tried, done):
        assert [each.outcome for each in shown.facts] == [
            pb.FACT_OUTCOME_UNIMPORTANT,
            pb.FACT_OUTCOME_SWITCHED_OFF,
            pb.FACT_OUTCOME_STORED,
        ]
        assert [each.HasField("fact") for each in shown.facts] == [False, False, True]
        assert shown.facts[2].quarantined
    assert [each.statement for each in tried.facts][:2] == ["Had toast.", "The duck did it."]
    assert [each.statement for each in stored] == ["Lives in Boston."]


async def test_more_facts_than_fit_are_stored_all_the_same(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    long = "x" * 1_900
    endpoint.content = answer(
        *(
            FACT | {"statement": f"{long} {n}.", "predicate": "likes", "object": f"thing {n}"}
            for n in range(200)
        )
    )
    spoken = pb.SpokenLines(lines=[pb.SpokenLine(content=f"Line {n}.") for n in range(800)])
    async with asking(tmp_path, endpoint.url) as (_, facts):
        request = pb.ExtractFactsRequest(**PAIR, spoken=spoken)
        done = await facts.ExtractFacts(request)
        request.dry_run = True
        tried = await facts.ExtractFacts(request)

    assert len(endpoint.requests) == 16
    for shown in (done, tried):
        assert shown.truncated
        assert 0 < len(shown.facts) < 1_600
        assert shown.ByteSize() < 4 * 1024 * 1024
