"""Facts read by an OpenAI-compatible endpoint: whose words it gets, and what ExtractFacts makes of
its answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest

from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import relationship_service_pb2 as relationships
from tests.facts.asking import (
    PAIR,
    PRIVATE,
    SESSION,
    arrival,
    asking,
    endpoint,
    known,
    remember_facts,
)
from tests.language.endpoint import FACT, Endpoint, answer
from tests.refusals import refusal

__all__ = ["endpoint"]

pytest.importorskip("openai", reason="the openai extra is not installed")


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
