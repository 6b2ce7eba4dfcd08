"""An array that grows at its end without being copied each time."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


class Growing(Generic[Scalar]):
    """Rows of one type; room doubles when it is used up."""

    def __init__(self, dtype: type[Scalar], width: int | None = None) -> None:
        """``width`` None: each row is one number, otherwise so many."""
        self._shape: tuple[int, ...] = () if width is None else (width,)
        self._room: NDArray[Scalar] = np.zeros((16, *self._shape), dtype=dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def rows(self) -> NDArray[Scalar]:
        """A view of what is there. Stale after the next append."""
        return self._room[: self._size]

    def append(self, value: float) -> None:
        """One more row, filled with the value."""
        self._reserve(1)
        self._room[self._size] = value
        self._size += 1

    def append_all(self, values: NDArray[Scalar]) -> None:
        """As many more rows as there are values."""
        self._reserve(len(values))
        self._room[self._size : self._size + len(values)] = values
        self._size += len(values)

    def _reserve(self, more: int) -> None:
        needed = self._size + more
        if needed > len(self._room):
            room: NDArray[Scalar] = np.zeros(
                (max(needed, 2 * len(self._room)), *self._shape), dtype=self._room.dtype
            )
            room[: self._size] = self.rows
            self._room = room
