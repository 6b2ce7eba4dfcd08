"""Users out and in: the rules of the two streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from reverie_server.errors import InvalidArgument
from reverie_server.governance.portability.arrivals import Arrival, Arrivals
from reverie_server.governance.portability.exporting import Export, Exports, Place
from reverie_server.governance.portability.importing import Imported, UserImports
from reverie_server.governance.portability.store import Owner
from reverie_server.storage.idempotency import Request

SLICE_BYTES: Final = 64 * 1024
"""So much is checked at a stretch; others get their turn then."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """What has become of an import."""

    next_offset: int
    imported: Imported | None
    """None: more has to come."""


class PortabilityService:
    """Users as files."""

    def __init__(self, exports: Exports, imports: UserImports, arrivals: Arrivals) -> None:
        self._exports = exports
        self._imports = imports
        self._arrivals = arrivals

    def export(
        self, owner: Owner, *, embeddings: bool, place: Place | None
    ) -> AbstractAsyncContextManager[Export]:
        """See ``Exports.open``."""
        return self._exports.open(owner, embeddings=embeddings, place=place)

    async def take_in(
        self,
        owner: Owner,
        pieces: AsyncIterator[Piece],
        request: Request | None,
        *,
        replace: bool,
    ) -> Progress:
        """Takes the pieces of a file, and stores it when it is complete.

        Raises:
            InvalidArgument: a line is not as it must be, or something is missing before a piece.
            AlreadyExists: the user, without ``replace``; or something of it under another user.
            FailedPrecondition: the request id is that of another import (REQUEST_ID_REUSED).
            NotFound: what this request made has been deleted since.
            ResourceExhausted: too many are under way, they take all the room that they may, or the
                disk is full (STORAGE_FULL).
        """
        if (before := await self._imports.answered(request)) is not None:
            return Progress(before.size, before)
        with self._arrivals.open(request) as arrival:
            # Again: it may have been stored, and have gone, since it was asked. From now on what
            # stores it is known here.
            if arrival.is_untouched and (before := await self._imports.answered(request)):
                self._arrivals.drop(arrival)
                return Progress(before.size, before)
            async for piece in pieces:
                await self._take(arrival, piece)
                if arrival.arriving.is_complete:
                    break
            if not arrival.arriving.is_complete:
                return Progress(arrival.arriving.size, None)
            imported = await self._arrivals.stored(
                arrival,
                lambda: self._imports.store(owner, arrival.arriving, request, replace=replace),
            )
            return Progress(imported.size, imported)

    async def _take(self, arrival: Arrival, piece: Piece) -> None:
        async with arrival.turn:
            arrival.require_kept()
            if piece.offset > arrival.arriving.size:
                raise InvalidArgument.of(
                    "offset", f"is beyond what has come: go on at {arrival.arriving.size}"
                )
            if arrival.storing is not None:
                return
            for start in range(0, len(piece.data), SLICE_BYTES):
                data = piece.data[start : start + SLICE_BYTES]
                # Before: what has come stays good when there is no room for more now. What is too
                # large for ever is told so below.
                fresh = arrival.arriving.fresh(piece.offset + start, len(data))
                if arrival.arriving.size + fresh <= self._arrivals.largest_bytes:
                    self._arrivals.make_room_for(fresh)
                    arrival.spool.reserve(fresh)
                try:
                    arrival.arriving.take(piece.offset + start, data)
                except Exception:
                    # Whatever it was, a part of the piece is taken and the rest is not.
                    self._arrivals.drop(arrival)
                    raise
                await asyncio.sleep(0)
