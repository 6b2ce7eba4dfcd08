"""Who reads what was changed never steps over a commit that was late.

Transactions commit in another order than they began in. Two servers change one database here; one
of them takes its revision first and commits last, and a reader looks in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import pytest

from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import Statement, parse
from tests.postgres_databases import PostgresDatabases
from tests.storage.conftest import LoopGate, add_owners_to

SQL = parse(
    """
    -- name: since
    SELECT revision, memory_id FROM outbox
    WHERE workspace_id = $1 AND user_id = $2 AND revision > $3
    ORDER BY revision, ordinal;
    -- name: bump_without_a_row
    SELECT nextval('revisions') WHERE $1 <> '' AND $2 <> '';
    """,
    source="tests",
)


@dataclass
class Watcher:
    """Goes on from the last revision that it has seen, as someone does who watches a user."""

    db: Database
    after: int = 0
    seen: list[str] = field(default_factory=list)

    async def look(self) -> None:
        for row in await self.db.fetch(SQL["since"], "w", "u", self.after):
            self.after = row["revision"]
            self.seen.append(row["memory_id"])


@pytest.fixture
async def servers(
    migrated_postgres: PostgresOptions,
) -> AsyncIterator[tuple[PostgresDatabase, PostgresDatabase]]:
    dbs = (
        await PostgresDatabase.open(migrated_postgres),
        await PostgresDatabase.open(migrated_postgres),
    )
    await add_owners_to(dbs[0])
    yield dbs
    for db in dbs:
        await db.close()


async def change(db: Database, memory_id: str, gate: LoopGate | None = None) -> None:
    """Changes a memory of u; with a gate, between taking its revision and committing it waits."""

    async def unit(tx: Transaction) -> None:
        taken = await revision.bump(tx, "w", "u")
        record = Change(1, memory_id, "", Operation.UPSERT)
        await outbox.record(tx, "w", "u", taken, [record], 1)
        if gate is not None:
            await gate.arrive()

    await db.transaction(unit)


async def watch_a_late_commit(servers: tuple[PostgresDatabase, PostgresDatabase]) -> list[str]:
    watcher, gate = Watcher(servers[1]), LoopGate()
    late = asyncio.create_task(change(servers[0], "late", gate))
    await gate.reached()
    early = asyncio.create_task(change(servers[1], "early"))
    # With protection it cannot commit now, which nobody can see: it just does not.
    await asyncio.wait([early], timeout=0.3)
    await watcher.look()
    gate.open()
    await asyncio.gather(late, early)
    await watcher.look()
    return watcher.seen


async def test_a_watcher_steps_over_no_late_commit(
    servers: tuple[PostgresDatabase, PostgresDatabase],
) -> None:
    assert sorted(await watch_a_late_commit(servers)) == ["early", "late"]


async def test_it_would_if_revisions_came_from_a_sequence(
    servers: tuple[PostgresDatabase, PostgresDatabase],
    migrated_postgres: PostgresOptions,
    postgres_databases: PostgresDatabases,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the test above is worth: a sequence gives the next number without waiting."""
    owner = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    await owner.execute(
        "CREATE SEQUENCE IF NOT EXISTS revisions; GRANT USAGE ON revisions TO PUBLIC"
    )
    await owner.close()
    unprotected: Statement = SQL["bump_without_a_row"]
    monkeypatch.setattr(revision, "_BUMP_USER", unprotected)
    assert await watch_a_late_commit(servers) == ["early"]


async def test_the_indexer_finds_a_late_commit_behind_what_it_has_applied(
    servers: tuple[PostgresDatabase, PostgresDatabase],
) -> None:
    """Also one of another user, whose commits wait for nobody; rows are found by that they wait."""
    gate = LoopGate()
    late = asyncio.create_task(change(servers[0], "late", gate))
    await gate.reached()

    async def of_another(tx: Transaction) -> None:
        taken = await revision.bump(tx, "w", "v")
        await outbox.record(tx, "w", "v", taken, [Change(1, "v's", "", Operation.UPSERT)], 1)

    await servers[1].transaction(of_another)
    first = await servers[1].read(lambda snapshot: outbox.pending(snapshot, 10))
    await servers[1].transaction(lambda tx: outbox.mark_applied(tx, [each.key for each in first]))
    gate.open()
    await late
    second = await servers[1].read(lambda snapshot: outbox.pending(snapshot, 10))
    assert [each.change.memory_id for each in first + second] == ["v's", "late"]
