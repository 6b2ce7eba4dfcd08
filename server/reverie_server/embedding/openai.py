"""The `openai` embedder: any endpoint that speaks OpenAI's embeddings API.

Off by default, since the text of memories leaves the server. The `openai` package is an extra
and imported when the embedder is made. Nothing here logs a text, an answer or the key.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reverie_server.errors import FailedPrecondition, ReverieError, Unavailable

PACKAGE = "openai"

BATCH_TEXTS = 128
BATCH_CHARACTERS = 100_000
PIECE_CHARACTERS = 8_000
"""Endpoints refuse texts of more than about 8,000 tokens, and in some scripts a character is a
token. A longer text is embedded in pieces, and its vector is their mean, weighted by length."""
RETRY_AFTER_SECONDS = 5.0


class OpenAIEmbedder:
    """Embeds over the network. Safe to use from several tasks at once."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        dimension: int,
        shorten: bool = False,
        timeout_seconds: float = 20.0,
        max_retries: int = 2,
    ) -> None:
        """
        Args:
            base_url: of the API, with its version ("http://127.0.0.1:11434/v1").
            api_key: may be empty for an endpoint that asks for none.
            dimension: of the model's vectors; an answer of another one is refused.
            shorten: ask the endpoint for vectors of `dimension`; not all know how.
            timeout_seconds: of one try.
            max_retries: of a request that failed for a passing reason, with growing pauses.

        Raises:
            ImportError: the extra is not installed.
        """
        self._api: Any = import_module(PACKAGE)
        # At DEBUG the package logs whole requests, which hold memories.
        for logger in (PACKAGE, "httpcore2", "httpx2"):
            logging.getLogger(logger).setLevel(logging.WARNING)
        self._client = self._api.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            timeout=timeout_seconds,
            max_retries=max_retries,
        )
        self._model = model
        self._dimension = dimension
        self._options: dict[str, Any] = {"dimensions": dimension} if shorten else {}

    @property
    def name(self) -> str:
        return f"openai-{self._model}-{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimension); unit length rows, zero where there is nothing to embed.

        Raises:
            Unavailable: the endpoint cannot be reached, is too slow or overloaded.
            FailedPrecondition: it refuses the request, or answers with something else than one
                vector of the right dimension for each text.
        """
        pieces = [
            (row, text[start : start + PIECE_CHARACTERS])
            for row, text in enumerate(texts)
            for start in range(0, len(text), PIECE_CHARACTERS)
            if text[start : start + PIECE_CHARACTERS].strip()
        ]
        rows = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for batch in _batches([text for _, text in pieces]):
            vectors = await self._request([text for _, text in pieces[batch]])
            for (row, text), vector in zip(pieces[batch], vectors, strict=True):
                rows[row] += vector * np.float32(len(text))
        return _unit(rows)

    async def close(self) -> None:
        """Close the connections; nothing may be embedded afterwards."""
        await self._client.close()

    async def _request(self, texts: list[str]) -> NDArray[np.float32]:
        try:
            answer = await self._client.embeddings.create(
                model=self._model, input=texts, encoding_format="float", **self._options
            )
        except self._api.OpenAIError as error:
            # Not chained: the package's errors hold the endpoint's words, and maybe the text.
            raise self._reported(error) from None
        return self._vectors(answer.data, len(texts))

    def _vectors(self, data: Sequence[Any], count: int) -> NDArray[np.float32]:
        in_order = sorted(data, key=lambda item: int(item.index))
        if [int(item.index) for item in in_order] != list(range(count)):
            raise FailedPrecondition("the embedding endpoint did not answer every text once")
        for item in in_order:
            if len(item.embedding) != self._dimension:
                raise FailedPrecondition(
                    f"the embedding endpoint's vectors have {len(item.embedding)} dimensions, "
                    f"not {self._dimension} as configured"
                )
        vectors = np.array([item.embedding for item in in_order], dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise FailedPrecondition("the embedding endpoint answered with numbers not finite")
        return _unit(vectors)

    def _reported(self, error: Exception) -> ReverieError:
        status: int | None = getattr(error, "status_code", None)
        passing = status is None or status in {408, 409, 429} or status >= 500
        told = f"answered with status {status}" if status else "cannot be reached in time"
        if passing:
            return Unavailable(
                f"the embedding endpoint {told}",
                reason="PROVIDER_UNAVAILABLE",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )
        return FailedPrecondition(f"the embedding endpoint {told}: check its settings and key")


def _batches(texts: Sequence[str]) -> Iterator[slice]:
    """Consecutive slices of what one request may hold."""
    start, characters = 0, 0
    for position, text in enumerate(texts):
        if position - start >= BATCH_TEXTS or characters + len(text) > BATCH_CHARACTERS:
            yield slice(start, position)
            start, characters = position, 0
        characters += len(text)
    if start < len(texts):
        yield slice(start, len(texts))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same rows at unit length, in place; zero stays zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    np.divide(rows, lengths, out=rows)
    return rows
