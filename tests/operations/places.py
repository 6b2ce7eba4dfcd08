"""Where a server's data is, on either engine, as its operator names it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from reverie import Reverie
from reverie.v1 import operations_service_pb2 as pb
from reverie_server.bootstrap import Application
from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.looking_again import until
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import SERVING_ROLE

ENGINES = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder, a database if it is not in there, and a folder for backups."""

    folder: Path
    backups: Path
    url: str | None = None

    def settings(self, **more: Any) -> Settings:
        """Of a server there, on any port."""
        url = None if self.url is None else SecretStr(self.url)
        more = {"port": 0, "metrics": False} | more
        return Settings(
            data_folder=self.folder, backup_folder=self.backups, database_url=url, **more
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same for processes."""
        url = {} if self.url is None else {"REVERIE_DATABASE_URL": self.url}
        folders = {"DATA_FOLDER": self.folder, "BACKUP_FOLDER": self.backups}
        return url | {f"REVERIE_{name}": str(folder) for name, folder in folders.items()}

    async def let_in(self) -> Place:
        """The same for the role that servers are."""
        if self.url is None:
            return self
        await migrate_postgres(PostgresOptions(self.url), grant_to=SERVING_ROLE)
        return replace(self, url=self.url.replace("postgres@", f"{SERVING_ROLE}@"))

    @asynccontextmanager
    async def serving(self, **more: Any) -> AsyncIterator[Reverie]:
        """A server there, and a client of it."""
        application = await Application.start(self.settings(**more))
        try:
            async with Reverie(application.address) as reverie:
                yield reverie
        finally:
            await application.stop()


MakePlace = Callable[..., Awaitable[Place]]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_place(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> MakePlace:
    """Makes empty places that share a folder for backups."""

    async def make(name: str, *, bare: bool = False) -> Place:
        place = Place(tmp_path / name, tmp_path / "backups")
        if engine == "sqlite":
            return place
        databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
        options = await databases.create(f"place_{uuid.uuid4().hex[:12]}")
        place = replace(place, url=options.url)
        return place if bare else await place.let_in()

    return make


async def ended(reverie: Reverie, job: pb.Job) -> pb.Job:
    """A job as it ended."""
    async for now in reverie.follow_job(job.job_id):
        job = now
    return job


async def backed_up(reverie: Reverie, name: str) -> pb.Job:
    """A backup that has become one."""
    job = await ended(reverie, (await reverie.operations.Backup(pb.BackupRequest(name=name))).job)
    assert job.state == pb.JOB_STATE_SUCCEEDED, job
    return job


async def reconciled(reverie: Reverie) -> dict[str, int]:
    """What differs between index and database, once the index is there."""
    await until(
        "the index",
        lambda: reverie.operations.GetStats(pb.GetStatsRequest()),
        lambda stats: stats.index_state == "ready" and stats.index_backlog == 0,
    )
    job = await ended(reverie, (await reverie.operations.Reconcile(pb.ReconcileRequest())).job)
    return dict(job.result)
