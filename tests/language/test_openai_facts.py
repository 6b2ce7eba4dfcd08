"""The `openai` extractor against a real HTTP server on the loopback interface."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from reverie_server.errors import FailedPrecondition, Unavailable
from reverie_server.language.fact_extractor import MalformedExtraction, Utterance
from reverie_server.language.openai_answer import SCHEMA
from reverie_server.language.openai_facts import (
    BATCH_UTTERANCES,
    MOST_AT_ONCE,
    UTTERANCE_CHARACTERS,
    OpenAIFactExtractor,
)
from tests.language.endpoint import FACT, SECRET, STORY, Endpoint, answer, serving_endpoint
from tests.language.saying import NOON, micros, said

pytest.importorskip("openai", reason="the openai extra is not installed")

PRIVATE = "private words"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving_endpoint() as endpoint:
        yield endpoint


def made(endpoint: Endpoint, timeout_seconds: float = 30.0) -> OpenAIFactExtractor:
    return OpenAIFactExtractor(
        base_url=endpoint.url,
        api_key=SECRET,
        model="tiny",
        timeout_seconds=timeout_seconds,
        max_retries=1,
    )


@pytest_asyncio.fixture
async def extractor(endpoint: Endpoint) -> AsyncIterator[OpenAIFactExtractor]:
    extractor = made(endpoint)
    yield extractor
    await extractor.close()


async def test_facts_and_storylines_cite_their_entries(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    endpoint.contents = [answer(FACT | {"sources": [0, 1]}, storylines=(STORY,))]
    other = Utterance("e2", "assistant", "Brad", "Nice!", NOON, by_user=False)
    found = await extractor.extract([said("I live in Boston."), other])
    (fact,), (story,) = found.facts, found.storylines
    assert (fact.statement, fact.predicate, fact.object) == (
        "Lives in Boston.",
        "lives_in",
        "Boston",
    )
    assert fact.entry_ids == ("e1", "e2")
    assert fact.valid_from == micros(2021, 1, 1)
    assert (story.status, story.entry_ids) == ("new", ("e1",))
    (request,) = endpoint.requests
    sent = json.loads(request["messages"][1]["content"])
    assert [(item["number"], item["is_user"], item["text"]) for item in sent] == [
        (0, True, "I live in Boston."), (1, False, "Nice!"),
    ]  # fmt: skip
    assert sent[0]["said_at"] == "2024-05-15T12:00:00+00:00"
    assert request["response_format"]["json_schema"]["schema"] == SCHEMA
    assert request["response_format"]["json_schema"]["strict"] is True


async def test_without_words_of_the_user_nobody_is_asked(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    others = [replace(said("I live in Boston."), by_user=False), said(" \n")]
    for utterances in ([], others):
        found = await extractor.extract(utterances)
        assert (found.facts, found.storylines) == ((), ())
    assert endpoint.requests == []


async def test_a_long_session_is_asked_in_parts(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    endpoint.contents = [answer(FACT), answer(FACT | {"sources": [1]})]
    many = [said("I live in Boston.", entry_id=f"e{n}") for n in range(BATCH_UTTERANCES + 2)]
    found = await extractor.extract(many)
    assert [fact.entry_ids for fact in found.facts] == [("e0",), (f"e{BATCH_UTTERANCES + 1}",)]
    long = [said("y" * 2 * UTTERANCE_CHARACTERS), said("I live in Boston.")]
    await extractor.extract(long)
    sent = [json.loads(request["messages"][1]["content"]) for request in endpoint.requests[2:]]
    assert [len(item["text"]) for part in sent for item in part] == [UTTERANCE_CHARACTERS, 17]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "I could not find any facts.",
        '{"facts": [',
        "[]",
        '{"facts": []}',
        answer(FACT)[:-20],
        answer(FACT | {"confidence": 1.5}),
        answer(FACT | {"confidence": "high"}),
        answer(FACT | {"negated": 0}),
        answer(FACT | {"predicate": "Lives In"}),
        answer(FACT | {"statement": ""}),
        answer(FACT | {"object": "Bos\0ton"}),
        answer(FACT | {"sources": []}),
        answer(FACT | {"sources": [1]}),
        answer(FACT | {"sources": [-1]}),
        answer(FACT | {"valid_from": "last week"}),
        answer(FACT | {"extra": 1}),
        answer(FACT, {"statement": "Is tall."}),
        answer(FACT, storylines=(STORY | {"status": "open"},)),
        "[" * 100_000,
    ],
)  # fmt: skip
async def test_of_a_malformed_answer_nothing_is_taken(
    extractor: OpenAIFactExtractor, endpoint: Endpoint, content: str | None
) -> None:
    endpoint.contents = [content]
    with pytest.raises(MalformedExtraction) as caught:
        await extractor.extract([said(PRIVATE)])
    assert isinstance(caught.value, Unavailable)
    assert caught.value.__cause__ is None
    assert "Boston" not in caught.value.message


async def test_one_malformed_part_spoils_all_and_asking_again_helps(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    many = [said("I live in Boston.", entry_id=f"e{n}") for n in range(BATCH_UTTERANCES + 1)]
    endpoint.contents = [answer(FACT), "garbage"]
    with pytest.raises(MalformedExtraction):
        await extractor.extract(many)
    endpoint.contents = [answer(FACT), answer(FACT)]
    assert len((await extractor.extract(many)).facts) == 2


async def test_a_fact_rests_on_what_the_user_said(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    other = Utterance("e2", "assistant", "Brad", "You live in Boston.", NOON, by_user=False)
    endpoint.contents = [answer(FACT | {"sources": [1]})]
    with pytest.raises(MalformedExtraction, match="nothing the user said"):
        await extractor.extract([said("Hello."), other])


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[]", b"null", b'"x"', b"{}",
                                  b'{"choices": []}', b'{"choices": null}', b'{"choices": [7]}',
                                  b"\xff\xfe"])  # fmt: skip
async def test_garbage_instead_of_a_completion_is_malformed(
    extractor: OpenAIFactExtractor, endpoint: Endpoint, body: bytes
) -> None:
    endpoint.body = body
    with pytest.raises(Unavailable):
        await extractor.extract([said(PRIVATE)])


async def test_a_passing_failure_is_retried(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    endpoint.statuses = [503]
    endpoint.contents = ["not read", answer(FACT)]
    assert len((await extractor.extract([said("I live in Boston.")])).facts) == 1
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_unavailable_when_retries_are_used_up(
    extractor: OpenAIFactExtractor, endpoint: Endpoint, status: int
) -> None:
    endpoint.statuses = [status, status]
    with pytest.raises(Unavailable, match=str(status)) as caught:
        await extractor.extract([said(PRIVATE)])
    assert caught.value.reason == "PROVIDER_UNAVAILABLE"
    assert not isinstance(caught.value, MalformedExtraction)


async def test_an_endpoint_that_dies_is_unavailable(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    endpoint.dies = True
    with pytest.raises(Unavailable, match="cannot be reached"):
        await extractor.extract([said(PRIVATE)])


async def test_nobody_listening_is_unavailable() -> None:
    deaf = OpenAIFactExtractor(
        base_url="http://127.0.0.1:9/v1", api_key="", model="m", max_retries=0
    )
    with pytest.raises(Unavailable, match="cannot be reached"):
        await deaf.extract([said(PRIVATE)])
    await deaf.close()


@pytest.mark.parametrize("manner", ["silent", "dripping"])
async def test_a_slow_endpoint_is_unavailable(endpoint: Endpoint, manner: str) -> None:
    setattr(endpoint, manner, True)
    impatient = made(endpoint, timeout_seconds=0.2)
    with pytest.raises(Unavailable, match="in time"):
        await impatient.extract([said(PRIVATE)])
    await impatient.close()


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_refusal_is_told_without_text_or_key(
    extractor: OpenAIFactExtractor,
    endpoint: Endpoint,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    endpoint.statuses = [status]
    with caplog.at_level(logging.DEBUG), pytest.raises(FailedPrecondition) as caught:
        await extractor.extract([said(PRIVATE)])
    assert str(status) in caught.value.message
    assert caught.value.__cause__ is None
    for told in (caught.value.message, caplog.text):
        assert PRIVATE not in told
        assert SECRET not in told


async def test_the_endpoint_has_so_many_requests_at_once(
    extractor: OpenAIFactExtractor, endpoint: Endpoint
) -> None:
    endpoint.content = answer(FACT)
    endpoint.silent = True
    calls = [
        asyncio.ensure_future(extractor.extract([said("I live in Boston.")]))
        for _ in range(MOST_AT_ONCE + 4)
    ]
    for _ in range(MOST_AT_ONCE):
        assert await asyncio.to_thread(endpoint.arrived.acquire, timeout=60)
    assert len(endpoint.requests) == MOST_AT_ONCE
    endpoint.silent = False
    endpoint.released.set()
    found = await asyncio.gather(*calls)
    assert [len(each.facts) for each in found] == [1] * len(calls)
