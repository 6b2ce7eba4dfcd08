"""Exporting one user, at the pace of whoever takes it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reverie_server.errors import FailedPrecondition, ResourceExhausted
from reverie_server.governance.portability.budget import Budget, UsedUp
from reverie_server.governance.portability.lines import Header, Trailer
from reverie_server.governance.portability.spool import Spool
from reverie_server.governance.portability.store import Owner
from reverie_server.governance.portability.writing import ALWAYS, WITH_EMBEDDINGS, write_out
from reverie_server.storage.database import Database, Snapshot

AT_ONCE: Final = 8
"""Exports that are under way; each has a file of its own."""
PIECE_BYTES: Final = 256 * 1024
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """How much of an export somebody has."""

    offset: int
    """In bytes."""
    sha256: str
    """Of those bytes, hexadecimal."""


class Export:
    """A file that lies ready."""

    def __init__(self, spool: Spool, revision: int) -> None:
        self._spool = spool
        self.revision = revision
        self.total_bytes = spool.size

    def pieces(self, offset: int) -> AsyncIterator[bytes]:
        """The file from there on; each piece is read when it is asked for. At the end of the file
        an empty one: who has it all still hears of which revision it is."""
        return self._pieces(offset)

    async def _pieces(self, offset: int) -> AsyncIterator[bytes]:
        first = True
        while (piece := self._spool.read(offset, PIECE_BYTES)) or first:
            yield piece
            offset += len(piece)
            first = False

    def require_prefix(self, place: Place) -> None:
        """Blocks, for long when it is much: for a thread.

        Raises:
            FailedPrecondition: the file does not begin so (EXPORT_CHANGED).
        """
        digest, at = hashlib.sha256(), 0
        while at < place.offset:
            piece = self._spool.read(at, min(PIECE_BYTES, place.offset - at))
            if not piece:
                break
            digest.update(piece)
            at += len(piece)
        if (at, digest.hexdigest()) != (place.offset, place.sha256):
            raise FailedPrecondition(
                "the user has changed since that part was exported: begin anew",
                reason="EXPORT_CHANGED",
            )


class Exports:
    """Users as files.

    The records are read from one snapshot into a file without a name, and are taken from there: a
    snapshot is not held for longer than reading takes, however slow its taker is.
    """

    def __init__(
        self, database: Database, folder: Path | None, budget: Budget, give_way: Callable[[], bool]
    ) -> None:
        """
        Args:
            folder: where the files are while they are taken; None: where the system has such.
            budget: of what they take there, and imports.
            give_way: makes room by dropping imports that nobody is at; False: there are none.
        """
        self._database = database
        self._folder = folder
        self._budget = budget
        self._give_way = give_way
        self._under_way = 0
        # Reading takes one of the database's few readers for as long as it lasts.
        self._reading = asyncio.Semaphore(1)

    @asynccontextmanager
    async def open(
        self, owner: Owner, *, embeddings: bool, place: Place | None
    ) -> AsyncIterator[Export]:
        """The export of an owner as it is now.

        Args:
            place: what the caller has of it already.

        Raises:
            NotFound: there is no such user.
            FailedPrecondition: it is not as it was (EXPORT_CHANGED).
            ResourceExhausted: too many are under way, they take all the room that they may, or the
                disk is full (STORAGE_FULL).
        """
        if self._under_way >= AT_ONCE:
            raise ResourceExhausted(
                "too many exports are under way", retry_after_seconds=RETRY_SECONDS
            )
        self._under_way += 1
        try:
            with Spool(self._folder, self._budget) as spool:

                async def write(snapshot: Snapshot) -> tuple[Header, Trailer]:
                    spool.restart()
                    travels = WITH_EMBEDDINGS if embeddings else ALWAYS
                    return await write_out(snapshot, owner, travels, spool.write)

                async with self._reading:
                    header, _ = await self._read(write)
                export = Export(spool, header.revision)
                if place is not None:
                    await asyncio.to_thread(export.require_prefix, place)
                yield export
        finally:
            self._under_way -= 1

    async def _read(
        self, write: Callable[[Snapshot], Awaitable[tuple[Header, Trailer]]]
    ) -> tuple[Header, Trailer]:
        while True:
            try:
                return await self._database.read(write)
            except UsedUp:
                # How much it takes is known once it is there.
                if not self._give_way():
                    raise
