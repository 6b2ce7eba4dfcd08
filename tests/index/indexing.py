"""An indexer between a real database and a real index, and an embedder that obeys the tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest_asyncio
from numpy.typing import NDArray

from reverie_server.clock import SystemClock
from reverie_server.errors import FailedPrecondition, Unavailable
from reverie_server.index.edge import EdgeIndex
from reverie_server.index.indexer import Indexer
from reverie_server.index.memory_index import IndexState, Kind, Owner
from reverie_server.index.reconcile import Reconciler
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Snapshot, Transaction, Value
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import parse
from tests.fresh_database import open_copy, schema_file
from tests.index.memories import (
    DIMENSION,
    StampInMemory,
    open_edge,
    soon,
)

__all__ = ["schema_file"]

Work = tuple[str, *tuple[Value, ...]]
"""A statement's name and its arguments behind the owner."""

ANN, BOB = Owner("w", "ann"), Owner("w", "bob")

SQL = parse(
    """
-- name: workspace
INSERT INTO workspaces (workspace_id, create_time) VALUES ($1, 1)
-- name: user
INSERT INTO users (workspace_id, user_id, revision, removal_revision, create_time, update_time)
VALUES ($1, $2, 0, 0, 1, 1)
-- name: session
INSERT INTO sessions (workspace_id, user_id, session_id, persona_id, start_time,
                      last_active_time, create_time)
VALUES ($1, $2, $3, 'brad', 1, 1, 1)
-- name: entry
INSERT INTO entries (workspace_id, user_id, session_id, position, entry_id, persona_id, timeline,
                     role, content, source, trust, content_hash, event_time, create_time, revision)
VALUES ($1, $2, $3, $4, $5, 'brad', 'main', 1, $6, 1, 0.9, $6, 1, 1,
        (SELECT u.revision FROM users u WHERE u.workspace_id = $1 AND u.user_id = $2))
-- name: delete_entry
DELETE FROM entries WHERE workspace_id = $1 AND user_id = $2 AND entry_id = $3
-- name: leave_out
UPDATE entries SET content_hash = '', copied_from_entry_id = 'another'
WHERE workspace_id = $1 AND user_id = $2 AND entry_id = $3
-- name: delete_vector
DELETE FROM memory_vectors WHERE workspace_id = $1 AND user_id = $2 AND memory_id = $3
-- name: stray_vector
INSERT INTO memory_vectors (workspace_id, user_id, kind, memory_id, embedder, content_hash, vector)
VALUES ($1, $2, $3, $4, 'provider', 'hash', $5)
-- name: delete_entries
DELETE FROM entries WHERE workspace_id = $1 AND user_id = $2
-- name: vectors
SELECT memory_id FROM memory_vectors ORDER BY memory_id
""",
    source="tests",
)


class Provider:
    """An embedder's far end: what it answers is up to the test."""

    name = "provider"
    dimension = DIMENSION

    def __init__(self) -> None:
        self.away = False
        self.refuses = ""
        self.answers_nothing = ""
        self.breaks_at = ""
        self.asked = asyncio.Event()
        self.proceed = asyncio.Event()
        self.proceed.set()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.set()
        await self.proceed.wait()
        if self.away:
            raise Unavailable("the provider is away", reason="PROVIDER_UNAVAILABLE")
        if self.refuses and any(self.refuses in text for text in texts):
            raise FailedPrecondition("the provider refuses this")
        if self.breaks_at and any(self.breaks_at in text for text in texts):
            raise ZeroDivisionError(self.breaks_at)
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[len(text) % DIMENSION] = 1
            if self.answers_nothing and self.answers_nothing in text:
                row[:] = np.nan
        return rows


@dataclass(slots=True)
class Bench:
    """A database and an index, with an indexer between them when it is ``running``."""

    db: Database
    index: EdgeIndex
    provider: Provider
    indexer: Indexer
    position: int = 0

    async def change(self, owner: Owner, changes: Sequence[Change], *work: Work) -> int:
        """Runs (statement, *arguments) and records what changed; gives the revision."""

        async def unit(tx: Transaction) -> int:
            taken = await revision.bump(tx, owner.workspace_id, owner.user_id)
            for name, *arguments in work:
                await tx.execute(SQL[name], *_key(owner), *arguments)
            await outbox.record(tx, owner.workspace_id, owner.user_id, taken, changes, 1)
            return taken

        return await self.db.transaction(unit)

    async def add(self, *contents: str, owner: Owner = ANN) -> int:
        """Entries named as their contents are, in the session named as their user is."""
        work: list[Work] = []
        for content in contents:
            self.position += 1
            work.append(("entry", owner.user_id, self.position, content, content))
        changes = [Change(Kind.ENTRY, each, owner.user_id, Operation.UPSERT) for each in contents]
        return await self.change(owner, changes, *work)

    async def delete(self, *contents: str, owner: Owner = ANN) -> int:
        work: list[Work] = [("delete_entry", each) for each in contents]
        work += [("delete_vector", each) for each in contents]
        changes = [Change(Kind.ENTRY, each, "ann", Operation.DELETE) for each in contents]
        return await self.change(owner, changes, *work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.indexer.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def caught_up(self, *owners: Owner) -> None:
        for owner in owners or (ANN,):
            now = await self.db.read(partial(_current, owner=owner))
            assert await self.indexer.caught_up(owner, now, 20.0)

    async def ready(self) -> None:
        """Waits until the index has been filled."""
        health = self.index.health()
        while health.state is not IndexState.READY:
            health = await soon(self.index.health_change(health))

    async def vectors(self) -> set[str]:
        return {row["memory_id"] for row in await self.db.fetch(SQL["vectors"])}

    async def differences(self, owner: Owner = ANN) -> tuple[int, int, int]:
        """Missing, stale, extra."""
        seen = await self.reconciler.compare(owner)
        return len(seen.missing), len(seen.stale), len(seen.extra)

    @property
    def reconciler(self) -> Reconciler:
        return Reconciler(self.db, self.index, self.indexer, SystemClock())

    async def outbox_empty(self) -> None:
        """Waits until nothing is left to apply or to flush."""
        while True:
            counts = await self.db.read(outbox.counts)
            if not counts.pending + counts.applied:
                return
            await self.indexer.progress()


async def _current(snapshot: Snapshot, owner: Owner) -> int:
    return (await revision.current(snapshot, *_key(owner))).revision


def _key(owner: Owner) -> tuple[str, str]:
    return owner.workspace_id, owner.user_id


@pytest_asyncio.fixture
async def bench(schema_file: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(await open_copy(schema_file, tmp_path / "data"), tmp_path) as bench:
        yield bench


@asynccontextmanager
async def open_bench(db: Database, folder: Path) -> AsyncIterator[Bench]:
    """On a database that has the schema; it is closed at the end."""

    async def people(tx: Transaction) -> None:
        await tx.execute(SQL["workspace"], "w")
        for owner in (ANN, BOB):
            await tx.execute(SQL["user"], *_key(owner))
            await tx.execute(SQL["session"], *_key(owner), owner.user_id)

    await db.transaction(people)
    index = await open_edge(folder / "index", StampInMemory())
    provider = Provider()
    yield Bench(db, index, provider, Indexer(db, index, provider))
    await index.close()
    await db.close()
