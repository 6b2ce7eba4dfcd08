"""The `openai` extractor against a real HTTP server on the loopback interface."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import pytest_asyncio

from reverie_server.errors import FailedPrecondition, Unavailable
from reverie_server.language.fact_extractor import MalformedExtraction, Utterance
from reverie_server.language.openai_answer import SCHEMA
from reverie_server.language.openai_facts import (
    BATCH_UTTERANCES,
    UTTERANCE_CHARACTERS,
    OpenAIFactExtractor,
)
from tests.language.saying import NOON, micros, said

pytest.importorskip("openai", reason="the openai extra is not installed")

SECRET = "the-key"
PRIVATE = "private words"
FACT: dict[str, Any] = {
    "statement": "Lives in Boston.",
    "category": "place",
    "subject": "user",
    "predicate": "lives_in",
    "object": "Boston",
    "negated": False,
    "confidence": 0.9,
    "importance": 0.8,
    "valid_from": "2021-01-01",
    "sources": [0],
}
STORY: dict[str, Any] = {
    "topic": "the move", "status": "new", "summary": "Is moving house.", "sources": [0, 0],
}  # fmt: skip


def answer(*facts: dict[str, Any], storylines: tuple[dict[str, Any], ...] = ()) -> str:
    return json.dumps({"facts": facts, "storylines": storylines})


@dataclass
class Endpoint:
    """What the stub answers with, and what it was asked."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """Of the next answers; 200 when used up."""
    contents: list[str | None] = field(default_factory=list)
    """Of the next messages; an empty extraction when used up."""
    body: bytes | None = None
    """The whole answer, instead."""
    dies: bool = False
    """In the middle of its answer."""
    silent: bool = False
    dripping: bool = False
    """A byte now and then, for as long as anybody listens."""
    released: threading.Event = field(default_factory=threading.Event)

    def answered(self, body: dict[str, Any]) -> bytes:
        if self.body is not None:
            return self.body
        content = self.contents.pop(0) if self.contents else answer()
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": content},
        }
        return json.dumps(
            {"id": "1", "object": "chat.completion", "created": 1, "model": body["model"],
             "choices": [choice]}
        ).encode()  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    stub = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            stub.requests.append(body)
            if stub.silent:
                stub.released.wait()
                return
            status = stub.statuses.pop(0) if stub.statuses else 200
            encoded = stub.answered(body)
            if status != 200:
                encoded = json.dumps({"error": {"message": f"refused {body} {SECRET}"}}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(encoded)))
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            if stub.dripping:
                self.drip(encoded)
            elif stub.dies:
                self.wfile.write(encoded[:10])
                self.close_connection = True
            else:
                self.wfile.write(encoded)

        def drip(self, encoded: bytes) -> None:
            for byte in encoded:
                if stub.released.wait(0.05):
                    return
                try:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        stub.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield stub
        stub.released.set()
        server.shutdown()
        thread.join()


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
