"""A server on PostgreSQL, whatever backend the other tests run on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from reverie import Reverie
from reverie.v1 import operations_service_pb2 as operations
from reverie_server.bootstrap import Application, CannotStart
from reverie_server.errors import Unavailable
from reverie_server.settings import Settings
from reverie_server.storage import outbox
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_lease import Lease, ServedElsewhere
from reverie_server.storage.postgres_options import PostgresOptions

pytestmark = pytest.mark.once


def settings_of(options: PostgresOptions, folder: Path) -> Settings:
    return Settings(data_folder=folder, port=0, database_url=SecretStr(options.url))


@asynccontextmanager
async def serving(options: PostgresOptions, folder: Path) -> AsyncIterator[Application]:
    application = await Application.start(settings_of(options, folder))
    yield application
    await application.stop()


async def recalled(reverie: Reverie) -> list[str]:
    return [hit.text for hit in (await reverie.recall("ann", "brad", "peanuts")).hits]


async def test_what_was_said_is_found_also_by_the_next_server_and_without_its_index(
    migrated_postgres: PostgresOptions, tmp_path: Path
) -> None:
    said = "I am allergic to peanuts."
    async with (
        serving(migrated_postgres, tmp_path / "one") as application,
        Reverie(application.address) as reverie,
    ):
        async with reverie.session("ann", "brad") as call:
            await call.say(said)
        assert said in await recalled(reverie)
        stats = await reverie.operations.GetStats(operations.GetStatsRequest())
        assert stats.storage_engine.startswith("PostgreSQL ")
        assert stats.storage_bytes > 0
    for folder in ("one", "another"):
        async with (
            serving(migrated_postgres, tmp_path / folder) as application,
            Reverie(application.address) as reverie,
        ):
            assert said in await recalled(reverie)


async def test_a_compaction_goes_through(
    migrated_postgres: PostgresOptions, tmp_path: Path
) -> None:
    async with (
        serving(migrated_postgres, tmp_path) as application,
        Reverie(application.address) as reverie,
    ):
        job = (await reverie.operations.Compact(operations.CompactRequest())).job
        async for now in reverie.follow_job(job.job_id):
            job = now
        assert job.state == operations.JOB_STATE_SUCCEEDED
    assert job.result["tables_left"] == 0, "the role may vacuum what it does not own"


async def test_a_server_on_a_database_without_our_schema_does_not_start(
    bare_postgres: PostgresOptions, tmp_path: Path
) -> None:
    with pytest.raises(CannotStart, match="reverie migrate"):
        await Application.start(settings_of(bare_postgres, tmp_path))


async def test_a_server_without_its_database_does_not_start(tmp_path: Path) -> None:
    options = PostgresOptions(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(CannotStart, match="reverie doctor"):
        await Application.start(settings_of(options, tmp_path))


async def test_a_second_server_does_not_start_while_the_first_one_serves(
    migrated_postgres: PostgresOptions, tmp_path: Path
) -> None:
    async with serving(migrated_postgres, tmp_path / "one"):
        for folder, message in (("one", "data folder"), ("another", "Another Reverie server")):
            with pytest.raises(CannotStart, match=message):
                await Application.start(settings_of(migrated_postgres, tmp_path / folder))
    async with serving(migrated_postgres, tmp_path / "another"):
        pass


async def test_a_dead_servers_lease_is_its_own_folders_at_once_and_anothers_when_it_ran_out(
    migrated_postgres: PostgresOptions, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("one", "another")]
    for folder in folders:
        folder.mkdir()
    db = await PostgresDatabase.open(migrated_postgres)
    dead = await Lease.acquire(db, folders[0], seconds=0.3, renewal_seconds=3_600)
    again = await Lease.acquire(db, folders[0], seconds=0.3, renewal_seconds=3_600)
    with pytest.raises(ServedElsewhere):
        await Lease.acquire(db, folders[1], seconds=60, renewal_seconds=3_600)
    heir = None
    while heir is None:
        try:
            heir = await Lease.acquire(db, folders[1], seconds=60, renewal_seconds=3_600)
        except ServedElsewhere:
            continue
    for lease in (dead, again, heir):
        await lease.release()
    await db.close()


async def test_a_server_that_was_taken_over_from_answers_no_more(
    migrated_postgres: PostgresOptions, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("one", "another")]
    for folder in folders:
        folder.mkdir()
    stalled = await PostgresDatabase.open(migrated_postgres)
    other = await PostgresDatabase.open(migrated_postgres)
    # It has run out before it is ever renewed, as if the process had stood still.
    lease = await Lease.acquire(stalled, folders[0], seconds=0.0, renewal_seconds=0.0)
    heir = await Lease.acquire(other, folders[1], seconds=60, renewal_seconds=3_600)
    await lease.standing.ends()
    assert lease.standing.lost
    with pytest.raises(Unavailable, match="another server"):
        await stalled.read(outbox.counts)
    await lease.release()
    await heir.release()
    await stalled.close()
    await other.close()
