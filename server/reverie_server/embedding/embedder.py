"""The embedding ports: texts to vectors, and the packaged table of token vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into vectors that can be compared by their dot product."""

    @property
    def name(self) -> str:
        """Recorded in the database; another name means the stored vectors are of no use."""
        ...

    @property
    def dimension(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimension); rows of unit length, or all zero for a text without
        anything to embed (never NaN).

        Raises:
            Unavailable: the provider cannot be reached.
        """
        ...


class TokenTable(Protocol):
    """A static vector for each token of a fixed vocabulary. A lookup, no model, no network."""

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Token ids of each text, without special tokens."""
        ...

    def vectors(self, token_ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Shape (len(token_ids), dimension), unit length rows."""
        ...

    def lengths(self, token_ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Shape (len(token_ids),): how long each token's vector was as trained, > 0. Training by
        means makes a token's length say how much it tells: "of" is short, "pottery" is long."""
        ...

    def count(self, text: str) -> int:
        """How many tokens the text has; what a token budget is counted in."""
        ...
