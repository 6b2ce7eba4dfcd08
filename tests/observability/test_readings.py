"""What a scrape reads: lag, jobs, connections, and nothing that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextvars import Context
from dataclasses import replace
from pathlib import Path

import pytest

from reverie_server.bootstrap.floors import Floors, open_floors
from reverie_server.bootstrap.readings import Caches, Readings
from reverie_server.clock import MICROSECONDS
from reverie_server.errors import ResourceExhausted
from reverie_server.observability.cache_counts import CacheCounts
from reverie_server.observability.prometheus import PrometheusMeter
from reverie_server.storage import outbox
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.storage.statements import parse
from tests.backends import settings_of

NOW = 1_700_000_000 * MICROSECONDS
ONE = parse("-- name: one\nSELECT 1", source="tests")["one"]
NOTHING = parse("-- name: nothing\nDELETE FROM outbox WHERE workspace_id = ''", source="tests")


class StandingClock:
    def now(self) -> int:
        return NOW


@pytest.fixture
async def floors(tmp_path: Path) -> AsyncIterator[Floors]:
    """Without anybody who indexes."""
    settings = await settings_of(tmp_path / "data")
    async with open_floors(settings, StandingClock()) as floors:
        yield floors


async def read(floors: Floors) -> Mapping[tuple[str, ...], float]:
    readings = Readings(
        floors,
        Caches({"recall_views": CacheCounts(hits=3, misses=1)}, lambda: 17),
        lambda: 4,
        "1.2.3",
    )
    return {(each.metric.name, *each.labels): each.value for each in await readings.read_all()}


async def test_the_lag_rises_and_falls(floors: Floors) -> None:
    changes = [Change(1, str(number), "", Operation.UPSERT) for number in range(3)]

    async def record(tx: Transaction) -> None:
        await outbox.record(tx, "w", "u", 1, changes, NOW - 90 * MICROSECONDS)

    before = await read(floors)
    await floors.database.transaction(record)
    behind = await read(floors)
    pending = await floors.database.read(lambda snapshot: outbox.pending(snapshot, 10))
    keys = [each.key for each in pending]
    await floors.database.transaction(lambda tx: outbox.mark_applied(tx, keys))
    applied = await read(floors)
    await floors.database.transaction(lambda tx: outbox.forget_durable(tx, keys))
    after = await read(floors)

    names = ("reverie_index_lag_rows", "reverie_index_lag_seconds", "reverie_index_unflushed_rows")
    assert [before[name,] for name in names] == [0, 0, 0]
    assert [behind[name,] for name in names] == [3, 90, 0]
    assert [applied[name,] for name in names] == [0, 0, 3]
    assert [after[name,] for name in names] == [0, 0, 0]


async def test_on_postgresql_all_workspaces_are_read(
    floors: Floors, migrated_postgres: PostgresOptions
) -> None:
    """A scrape is part of no call, and who does not say whose work it is sees no rows there."""
    db = await PostgresDatabase.open(migrated_postgres)
    changes = [Change(1, str(number), "", Operation.UPSERT) for number in range(3)]
    await db.transaction(lambda tx: outbox.record(tx, "w", "u", 1, changes, NOW))

    seen = await asyncio.create_task(read(replace(floors, database=db)), context=Context())
    await db.close()

    assert seen["reverie_index_lag_rows",] == 3


async def test_without_the_database_the_rest_is_read(floors: Floors) -> None:
    whole = await read(floors)
    await floors.database.close()

    left = await read(floors)

    assert (whole["reverie_database_up",], left["reverie_database_up",]) == (1, 0)
    gone = {name for name, *_ in whole.keys() - left.keys()}
    assert gone == {
        "reverie_index_lag_rows",
        "reverie_index_lag_seconds",
        "reverie_index_unflushed_rows",
        "reverie_jobs",
    }
    assert left["reverie_cache_lookups_total", "recall_views", "hit"] == 3
    assert left["reverie_rpc_in_flight",] == 4
    assert left["reverie_build_info", "1.2.3"] == 1


@pytest.mark.parametrize("error", [ResourceExhausted("full"), TimeoutError()])
async def test_a_database_that_is_too_busy_does_not_pass_for_away(
    floors: Floors, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def refuse(_: object) -> None:
        raise error

    monkeypatch.setattr(floors.database, "read", refuse)
    left = await read(floors)
    assert not {name for name, *_ in left} & {"reverie_database_up", "reverie_jobs"}
    assert left["reverie_rpc_in_flight",] == 4


async def test_what_was_committed_together_is_told(tmp_path: Path) -> None:
    meter = PrometheusMeter()
    db = await SqliteDatabase.open(tmp_path / "data", meter=meter)
    gate, arrived = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hold(tx: Transaction) -> None:
        loop.call_soon_threadsafe(arrived.set)
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(30)
        await tx.execute(NOTHING["nothing"])

    first = asyncio.create_task(db.transaction(hold))
    await arrived.wait()
    others = [
        asyncio.create_task(db.transaction(lambda tx: tx.execute(NOTHING["nothing"])))
        for _ in range(9)
    ]
    await asyncio.sleep(0)  # each submits its unit before it waits
    assert db.occupancy().waiting == {"reads": 0, "writes": len(others)}
    gate.set()
    await asyncio.gather(first, *others)
    await db.close()

    value = meter.registry.get_sample_value
    assert value("reverie_database_commit_units_sum") == 10
    assert (value("reverie_database_commit_units_count") or 0) <= 2


async def test_connections_and_waits_for_them(migrated_postgres: PostgresOptions) -> None:
    meter = PrometheusMeter()
    db = await PostgresDatabase.open(migrated_postgres, meter=meter)
    inside, leave = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.fetchval(ONE)
        inside.set()
        await leave.wait()

    held = asyncio.create_task(db.transaction(hold))
    await inside.wait()
    busy = db.occupancy()
    leave.set()
    await held
    idle = db.occupancy()
    await db.close()

    limit = migrated_postgres.pool_size
    assert busy.connections == {"in_use": 1, "idle": 0, "limit": limit}
    assert idle.connections == {"in_use": 0, "idle": 1, "limit": limit}
    assert (busy.waiting, idle.waiting) == ({"units": 1}, {"units": 0})
    assert meter.registry.get_sample_value("reverie_database_connection_wait_seconds_count") == 1
