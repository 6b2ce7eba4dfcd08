"""The `openai` embedder against a real HTTP server on the loopback interface."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from reverie_server.embedding.openai import (
    BATCH_TEXTS,
    PIECE_CHARACTERS,
    OpenAIEmbedder,
)
from reverie_server.errors import FailedPrecondition, Unavailable

pytest.importorskip("openai", reason="the openai extra is not installed")

SECRET = "the-key"


@dataclass
class Endpoint:
    """What the stub answers with, and what it was asked."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """Of the next answers; 200 when used up."""
    vector: Callable[[str], list[float]] = lambda text: [float(len(text)), 1.0, 0.0]
    indexes: Callable[[int], list[int]] = lambda count: list(range(count))[::-1]
    """Reversed: answers need not come in the order asked."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    stub = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            stub.requests.append(body)
            stub.keys.append(self.headers["authorization"])
            status = stub.statuses.pop(0) if stub.statuses else 200
            texts = body["input"]
            answer: dict[str, Any] = {
                "object": "list",
                "model": body["model"],
                "usage": {"prompt_tokens": 1, "total_tokens": 1},
                "data": [
                    {"object": "embedding", "index": i, "embedding": stub.vector(texts[i])}
                    for i in stub.indexes(len(texts))
                ],
            }
            if status != 200:
                answer = {"error": {"message": f"refused: {texts} for {self.headers}"}}
            encoded = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(encoded)))
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        stub.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield stub
        server.shutdown()
        thread.join()


@pytest_asyncio.fixture
async def embedder(endpoint: Endpoint) -> AsyncIterator[OpenAIEmbedder]:
    made = OpenAIEmbedder(
        base_url=endpoint.url, api_key=SECRET, model="tiny", dimension=3, max_retries=1
    )
    yield made
    await made.close()


async def test_rows_are_in_order_and_of_unit_length(
    embedder: OpenAIEmbedder, endpoint: Endpoint
) -> None:
    rows = await embedder.embed(["a", "", "abc", " "])
    assert np.allclose(rows[0], np.array([1, 1, 0]) / np.sqrt(2))
    assert np.allclose(rows[2], np.array([3, 1, 0]) / np.sqrt(10))
    assert not rows[[1, 3]].any()
    assert [request["input"] for request in endpoint.requests] == [["a", "abc"]]
    assert endpoint.requests[0]["model"] == "tiny"
    assert "dimensions" not in endpoint.requests[0]
    assert endpoint.keys == [f"Bearer {SECRET}"]
    assert (embedder.name, embedder.dimension) == ("openai-tiny-3", 3)


async def test_nothing_to_embed_asks_nobody(embedder: OpenAIEmbedder, endpoint: Endpoint) -> None:
    assert (await embedder.embed([])).shape == (0, 3)
    assert not (await embedder.embed(["", "\n"])).any()
    assert endpoint.requests == []


async def test_batches(embedder: OpenAIEmbedder, endpoint: Endpoint) -> None:
    texts = ["x" * (1 + n % 9) for n in range(BATCH_TEXTS * 2 + 1)]
    rows = await embedder.embed(texts)
    assert [len(request["input"]) for request in endpoint.requests] == [BATCH_TEXTS] * 2 + [1]
    assert np.allclose(rows[:, 0] / rows[:, 1], [len(text) for text in texts], rtol=1e-5)


async def test_a_long_text_is_embedded_in_pieces(
    embedder: OpenAIEmbedder, endpoint: Endpoint
) -> None:
    (row,) = await embedder.embed(["y" * (PIECE_CHARACTERS + 10)])
    (request,) = endpoint.requests
    assert [len(piece) for piece in request["input"]] == [PIECE_CHARACTERS, 10]
    assert np.isclose(np.linalg.norm(row), 1, atol=1e-5)


async def test_asks_for_short_vectors_when_told_to(endpoint: Endpoint) -> None:
    shorter = OpenAIEmbedder(
        base_url=endpoint.url, api_key="", model="tiny", dimension=3, shorten=True
    )
    await shorter.embed(["a"])
    await shorter.close()
    assert endpoint.requests[0]["dimensions"] == 3


async def test_a_passing_failure_is_retried(embedder: OpenAIEmbedder, endpoint: Endpoint) -> None:
    endpoint.statuses = [503]
    assert (await embedder.embed(["a"])).any()
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("status", [429, 500])
async def test_unavailable_when_retries_are_used_up(
    embedder: OpenAIEmbedder, endpoint: Endpoint, status: int
) -> None:
    endpoint.statuses = [status, status]
    with pytest.raises(Unavailable, match=str(status)) as caught:
        await embedder.embed(["private words"])
    assert caught.value.reason == "PROVIDER_UNAVAILABLE"
    assert caught.value.retry_after_seconds


async def test_nobody_listening_is_unavailable() -> None:
    deaf = OpenAIEmbedder(
        base_url="http://127.0.0.1:9/v1", api_key="k", model="m", dimension=3, max_retries=0
    )
    with pytest.raises(Unavailable, match="cannot be reached"):
        await deaf.embed(["a"])
    await deaf.close()


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_refusal_is_told_without_text_or_key(
    embedder: OpenAIEmbedder,
    endpoint: Endpoint,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    endpoint.statuses = [status]
    with caplog.at_level(logging.DEBUG), pytest.raises(FailedPrecondition) as caught:
        await embedder.embed(["private words"])
    assert str(status) in caught.value.message
    assert caught.value.__cause__ is None
    for told in (caught.value.message, caplog.text):
        assert "private" not in told
        assert SECRET not in told


async def test_vectors_of_another_dimension_are_refused(
    embedder: OpenAIEmbedder, endpoint: Endpoint
) -> None:
    endpoint.vector = lambda _: [1.0, 2.0]
    with pytest.raises(FailedPrecondition, match="2 dimensions, not 3"):
        await embedder.embed(["a"])


@pytest.mark.parametrize("indexes", [[0], [0, 0], []])
async def test_missing_answers_are_noticed(
    embedder: OpenAIEmbedder, endpoint: Endpoint, indexes: list[int]
) -> None:
    endpoint.indexes = lambda _: indexes
    with pytest.raises(FailedPrecondition):
        await embedder.embed(["a", "b"])


async def test_numbers_that_are_not_finite_are_refused(
    embedder: OpenAIEmbedder, endpoint: Endpoint
) -> None:
    endpoint.vector = lambda _: [float("nan"), 1.0, 0.0]
    with pytest.raises((FailedPrecondition, Unavailable)):
        await embedder.embed(["a"])
