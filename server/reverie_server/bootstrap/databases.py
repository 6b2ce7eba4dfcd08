"""Which database the server stands on: SQLite in its folder, or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from reverie_server.bootstrap.background import running
from reverie_server.bootstrap.errors import CannotStart
from reverie_server.bootstrap.indexes import forget_indexes
from reverie_server.errors import Unavailable
from reverie_server.governance.operations.ports import CompactableStorage
from reverie_server.observability.meter import NO_METER, Meter
from reverie_server.scope import work_for_every_workspace
from reverie_server.settings import Settings
from reverie_server.storage.folder_lock import DataFolderInUse, FolderLock
from reverie_server.storage.postgres_options import NOT_LET_IN, PostgresOptions
from reverie_server.storage.schema import SchemaMismatch
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.storage.standing import Standing

RENEWALS_IN_A_LEASE: Final = 3
"""So many renewals, less one, may fail."""


Hints = Callable[[Callable[[], None]], None]
"""Takes what is to be called when another server has committed something."""


def NO_HINTS(_: Callable[[], None]) -> None:  # noqa: N802 - a constant that is called
    """There is no other server, or nobody who could tell."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A database, open, and what this server is to it."""

    database: CompactableStorage
    standing: Standing
    hints: Hints


@asynccontextmanager
async def open_database(settings: Settings, meter: Meter = NO_METER) -> AsyncIterator[Opened]:
    """The database of the settings, open. Unless several servers share it, it is locked for others:
    so is the data folder. What the task does with it is the server's own work, over all workspaces.

    Raises:
        CannotStart: it, or the data folder, cannot be used.
    """
    work_for_every_workspace()
    async with AsyncExitStack() as stack:
        try:
            opened = await _open(settings, stack, meter)
        except (DataFolderInUse, SchemaMismatch) as error:
            raise CannotStart(str(error)) from error
        yield opened


@asynccontextmanager
async def open_unserved(settings: Settings) -> AsyncIterator[CompactableStorage]:
    """The database of the settings while no server serves it. Whatever index it has stays closed.

    Raises:
        CannotStart: a server serves it, or it cannot be used.
    """
    async with AsyncExitStack() as stack:
        if settings.database_url is not None:
            # The lease is asked for by folders, and no server has this one. Asked for as by a
            # server with an index of its own, it is not had while servers share the database.
            folder = stack.enter_context(TemporaryDirectory(prefix="reverie-"))
            alone = {"data_folder": Path(folder), "qdrant_url": None}
            settings = settings.model_copy(update=alone)
        opened = await stack.enter_async_context(open_database(settings))
        yield opened.database


def postgres_options(settings: Settings) -> PostgresOptions | None:
    """How PostgreSQL is reached; None when the settings name none."""
    if settings.database_url is None:
        return None
    return PostgresOptions(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        acquire_seconds=settings.database_acquire_seconds,
        statement_seconds=settings.database_statement_seconds,
        lock_seconds=settings.database_lock_seconds,
        idle_seconds=settings.database_idle_seconds,
        unfenced_role=settings.database_unfenced_role,
        pgbouncer=settings.database_pgbouncer,
    )


async def _open(settings: Settings, stack: AsyncExitStack, meter: Meter) -> Opened:
    options = postgres_options(settings)
    try:
        if options is not None and settings.index_is_shared:
            return await _open_shared_postgres(options, settings.lease_seconds, stack, meter)
        if options is not None:
            return await _open_postgres(options, settings, stack, meter)
        database = await SqliteDatabase.open(settings.data_folder, meter=meter)
        stack.push_async_callback(database.close)
    except Unavailable as error:
        because = f" ({error.__cause__})" if error.__cause__ else ""
        if getattr(error.__cause__, "sqlstate", None) in NOT_LET_IN:
            because += "; let this role in, as the owner: `reverie migrate --grant-to ROLE`"
        raise CannotStart(f"{error}{because}; `reverie doctor` says what can be done") from error
    except OSError as error:
        raise CannotStart(
            f"the data folder {settings.data_folder} cannot be used: {error.strerror or error}"
        ) from error
    return Opened(database, Standing.alone(), NO_HINTS)


async def _open_postgres(
    options: PostgresOptions, settings: Settings, stack: AsyncExitStack, meter: Meter
) -> Opened:
    """Also locks the folder, where the index is, and makes sure that no other server serves."""
    # Imported here: a tenth of a second that a server on SQLite does not spend.
    from reverie_server.storage.postgres import PostgresDatabase  # noqa: PLC0415
    from reverie_server.storage.postgres_lease import Lease, ServedElsewhere  # noqa: PLC0415

    folder, seconds = settings.data_folder, settings.lease_seconds

    def lock() -> FolderLock:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FolderLock.acquire(folder)

    stack.callback((await asyncio.to_thread(lock)).release)
    database = await PostgresDatabase.open(options, meter=meter)
    stack.push_async_callback(database.close)
    try:
        lease = await Lease.acquire(
            database, folder, seconds=seconds, renewal_seconds=seconds / RENEWALS_IN_A_LEASE
        )
    except ServedElsewhere as error:
        raise CannotStart(str(error)) from error
    stack.push_async_callback(lease.release)
    return Opened(database, lease.standing, NO_HINTS)


async def _open_shared_postgres(
    options: PostgresOptions, seconds: float, stack: AsyncExitStack, meter: Meter
) -> Opened:
    """Nothing is kept beside the server: not even a folder is needed."""
    from reverie_server.storage.postgres import PostgresDatabase  # noqa: PLC0415 - as above
    from reverie_server.storage.postgres_fleet import Fleet  # noqa: PLC0415
    from reverie_server.storage.postgres_wakes import Wakes  # noqa: PLC0415

    database = await PostgresDatabase.open(options, meter=meter)
    stack.push_async_callback(database.close)
    fleet = Fleet(
        database,
        forget_indexes,
        seconds=seconds,
        renewal_seconds=seconds / RENEWALS_IN_A_LEASE,
    )
    await fleet.renew()
    await stack.enter_async_context(running(fleet.run, "the fleet's lease"))
    if options.pgbouncer:
        # It hands connections on between transactions: nobody could listen on one.
        return Opened(database, fleet.standing, NO_HINTS)
    wakes = Wakes(options)
    database.on_commit(wakes.tell)
    await stack.enter_async_context(running(wakes.run, "hints"))
    return Opened(database, fleet.standing, wakes.on_wake)
