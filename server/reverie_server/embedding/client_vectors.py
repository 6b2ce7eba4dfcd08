"""The `client` embedder: callers bring the vectors, the server only knows their dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reverie_server.errors import FailedPrecondition, InvalidArgument


class ClientVectors:
    """An Embedder that cannot embed text, and checks the vectors that callers send."""

    def __init__(self, dimension: int, model: str = "") -> None:
        """
        Args:
            dimension: of every vector, from the settings; at least 1.
            model: what the callers embed with, if they say. Another one is another name.
        """
        if dimension < 1:
            raise ValueError("the dimension of the callers' vectors must be at least 1")
        self._dimension = dimension
        self._model = model

    @property
    def name(self) -> str:
        return "-".join(filter(None, ("client", self._model, str(self._dimension))))

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Only what holds no text has a vector here: zero.

        Raises:
            FailedPrecondition: a text came without its vector.
        """
        if any(text.strip() for text in texts):
            raise FailedPrecondition(
                "this server's embedder is `client`: send a vector with every text and query"
            )
        return np.zeros((len(texts), self._dimension), dtype=np.float32)

    def accept(self, field: str, vector: Sequence[float]) -> NDArray[np.float32]:
        """The caller's vector, brought to unit length; zero stays zero.

        Args:
            field: path in the request, for the error.

        Raises:
            InvalidArgument: another dimension, or a number that is not finite.
        """
        if len(vector) != self._dimension:
            raise InvalidArgument.of(
                field, f"must have {self._dimension} dimensions, not {len(vector)}"
            )
        # In double precision: squares of large float32 numbers would overflow.
        exact = np.asarray(vector, dtype=np.float64)
        largest = float(np.max(np.abs(exact)))
        if not np.isfinite(largest):
            raise InvalidArgument.of(field, "must hold finite numbers only")
        if largest == 0:
            return np.zeros(self._dimension, dtype=np.float32)
        scaled = exact / largest
        return np.asarray(scaled / np.linalg.norm(scaled), dtype=np.float32)
