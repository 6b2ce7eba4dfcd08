"""Records of a file that arrives, as the rows that they become: read once, they are quick to read
again, for whoever stores them holds others up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from reverie_server.governance.portability import store
from reverie_server.governance.portability.kinds import KINDS
from reverie_server.governance.portability.lines import Record
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage.database import Snapshot, Value

TOMBSTONE: Final = "tombstone"
PIECE_RECORDS: Final = 500
PIECE_BYTES: Final = 1024 * 1024
"""So much is read at a stretch; of bytes, about."""

_Row = tuple[int, tuple[Any, ...]]
"""A kind's place, and the values."""
_PLACES: Final = {kind.name: place for place, kind in enumerate(KINDS)}
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[_Row])


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    size: int
    """In the spool, in bytes."""
    first: int
    """Of its records, counted from 0."""
    has_tombstones: bool


class Shelf:
    """Records in their order. All are put before any is read."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._pieces: list[_Piece] = []
        self._rows: list[tuple[int, tuple[Value, ...]]] = []
        self._has_tombstones = False
        self._count = 0
        self._end = 0
        self._unwritten = 0
        """Bytes of the lines that wait for a piece to be full."""

    def put(self, record: Record, size: int) -> None:
        """
        Args:
            size: of its line, in bytes, which the spool has reserved.

        Raises:
            ResourceExhausted: as ``Spool.write``.
        """
        self._rows.append((_PLACES[record.kind.name], record.values))
        self._has_tombstones |= record.kind.name == TOMBSTONE
        self._count += 1
        self._unwritten += size
        if len(self._rows) >= PIECE_RECORDS or self._unwritten >= PIECE_BYTES:
            self._write()

    def finish(self) -> None:
        """After the last one.

        Raises:
            ResourceExhausted: as ``Spool.write``.
        """
        if self._rows:
            self._write()
        self._spool.flush()

    async def records(self, snapshot: Snapshot) -> AsyncIterator[tuple[int, Record]]:
        """All of them with their numbers, from 0.

        Args:
            snapshot: of the unit of work that reads them, which may be on the event loop.
        """
        for piece in self._pieces:
            # Whatever whoever reads them does with them: it may be nothing, for many pieces.
            await store.give_sign_of_life(snapshot)
            await snapshot.long_stretch()
            for each in self._read(piece):
                yield each

    async def tombstones(self, snapshot: Snapshot) -> AsyncIterator[Record]:
        """Those among them; no other part of the file is read.

        Args:
            snapshot: as of ``records``.
        """
        for piece in self._pieces:
            if piece.has_tombstones:
                await store.give_sign_of_life(snapshot)
                await snapshot.long_stretch()
                for _, record in self._read(piece):
                    if record.kind.name == TOMBSTONE:
                        yield record

    def all(self) -> Iterator[tuple[int, Record]]:
        """As ``records``, for a thread."""
        for piece in self._pieces:
            yield from self._read(piece)

    def _write(self) -> None:
        data = _ENCODER.encode(self._rows)
        self._spool.write(data, reserved=self._unwritten)
        first = self._count - len(self._rows)
        self._pieces.append(_Piece(self._end, len(data), first, self._has_tombstones))
        self._end += len(data)
        self._rows = []
        self._has_tombstones, self._unwritten = False, 0

    def _read(self, piece: _Piece) -> list[tuple[int, Record]]:
        rows = _DECODER.decode(self._spool.read(piece.start, piece.size))
        return [
            (at, Record(KINDS[place], values))
            for at, (place, values) in enumerate(rows, piece.first)
        ]
