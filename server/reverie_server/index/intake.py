"""How memories come into the index, and what is done about those of which nobody knows whether they
did.

Whatever happens between the first change of the index and the note that it was made, another server
may by then have the partition and have applied what is newer. So the changes stay *in doubt* until
they are noted, or until SQL says again that they are to be looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import structlog

from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import ReverieError
from reverie_server.index.changes import Batch
from reverie_server.index.memories import (
    IndexedMemory,
    StoredVector,
    memories,
    put_vectors,
    session_entry_ids,
)
from reverie_server.index.memory_index import Kind, MemoryIndex, Owner
from reverie_server.index.partitions import PartitionLost, Partitions
from reverie_server.index.points import embed_missing, points
from reverie_server.storage.database import Database, Transaction

log = structlog.get_logger(__name__)

INLINE_CHARACTERS: Final = 16_384
"""Texts that together are longer are taken apart on a thread, so that the loop is free."""
SESSION_ENTRIES: Final = 1_000_000
SESSION_BATCH: Final = 256


class Intake:
    """Belongs to one indexer, which brings in one batch at a time."""

    def __init__(
        self, database: Database, index: MemoryIndex, embedder: Embedder, partitions: Partitions
    ) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder
        self._partitions = partitions
        self._in_doubt: tuple[Batch, Mapping[str, int]] | None = None

    async def apply(
        self,
        batch: Batch,
        claims: Mapping[str, int],
        note: Callable[[Transaction], Awaitable[object]],
    ) -> None:
        """Makes the batch's changes in the index, and notes it.

        Args:
            claims: of the partitions of all of them.
            note: says in SQL that they were made.

        Raises:
            PartitionLost: one of the partitions is another server's, or may be.
            Exception: of the index, the embedder or the database. ``look_again`` before anything
                else.
        """
        async with self._doubtful(batch, claims):
            self._require(claims)
            # First, so that what is to be forgotten does not wait for an embedder that is away.
            await batch.delete_from(self._index)
            embedded = await self._bring_in(batch.found, claims)
            for owner, session_id in batch.read_again():
                await self._bring_in_session(owner, session_id, claims)

            async def note_all(tx: Transaction) -> None:
                await self._partitions.confirm(tx, claims)
                await put_vectors(tx, self._embedder.name, embedded)
                await batch.clear(tx, alone=self._database.sole_writer)
                await note(tx)

            await self._database.transaction(note_all)

    @asynccontextmanager
    async def _doubtful(self, batch: Batch, claims: Mapping[str, int]) -> AsyncIterator[None]:
        """What is inside may fail at any point, or be cancelled."""
        self._in_doubt = batch, claims
        try:
            yield
        except Exception:
            # At once if that can be done, else before anything else is.
            with contextlib.suppress(ReverieError):
                await self.look_again()
            raise
        self._in_doubt = None

    async def look_again(self) -> None:
        """Has what is in doubt applied once more, by whoever has its partitions now.

        Raises:
            ReverieError: of the database; it is in doubt still.
        """
        if self._in_doubt is None:
            return
        batch, claims = self._in_doubt

        async def again(tx: Transaction) -> int:
            held = await self._partitions.held(tx, claims)
            await batch.record_again(tx, held)
            return len(claims) - len(held)

        lost = await self._database.transaction(again)
        self._in_doubt = None
        if lost:
            log.warning("what another server is to apply may have been applied", partitions=lost)

    def _require(self, claims: Mapping[str, int]) -> None:
        """Right before the index is changed."""
        if not self._partitions.has(claims):
            raise PartitionLost

    async def _bring_in(
        self, found: Sequence[IndexedMemory], claims: Mapping[str, int]
    ) -> list[StoredVector]:
        """Gives the vectors that are to be kept in SQL."""
        if not found:
            return []
        embedded = await embed_missing(found, self._embedder)
        make = partial(points, found, embedded, self._embedder.dimension)
        if sum(len(memory.text) for memory in found) <= INLINE_CHARACTERS:
            made = make()
        else:
            made = await asyncio.to_thread(make)
        self._require(claims)
        await self._index.upsert(made)
        return embedded

    async def _bring_in_session(
        self, owner: Owner, session_id: str, claims: Mapping[str, int]
    ) -> None:
        ids = await self._database.read(
            partial(session_entry_ids, owner=owner, session_id=session_id, limit=SESSION_ENTRIES)
        )
        for start in range(0, len(ids), SESSION_BATCH):
            found = await self._database.read(
                partial(
                    memories,
                    owner=owner,
                    kind=Kind.ENTRY,
                    ids=ids[start : start + SESSION_BATCH],
                    embedder=self._embedder.name,
                )
            )
            embedded = await self._bring_in(found, claims)
            if embedded:
                await self._database.transaction(
                    partial(self._put, claims=claims, embedded=embedded)
                )

    async def _put(
        self, tx: Transaction, claims: Mapping[str, int], embedded: Sequence[StoredVector]
    ) -> None:
        """Not after another server has applied that they are gone."""
        await self._partitions.confirm(tx, claims)
        await put_vectors(tx, self._embedder.name, embedded)
