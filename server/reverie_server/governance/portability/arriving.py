"""A file of an export that arrives in pieces: every line is checked as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Final

from reverie_server.errors import InvalidArgument
from reverie_server.governance.portability.kind import Travels
from reverie_server.governance.portability.kinds import OF_WORKSPACE
from reverie_server.governance.portability.lines import (
    LINE_BYTES,
    Header,
    Record,
    Tally,
    Trailer,
    parse,
    wrong,
)
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage.database import Snapshot

TOMBSTONE: Final = "tombstone"
PIECE_LINES: Final = 500
PIECE_BYTES: Final = 1024 * 1024
"""So much is parsed at a stretch, once the file is complete."""
LARGEST_BYTES: Final = 8 * 1024**3
"""Of a file."""


class Arriving:
    """What has come of a file. Its lines are kept on the disk."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._rest = b""
        self._tally = Tally()
        self._lines = 0
        self._spooled = 0
        """Bytes of records."""
        self._tombstones_at = 0
        """Where the first one begins, in bytes; exports have them all in one place."""
        self._first_tombstone = 0
        """The number of its line."""
        self._tombstone_lines = 0
        """From the first one to the last."""
        self.size = 0
        """Bytes that have come."""
        self.header: Header | None = None
        self.trailer: Trailer | None = None

    @property
    def is_complete(self) -> bool:
        """Whether its last line has come, and everything fits it."""
        return self.trailer is not None

    def take(self, offset: int, data: bytes) -> None:
        """Takes a piece; what is there already is passed over. Once it has raised, this is not
        what has come any more, and is to be dropped.

        Raises:
            InvalidArgument: something is missing before it, or a line is not as it must be.
            ResourceExhausted: the disk is full (STORAGE_FULL).
        """
        if offset > self.size:
            raise InvalidArgument.of("offset", f"is beyond what has come, {self.size} bytes")
        fresh = data[self.size - offset :]
        if self.size + len(fresh) > LARGEST_BYTES:
            raise InvalidArgument.of("data", f"makes more than {LARGEST_BYTES} bytes")
        self.size += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            self._take_line(line)
        if len(self._rest) > LINE_BYTES:
            raise wrong(self._lines + 1, "", f"is longer than {LINE_BYTES} bytes")

    async def records(self, snapshot: Snapshot) -> AsyncIterator[tuple[int, Record]]:
        """Every record and the number of its line, once the file is complete.

        Args:
            snapshot: of the unit of work that reads them, which may be on the event loop.
        """
        async for piece in _in_pieces(snapshot, enumerate(self._spool.lines(), 2)):
            for each in piece:
                yield each

    async def tombstones(self, snapshot: Snapshot) -> AsyncIterator[Record]:
        """Those among the records; only the part of the file is read that holds them.

        Args:
            snapshot: as of ``records``.
        """
        lines = islice(self._spool.lines(self._tombstones_at), self._tombstone_lines)
        numbered = enumerate(lines, self._first_tombstone)
        async for piece in _in_pieces(snapshot, numbered):
            for _, record in piece:
                if record.kind.name == TOMBSTONE:
                    yield record

    def _take_line(self, line: bytes) -> None:
        self._lines += 1
        number = self._lines
        if self.trailer is not None:
            raise wrong(number, "", "comes after the trailer")
        parsed = parse(line, number)
        match parsed:
            case Header():
                if number > 1:
                    raise wrong(number, "record", "is a second header")
                self.header = parsed
            case _ if self.header is None:
                raise wrong(number, "record", "has to be the header")
            case Trailer():
                if parsed != self._tally.trailer():
                    raise wrong(number, "", "does not fit the lines before it: some are others")
                self._spool.flush()
                self.trailer = parsed
            case Record():
                self._take_record(number, parsed, line)

    def _take_record(self, number: int, record: Record, line: bytes) -> None:
        if record.kind.name in OF_WORKSPACE or record.kind.travels is Travels.IN_MOVES:
            raise wrong(number, "record", "is of no user")
        if self.header is None:
            raise wrong(number, "record", "has to be the header")
        revision = record.value("revision") if "revision" in record.kind.fields else 0
        if isinstance(revision, int) and revision > self.header.revision:
            raise wrong(number, "revision", "is above that of the header")
        whole = line + b"\n"
        self._tally.add(record.kind, whole)
        if record.kind.name == TOMBSTONE:
            if not self._tombstone_lines:
                self._tombstones_at, self._first_tombstone = self._spooled, number
            self._tombstone_lines = number - self._first_tombstone + 1
        self._spooled += len(whole)
        self._spool.write(whole)


async def _in_pieces(
    snapshot: Snapshot, lines: Iterator[tuple[int, bytes]]
) -> AsyncIterator[list[tuple[int, Record]]]:
    while True:
        await snapshot.long_stretch()
        piece, count = _piece(lines)
        if not count:
            return
        yield piece


def _piece(lines: Iterator[tuple[int, bytes]]) -> tuple[list[tuple[int, Record]], int]:
    """The records of the next lines, and how many lines those are."""
    found: list[tuple[int, Record]] = []
    count = size = 0
    for number, line in lines:
        parsed = parse(line, number)
        if isinstance(parsed, Record):
            found.append((number, parsed))
        count, size = count + 1, size + len(line)
        if count >= PIECE_LINES or size >= PIECE_BYTES:
            break
    return found, count
