"""The vector that a caller may send with a query, where callers embed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reverie_server.errors import InvalidArgument


def query_vector(numbers: Sequence[float], dimension: int | None) -> NDArray[np.float32] | None:
    """The vector; None when there is none.

    Args:
        dimension: of the callers' vectors; None: the server embeds by itself.

    Raises:
        InvalidArgument: there is one although there must not be, or of another dimension.
    """
    if len(numbers) == 0:
        return None
    if dimension is None:
        raise InvalidArgument.of("vector", "is only for servers with the client embedder")
    if len(numbers) != dimension:
        raise InvalidArgument.of("vector", f"must have {dimension} numbers")
    return np.asarray(numbers, dtype=np.float32)
