"""Servers on a shared index beside servers that have an index of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from reverie_server.bootstrap.indexes import forget_indexes
from reverie_server.index.qdrant_record import Record
from reverie_server.storage import deployment
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_fleet import Fleet
from reverie_server.storage.postgres_lease import Lease, ServedElsewhere
from reverie_server.storage.postgres_options import PostgresOptions


@pytest.fixture
async def db(migrated_postgres: PostgresOptions) -> AsyncIterator[PostgresDatabase]:
    db = await PostgresDatabase.open(migrated_postgres)
    yield db
    await db.close()


class Losses:
    """Counts how often the fleet has found the index to be of no use any more."""

    def __init__(self) -> None:
        self.taken_over = 0
        self.served_elsewhere = 0

    async def __call__(self, tx: Transaction, *, taken_over: bool) -> None:
        if taken_over:
            self.taken_over += 1
        else:
            self.served_elsewhere += 1


def fleet(db: Database, losses: Losses, seconds: float = 60.0) -> Fleet:
    return Fleet(db, losses, seconds=seconds)


async def test_a_fleet_leaves_background_work_to_a_server_of_before_and_takes_it_over(
    db: PostgresDatabase, tmp_path: Path
) -> None:
    old = await Lease.acquire(db, tmp_path, seconds=60, renewal_seconds=3_600)
    losses = Losses()
    servers = [fleet(db, losses) for _ in range(2)]
    for each in servers:
        await each.renew()
        assert not each.standing.on_duty
    assert (losses.taken_over, losses.served_elsewhere) == (0, 2)
    await old.release()
    for each in servers:
        await each.renew()
        assert each.standing.on_duty
    assert (losses.taken_over, losses.served_elsewhere) == (1, 2), "one of them has noticed"


async def test_a_fleet_of_before_leaves_an_index_that_is_complete(db: PostgresDatabase) -> None:
    losses = Losses()
    await fleet(db, losses, seconds=-1.0).renew()
    await fleet(db, losses).renew()
    assert losses.taken_over == 1, "only the first one does not know what was before"


async def test_no_server_with_an_index_of_its_own_starts_beside_a_fleet(
    db: PostgresDatabase, tmp_path: Path
) -> None:
    await fleet(db, Losses()).renew()
    with pytest.raises(ServedElsewhere, match="shared"):
        await Lease.acquire(db, tmp_path)


async def test_neither_sides_index_counts_as_complete_after_the_other_has_worked(
    db: PostgresDatabase, tmp_path: Path
) -> None:
    stamps, record = deployment.IndexStamps(db), deployment.SharedIndexRecord(db)
    complete = msgspec.json.encode(Record(generation="old", complete=True, mark=3))
    old = await Lease.acquire(db, tmp_path, seconds=60, renewal_seconds=3_600)
    await stamps.put("clean")
    await record.replace(None, complete)
    shared = Fleet(db, forget_indexes)
    await shared.renew()
    assert await record.read() == msgspec.json.encode(Record(retired=("old",)))
    await old.release()
    await shared.renew()
    assert await stamps.take() is None


async def test_a_fleet_that_cannot_renew_ends_its_duty_when_the_lease_runs_out(
    db: PostgresDatabase,
) -> None:
    short, long = fleet(db, Losses(), seconds=0.0), fleet(db, Losses())
    for each in (long, short):
        await each.renew()
        assert each.standing.on_duty
    db.refuse()
    for each in (long, short):
        await each.renew_or_stand_down()
    assert long.standing.on_duty, "it is still the fleet's"
    assert not short.standing.on_duty
