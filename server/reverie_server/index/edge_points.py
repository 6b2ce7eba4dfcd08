"""The table beside the engine: what a hit needs, by point number, in memory.

Reading payloads costs the engine about 15 us a hit, so hits are completed from here. The table
also decides which revision is newer, holds the checksums that the scrub compares, and its length
is compared with the engine's. About 0.5 kB a point. It is written to disk only at a clean close.

It numbers what the engine would otherwise have to be told as UUID text: points, owners, readers,
sessions. A string in a payload costs 8 us on the way in and a number 3; a UUID costs 1.5 us for
every hit on the way out and a number nothing. Numbers are given once and never again.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec


class PointRow(NamedTuple):
    """One point. The second to fifth column are a candidate's, in its order."""

    key: bytes
    """``schema.point_id``."""
    kind: int
    memory_id: str
    revision: int
    content_hash: str
    checksum: int
    seen_by: int
    """The number of its shared or its private key."""


class Numbering:
    """Small numbers for 16-byte keys."""

    def __init__(self, numbers: dict[bytes, int] | None = None) -> None:
        self._numbers = numbers or {}

    def of(self, key: bytes) -> int:
        """The key's number; a new one when it has none."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def known(self, key: bytes) -> int | None:
        """The key's number, if it ever got one."""
        return self._numbers.get(key)

    def all(self) -> dict[bytes, int]:
        return self._numbers


class _Saved(msgspec.Struct, array_like=True):
    keys: dict[bytes, int]
    following: int
    rows: list[tuple[int, PointRow]]


class PointTable:
    """Rows by point number, and the numbers of everything else in ``keys``."""

    def __init__(self) -> None:
        self.keys = Numbering()
        self._rows: dict[int, PointRow] = {}
        self._numbers: dict[bytes, int] = {}
        self._seen_by: Counter[int] = Counter()
        self._following = 1

    def __len__(self) -> int:
        return len(self._rows)

    def number(self, key: bytes) -> int | None:
        """The number of the point with this id, if it is there."""
        return self._numbers.get(key)

    def new_number(self) -> int:
        self._following += 1
        return self._following - 1

    def row(self, number: int) -> PointRow | None:
        return self._rows.get(number)

    def numbers(self) -> list[int]:
        return list(self._rows)

    def put(self, number: int, row: PointRow) -> None:
        self.remove(number)
        self._rows[number] = row
        self._numbers[row.key] = number
        self._seen_by[row.seen_by] += 1

    def remove(self, number: int) -> None:
        """Does nothing when the point is not there."""
        row = self._rows.pop(number, None)
        if row is not None:
            del self._numbers[row.key]
            self._seen_by[row.seen_by] -= 1

    def shows(self, key: bytes) -> int | None:
        """The number of a shared or private key, if any point has it now."""
        number = self.keys.known(key)
        return number if number is not None and self._seen_by[number] > 0 else None

    def save(self, path: Path) -> None:
        saved = _Saved(self.keys.all(), self._following, list(self._rows.items()))
        path.write_bytes(msgspec.msgpack.encode(saved))

    @classmethod
    def load(cls, path: Path) -> PointTable:
        """Reads what ``save`` wrote.

        Raises:
            msgspec.DecodeError: the file is not one.
        """
        saved = msgspec.msgpack.decode(path.read_bytes(), type=_Saved)
        table = cls()
        table.keys = Numbering(saved.keys)
        table._following = saved.following
        for number, row in saved.rows:
            table.put(number, row)
        return table
