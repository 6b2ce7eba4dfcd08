"""The default embedder: a packaged table of token vectors. No model, no network, no key.

A text's vector is the mean of the vectors of its tokens (Llama's tokenizer, wordllama's 256
dimensions). The table and the tokenizer are read from the files of the installed wordllama
package without importing it: its import installs a root log handler and loads an HTTP client,
and neither belongs in this process. A test compares the result with the package's own.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors
from tokenizers import Tokenizer

PACKAGE = "wordllama"
WEIGHTS_FILE = "weights/l2_supercat_256.safetensors"
TOKENIZER_FILE = "tokenizers/l2_supercat_tokenizer_config.json"
TENSOR = "embedding.weight"

# A hop to a worker thread costs about as much as embedding a handful of short texts, so those
# are embedded where they are.
INLINE_TEXTS = 4
INLINE_CHARACTERS = 2_000

# One step in the worker thread. The tokenizer runs without the GIL, the arithmetic holds it for
# a few milliseconds a step, and between steps other callers' short texts get their turn.
BATCH_TEXTS = 256
BATCH_CHARACTERS = 32_768

# Token vectors are gathered so many at a time: 2 MiB, instead of 16 MiB for a 64 KiB text.
GATHER_TOKENS = 2_048
FEW_CHARACTERS = 256
"""Texts that together are no longer are encoded one after the other."""


class StaticTokenTable:
    """The TokenTable over the packaged files. Immutable; safe to use from several threads."""

    def __init__(self, table: NDArray[np.float32], tokenizer: Tokenizer, fingerprint: str) -> None:
        """Use `load`; this is for tables that are already in memory.

        Args:
            table: shape (vocabulary, dimension), as trained: the rows' lengths carry how much
                a token weighs in the mean.
            fingerprint: identifies the table and the tokenizer together.
        """
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        self._table = table
        lengths: NDArray[np.float32] = np.linalg.norm(table, axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        self._lengths = lengths
        self.fingerprint = fingerprint

    @classmethod
    def load(cls) -> StaticTokenTable:
        """Read the packaged table: about 0.2 s and 32 MiB. Never touches the network.

        Raises:
            FileNotFoundError: wordllama is not installed, or packs its files in another way.
        """
        folder = _package_folder()
        weights = _read(folder / WEIGHTS_FILE)
        tokenizer = _read(folder / TOKENIZER_FILE)
        table = np.ascontiguousarray(load_tensors(weights)[TENSOR], dtype=np.float32)
        fingerprint = hashlib.blake2b(weights + tokenizer, digest_size=4).hexdigest()
        return cls(table, Tokenizer.from_str(tokenizer.decode()), fingerprint)

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    @property
    def vocabulary(self) -> int:
        """How many tokens there are; ids are 0..vocabulary-1."""
        return int(self._table.shape[0])

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Token ids of each text, without special tokens. In steps, so that in a worker thread
        it never keeps the GIL for long."""
        # A tokenizer may know more tokens than its table has rows; the last row stands for them.
        last = self.vocabulary - 1
        token_ids: list[NDArray[np.int32]] = []
        if sum(map(len, texts)) <= FEW_CHARACTERS:
            # They are done before the tokenizer's threads would have woken up.
            singly = [
                self._tokenizer.encode(_encodable(text), add_special_tokens=False) for text in texts
            ]
            return [np.minimum(np.array(each.ids, dtype=np.int32), last) for each in singly]
        for batch in _batches(texts):
            encodings = self._tokenizer.encode_batch_fast(
                [_encodable(text) for text in texts[batch]], add_special_tokens=False
            )
            token_ids += [np.minimum(np.array(e.ids, dtype=np.int32), last) for e in encodings]
        return token_ids

    def vectors(self, token_ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Shape (len(token_ids), dimension), unit length rows."""
        return np.divide(self._table[token_ids], self._lengths[token_ids], dtype=np.float32)

    def lengths(self, token_ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Shape (len(token_ids),): the vectors' lengths as trained, which say how much each token
        tells ("of" is short, a name is long)."""
        lengths: NDArray[np.float32] = self._lengths[token_ids, 0]
        return lengths

    def count(self, text: str) -> int:
        """How many tokens the text has; what a token budget is counted in."""
        encodings = self._tokenizer.encode_batch_fast([_encodable(text)], add_special_tokens=False)
        return len(encodings[0].ids)

    def pool(self, token_ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """The text's vector, shape (dimension,): the mean of its tokens' vectors as trained,
        brought to unit length; zero when there are no tokens."""
        total = np.zeros(self.dimension, dtype=np.float32)
        for start in range(0, len(token_ids), GATHER_TOKENS):
            gathered = self._table[token_ids[start : start + GATHER_TOKENS]]
            np.add(total, gathered.sum(axis=0), out=total)
        length = float(np.linalg.norm(total))
        # The mean points where the sum points, so dividing by the count would change nothing.
        if length > 0:
            np.divide(total, length, out=total)
        return total

    def embed_now(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimension), in the calling thread: for code that is already in a
        worker thread, or has a few short texts."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, token_ids in zip(rows, self.encode(texts), strict=True):
            row[:] = self.pool(token_ids)
        return rows


class StaticEmbedder:
    """The `static` Embedder. Texts of white space alone embed to the zero vector."""

    def __init__(self, table: StaticTokenTable) -> None:
        self._table = table

    @property
    def name(self) -> str:
        """Another table or tokenizer has another name, so stored vectors are never mixed."""
        return f"wordllama-l2-{self.dimension}-{self._table.fingerprint}"

    @property
    def dimension(self) -> int:
        return self._table.dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimension); unit length rows, zero where there is nothing to embed."""
        if len(texts) <= INLINE_TEXTS and sum(map(len, texts)) <= INLINE_CHARACTERS:
            return self._embed_batch(texts)
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for batch in _batches(texts):
            rows[batch] = await asyncio.to_thread(self._embed_batch, texts[batch])
        return rows

    def _embed_batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._table.embed_now([text if text.strip() else "" for text in texts])


def _batches(texts: Sequence[str]) -> Iterator[slice]:
    """Consecutive slices of at most BATCH_TEXTS texts; of about BATCH_CHARACTERS characters, or
    one longer text."""
    start, characters = 0, 0
    for position, text in enumerate(texts):
        full = position - start >= BATCH_TEXTS or characters + len(text) > BATCH_CHARACTERS
        if full and position > start:
            yield slice(start, position)
            start, characters = position, 0
        characters += len(text)
    if start < len(texts):
        yield slice(start, len(texts))


def _encodable(text: str) -> str:
    """Lone surrogates are not text in any encoding; the tokenizer rejects them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _package_folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the static embedder needs the {PACKAGE} package")
    return Path(spec.origin).parent


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"the installed {PACKAGE} package does not have {path.parent.name}/{path.name}"
        ) from error
