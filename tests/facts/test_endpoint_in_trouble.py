"""An endpoint that is slow, talks nonsense, fails or dies holds up nobody: over gRPC, in a whole
server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import working_memory_service_pb2 as working
from tests.channels import connect
from tests.facts.asking import (
    ATTEMPTS,
    PAIR,
    PRIVATE,
    SESSION,
    arrival,
    asking,
    endpoint,
    job_of,
    known,
)
from tests.language.endpoint import FACT, SECRET, Endpoint, answer, serving_endpoint
from tests.looking_again import until
from tests.recall.talk import Talk
from tests.server_process import free_port

__all__ = ["endpoint"]

pytest.importorskip("openai", reason="the openai extra is not installed")


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


async def test_other_jobs_do_not_wait_for_it_either(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.silent = True
    async with asking(tmp_path, endpoint.url) as (house, _):
        for number in range(4):
            await house.talk.conversation("I live in Boston.", session_id=f"s{number}")
            await house.talk.end(f"s{number}")
        for _ in range(4):
            await arrival(endpoint)
        async with connect(house.address, "unlisted") as channel:
            talk = Talk(channel)
            await talk.conversation("I live in Boston.", session_id="theirs")
            ended = await talk.end("theirs")
            request = operations.GetJobRequest(**PAIR, job_id=ended.job_id)
            waiting = {operations.JOB_STATE_PENDING, operations.JOB_STATE_RUNNING}
            asked = await until(
                "the job's end",
                lambda: talk.operations.GetJob(request),
                lambda seen: seen.job.state not in waiting,
            )
            job = asked.job
        assert (job.state, job.result["facts_stored"]) == (operations.JOB_STATE_SUCCEEDED, 1)
        assert not endpoint.released.is_set()
        endpoint.silent = False
        endpoint.released.set()
        await house.idle()


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
