"""Copies of PostgreSQL, and copies put back: a frozen backend, and servers that start meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reverie_server.errors import Unavailable
from reverie_server.storage import (
    postgres,
    postgres_backup,
    postgres_patience,
    postgres_pool,
    postgres_restore,
)
from reverie_server.storage.backup_folder import BackupFolder
from reverie_server.storage.backup_manifest import Manifest
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres_fleet import Fleet
from reverie_server.storage.postgres_lease import Lease
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from reverie_server.storage.restoring import CannotRestore
from tests.postgres_server import PostgresServer
from tests.rpc.contract import DEADLINE
from tests.storage.conftest import add_owners_to
from tests.storage.disturbed_postgres import opened, own_server

__all__ = ["own_server"]


def nobody(_: float) -> None:
    """Does not listen."""


def processes_of(server: PostgresServer) -> list[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii")
    return [server.pid, *map(int, children.split())]


@contextmanager
def frozen_at_last(pids: list[int]) -> Iterator[None]:
    """What was frozen goes on after the test."""
    try:
        yield
    finally:
        for pid in pids:
            # One may have been at its end already.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def test_a_copy_of_a_frozen_backend_is_given_up(
    migrated_postgres: PostgresOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends: list[int] = []
    connect = postgres_pool.connect

    async def noted(options: PostgresOptions) -> Any:
        connection = await connect(options)
        backends.append(connection.get_server_pid())
        return connection

    def freeze(_: float) -> None:
        """When a first table has been copied."""
        os.kill(backends[-1], signal.SIGSTOP)

    monkeypatch.setattr(postgres_backup, "connect", noted)
    monkeypatch.setattr(postgres_backup, "SILENCES", 0.2)
    async with opened(replace(migrated_postgres, statement_seconds=0.5)) as db:
        with frozen_at_last(backends):
            async with asyncio.timeout(DEADLINE):
                with pytest.raises(Unavailable):
                    await db.copy_to(tmp_path, freeze)


async def test_a_copy_that_is_written_slowly_is_not_given_up(
    migrated_postgres: PostgresOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the disk that takes long then."""
    expected: list[Any] = []
    to_thread = asyncio.to_thread

    class Patience(postgres_patience.Patience):
        def wait(self) -> None:
            super().wait()
            expected.append(self._end)

    async def slowly(work: Any, *of: Any) -> Any:
        assert expected[-1].cancelled(), "the server is not what is waited for"
        return await to_thread(work, *of)

    monkeypatch.setattr(postgres_backup, "Patience", Patience)
    monkeypatch.setattr(asyncio, "to_thread", slowly)
    async with opened(migrated_postgres) as db:
        await add_owners_to(db)
        copy = await db.copy_to(tmp_path, nobody)
    assert copy.tables["users"].rows == 2
    assert all(each.cancelled() for each in expected)


def freezing(which: int, backends: list[int]) -> Callable[[PostgresOptions], Any]:
    """As ``connect``, but the backend of the connection of this number, from 1, stands still; all
    are noted."""
    connect = postgres_pool.connect

    async def connected(options: PostgresOptions) -> Any:
        connection = await connect(options)
        backends.append(connection.get_server_pid())
        if len(backends) == which:
            os.kill(backends[-1], signal.SIGSTOP)
        return connection

    return connected


async def test_a_question_beside_the_pool_is_given_up(
    migrated_postgres: PostgresOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends: list[int] = []
    monkeypatch.setattr(postgres, "GRACE_SECONDS", 0.0)
    async with opened(replace(migrated_postgres, statement_seconds=0.2)) as db:
        monkeypatch.setattr(postgres, "connect", freezing(1, backends))
        with frozen_at_last(backends):
            async with asyncio.timeout(DEADLINE):
                with pytest.raises(Unavailable):
                    await db.size_bytes()


async def test_a_compaction_of_a_frozen_server_is_given_up(
    own_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = PostgresOptions(own_server.url(), statement_seconds=0.3, acquire_seconds=0.5)
    await migrate_postgres(replace(options, statement_seconds=15.0))
    connect, processes = postgres_pool.connect, []
    asked: list[None] = []

    async def frozen(options: PostgresOptions) -> Any:
        """All of it, when the compaction itself has its connection: the second one."""
        connection = await connect(options)
        asked.append(None)
        if len(asked) == 2:
            processes.extend(processes_of(own_server))
            for pid in processes:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
        return connection

    monkeypatch.setattr(postgres, "GRACE_SECONDS", 0.0)
    async with opened(options) as db:
        monkeypatch.setattr(postgres, "connect", frozen)
        with frozen_at_last(processes):
            async with asyncio.timeout(DEADLINE):
                with pytest.raises(Unavailable):
                    await db.compact()
            assert processes


async def test_a_compaction_is_given_up_when_its_own_backend_is_frozen(
    migrated_postgres: PostgresOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answers all others meanwhile."""
    backends: list[int] = []
    monkeypatch.setattr(postgres, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(postgres, "VACUUM_SILENCES", 3)
    async with opened(replace(migrated_postgres, statement_seconds=0.2)) as db:
        # The second connection is that of the compaction itself.
        monkeypatch.setattr(postgres, "connect", freezing(2, backends))
        with frozen_at_last(backends):
            async with asyncio.timeout(DEADLINE):
                with pytest.raises(Unavailable, match="nothing is heard of the compaction"):
                    await db.compact()


async def backed_up(options: PostgresOptions, tmp_path: Path) -> tuple[Path, Manifest]:
    """A backup of two owners."""
    folder = BackupFolder(tmp_path / "backups")
    async with opened(options) as db:
        await add_owners_to(db)
        aside = folder.begin("one", "job")
        copy = await db.copy_to(aside, nobody)
    return folder.path("one"), folder.publish(aside, "one", 1, "0.1.0", "job", copy, nobody)


@pytest.mark.parametrize("state", ["XX001", "XX002", "58030"])
async def test_who_restores_into_a_damaged_database_hears_what_to_do(
    bare_postgres: PostgresOptions, tmp_path: Path, state: str
) -> None:
    await migrate_postgres(bare_postgres)
    backup, manifest = await backed_up(bare_postgres, tmp_path)
    connection = await postgres_pool.connect(bare_postgres)
    await connection.execute(
        f"""
        CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'invalid page in block 0' USING ERRCODE = '{state}'; END $$;
        CREATE TRIGGER damaged BEFORE DELETE ON users EXECUTE FUNCTION damaged();
        """
    )
    await connection.close()
    with pytest.raises(CannotRestore, match=rf"damaged .SQLSTATE {state}.: make a new one"):
        await postgres_restore.restore_postgres(
            backup, manifest, bare_postgres, None, replace=True, now=1, tell=nobody
        )


@asynccontextmanager
async def being_restored(
    options: PostgresOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncio.Event]:
    """A database while a backup is restored into it; ends when the event is set and it is."""
    backup, manifest = await backed_up(options, tmp_path)
    loading, goes_on, load = asyncio.Event(), asyncio.Event(), postgres_restore._load

    async def held(*of: Any) -> None:
        loading.set()
        await goes_on.wait()
        await load(*of)

    monkeypatch.setattr(postgres_restore, "_load", held)
    restoring = asyncio.create_task(
        postgres_restore.restore_postgres(
            backup, manifest, options, None, replace=True, now=1, tell=nobody
        )
    )
    waiting = asyncio.create_task(loading.wait())
    await asyncio.wait((restoring, waiting), return_when=asyncio.FIRST_COMPLETED)
    assert not restoring.done(), restoring.exception()
    try:
        yield goes_on
    finally:
        goes_on.set()
        await restoring


async def test_nobody_begins_to_serve_what_is_being_restored(
    migrated_postgres: PostgresOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(tx: Transaction, *, taken_over: bool) -> None:
        """There is no index."""

    async with opened(replace(migrated_postgres, lock_seconds=0.2)) as db:
        fleet = Fleet(db, forget)
        async with being_restored(migrated_postgres, tmp_path, monkeypatch):
            with pytest.raises(Unavailable):
                await Lease.acquire(db, tmp_path)
            with pytest.raises(Unavailable):
                await fleet.renew()
        lease = await Lease.acquire(db, tmp_path)
        await lease.release()
        await fleet.renew()
        assert fleet.standing.on_duty
