"""Compares the index with SQL, and has the indexer repair what differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import NotFound
from reverie_server.index.indexer import Indexer
from reverie_server.index.memories import KINDS, fingerprints
from reverie_server.index.memory_index import Fingerprint, IndexAway, Kind, MemoryIndex, Owner
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.outbox import Change, Operation

PAGE: Final = 1_000
WAIT_SECONDS: Final = 30.0

_Key = tuple[Kind, str]


@dataclass(slots=True)
class Differences:
    """What one comparison found."""

    compared: int = 0
    missing: list[_Key] = field(default_factory=list)
    """In SQL only."""
    stale: list[_Key] = field(default_factory=list)
    """In both, of another version or content."""
    extra: list[_Key] = field(default_factory=list)
    """In the index only."""

    @property
    def total(self) -> int:
        return len(self.missing) + len(self.stale) + len(self.extra)


class Reconciler:
    """Compares by id, version and content hash, one owner at a time."""

    def __init__(
        self, database: Database, index: MemoryIndex, indexer: Indexer, clock: Clock
    ) -> None:
        self._database = database
        self._index = index
        self._indexer = indexer
        self._clock = clock

    async def compare(self, owner: Owner) -> Differences:
        """Waits for the indexer first; what is committed meanwhile is not held against it. An
        owner that is not there, or not any more, has nothing to compare.

        Raises:
            IndexAway: the index cannot answer, or does not catch up.
        """
        before = await self._revision(owner)
        if before is None:
            return Differences()
        found = await self._compare(owner, before)
        after = await self._revision(owner)
        if found.total and after is not None and after != before:
            # What was deleted between the two readings looks like too much. It is gone by now;
            # a real difference is still there.
            again = await self._compare(owner, after)
            found.missing = [key for key in found.missing if key in again.missing]
            found.stale = [key for key in found.stale if key in again.stale]
            found.extra = [key for key in found.extra if key in again.extra]
        return found

    async def _compare(self, owner: Owner, before: int) -> Differences:
        if not await self._indexer.caught_up(owner, before, WAIT_SECONDS):
            raise IndexAway("the index does not catch up with what was committed")
        indexed = await self._indexed(owner)
        stored = await self._stored(owner)
        found = Differences(compared=len(stored))
        for key, point in stored.items():
            there = indexed.get(key)
            if point.revision > before:
                continue
            if there is None:
                found.missing.append(key)
            elif (there.revision, there.content_hash) != (point.revision, point.content_hash):
                found.stale.append(key)
        found.extra = [
            key for key, point in indexed.items() if key not in stored and point.revision <= before
        ]
        return found

    async def repair(self, owner: Owner, differences: Differences) -> int:
        """Puts what differs into the outbox again; gives the number of memories."""
        changes = [
            Change(kind, memory_id, "", Operation.DELETE)
            for kind, memory_id in differences.stale + differences.extra
        ] + [
            Change(kind, memory_id, "", Operation.UPSERT)
            for kind, memory_id in differences.missing + differences.stale
        ]

        async def record(tx: Transaction) -> None:
            # The memory itself did not change, so no revision is taken for it.
            current = await revision.current(tx, owner.workspace_id, owner.user_id)
            await outbox.record(
                tx,
                owner.workspace_id,
                owner.user_id,
                current.revision,
                changes,
                self._clock.now(),
            )

        if changes:
            await self._database.transaction(record)
        return differences.total

    async def _revision(self, owner: Owner) -> int | None:
        try:
            state = await self._database.read(
                lambda snapshot: revision.current(snapshot, owner.workspace_id, owner.user_id)
            )
        except NotFound:
            return None
        return state.revision

    async def _indexed(self, owner: Owner) -> dict[_Key, Fingerprint]:
        found: dict[_Key, Fingerprint] = {}
        token: str | None = None
        while True:
            page, token = await self._index.fingerprints(owner, token, PAGE)
            found.update({(point.kind, point.memory_id): point for point in page})
            if token is None:
                return found

    async def _stored(self, owner: Owner) -> dict[_Key, Fingerprint]:
        found: dict[_Key, Fingerprint] = {}
        for kind in KINDS:
            after = ""
            while True:
                page = await self._database.read(
                    partial(fingerprints, owner=owner, kind=kind, after=after, limit=PAGE)
                )
                found.update({(point.kind, point.memory_id): point for point in page})
                if len(page) < PAGE:
                    break
                after = page[-1].memory_id
        return found
