"""A file of an export that arrives in pieces: every line is checked as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
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
from reverie_server.governance.portability.shelf import Shelf
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage.database import Snapshot

_FIRST_LINE: Final = 2
"""Of records: the number of the line after the header."""


class Arriving:
    """What has come of a file. Its records are kept on the disk."""

    def __init__(self, spool: Spool, largest_bytes: int) -> None:
        """
        Args:
            largest_bytes: of all of it.
        """
        self._shelf = Shelf(spool)
        self._largest_bytes = largest_bytes
        self._rest = b""
        self._tally = Tally()
        self._lines = 0
        self.size = 0
        """Bytes that have come."""
        self.header: Header | None = None
        self.trailer: Trailer | None = None

    @property
    def is_complete(self) -> bool:
        """Whether its last line has come, and everything fits it."""
        return self.trailer is not None

    def fresh(self, offset: int, size: int) -> int:
        """How many bytes of a piece have not come before."""
        return max(0, offset + size - self.size)

    def take(self, offset: int, data: bytes) -> None:
        """Takes a piece; what is there already is passed over. Once it has raised, this is not
        what has come any more, and is to be dropped. The spool has reserved what is fresh.

        Raises:
            InvalidArgument: something is missing before it, or a line is not as it must be.
            ResourceExhausted: the disk is full (STORAGE_FULL).
        """
        if offset > self.size:
            raise InvalidArgument.of("offset", f"is beyond what has come, {self.size} bytes")
        fresh = data[self.size - offset :]
        if self.size + len(fresh) > self._largest_bytes:
            raise InvalidArgument.of("data", f"makes more than {self._largest_bytes} bytes")
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
        async for at, record in self._shelf.records(snapshot):
            yield at + _FIRST_LINE, record

    def tombstones(self, snapshot: Snapshot) -> AsyncIterator[Record]:
        """Those among the records; only the parts of the file are read that hold them.

        Args:
            snapshot: as of ``records``.
        """
        return self._shelf.tombstones(snapshot)

    def numbered(self) -> Iterator[tuple[int, Record]]:
        """As ``records``, for a thread."""
        return ((at + _FIRST_LINE, record) for at, record in self._shelf.all())

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
                self._shelf.finish()
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
        self._shelf.put(record, len(whole))
