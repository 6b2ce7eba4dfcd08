"""A backup of SQLite becomes the database of a data folder, all of it or nothing.

Whenever that is broken off, the folder holds the old database as it was, or the new one. What
could mix them up is the write-ahead log: it is the old one's, holds what is not in that one's file
yet, and is found by its name alone. So it is emptied into the old file before it goes, and it has
gone before the new file takes the old one's name.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Final

import apsw

from reverie_server.errors import ResourceExhausted, Unavailable
from reverie_server.storage.backup_folder import Tell, seal, sync
from reverie_server.storage.backup_manifest import COPY_FILE, DamagedBackup, Manifest
from reverie_server.storage.folder_lock import FolderLock
from reverie_server.storage.restoring import CannotRestore, NotEmpty, Warn, settle
from reverie_server.storage.schema import EMPTY, SchemaMismatch, prepare_sqlite, read_sqlite_gate
from reverie_server.storage.sqlite import DATABASE_FILE, STAGE, SqliteDatabase
from reverie_server.storage.sqlite_connection import SqliteTransaction, domain_error, open_reader
from reverie_server.storage.tombstone_ledger import NOTHING_FORGOTTEN, Ledger, read_ledger, sound

TOMBSTONES_LEVEL: Final = 6
"""The first schema that has them."""
_ABOUT_ITS_PLACE: Final = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.FullError,
    apsw.LockedError,
    apsw.NoMemError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.ReadOnlyError,
)
"""Errors that say nothing against a database: what is wrong is around it."""


async def restore_sqlite(
    backup: Path,
    manifest: Manifest,
    folder: Path,
    ledger: Ledger | None,
    *,
    replace: bool,
    unasked: bool,
    now: int,
    tell: Tell,
    warn: Warn,
) -> None:
    """
    Args:
        ledger: what was forgotten since, as far as anybody else knows; the database that is
            replaced knows, too. None: whatever was forgotten since may come back.
        replace: a database that is there goes.
        unasked: also one that cannot be asked what was forgotten since, in whatever state: the
            operator has said what else knows it, or that it may come back.

    Raises:
        DataFolderInUse: a server runs on the folder.
        NotEmpty: there is a database, and ``replace`` is not set.
        CannotRestore: another program has the database open, or it cannot be asked.
        DamagedBackup: it is not as it was written.
        SchemaMismatch: it is of a newer release.
        ForeignLedger: the ledger is not of this deployment.
        Unavailable, OSError: the folder cannot be written.
    """
    lock = await asyncio.to_thread(_lock, folder)
    stage = folder / STAGE
    try:
        target = folder / DATABASE_FILE
        if target.exists():
            if not replace:
                raise NotEmpty(
                    f"{folder} holds a database already: name an empty folder with --data-folder,"
                    " or replace what is there with --replace."
                )
            if ledger is not None:
                ledger = ledger.joined(await _ledger_of(target, unasked, warn))
        forgotten = ledger or NOTHING_FORGOTTEN
        await asyncio.to_thread(_stage, backup, manifest, stage, tell)
        database = await SqliteDatabase.open(stage, prepare=prepare_sqlite)
        try:
            await database.transaction(
                lambda tx: settle(tx, forgotten, backup_time=manifest.backup_time, now=now)
            )
        finally:
            await database.close()
        await asyncio.to_thread(_put_in_place, stage, folder, unasked)
        tell(1.0)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        lock.release()


def _lock(folder: Path) -> FolderLock:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FolderLock.acquire(folder)


async def _ledger_of(path: Path, unasked: bool, warn: Warn) -> Ledger:
    """What the database that is there knows; nothing when it cannot be asked, and need not be:
    that may be why a backup is restored.

    Raises:
        CannotRestore: it cannot be asked.
        Unavailable, ResourceExhausted: not now.
    """
    try:
        gate = read_sqlite_gate(path)
        if EMPTY.level < gate.level < TOMBSTONES_LEVEL:
            return NOTHING_FORGOTTEN
        # Without a table it may have had some: a file of no length is an empty database, too.
        if gate != EMPTY:
            with contextlib.closing(open_reader(path)) as connection:
                return sound(await read_ledger(SqliteTransaction(connection, {})))
        why = "it is empty"
    except SchemaMismatch:
        why = "it does not say of which schema it is"
    # What is damaged may hold anything, of any type and in no encoding.
    except (Unavailable, ResourceExhausted, apsw.Error, TypeError, ValueError) as error:
        cause = error.__cause__ or error
        if isinstance(cause, _ABOUT_ITS_PLACE):
            raise domain_error(cause) from cause
        why = type(cause).__name__
    # A file beside the backups is no answer by itself: nothing tells whether the servers of this
    # database were those that wrote it last.
    if not unasked:
        raise CannotRestore(
            f"What was forgotten since cannot be read from {path} ({why}): name a file that knows"
            " it with --tombstones, as the one that is kept beside the backups does, or have it"
            " come back with --without-tombstones. Then the database is replaced as it is."
        )
    warn(
        f"what was forgotten since cannot be read from {path} ({why}): only what is known beside it"
        " is forgotten again"
    )
    return NOTHING_FORGOTTEN


def _stage(backup: Path, manifest: Manifest, stage: Path, tell: Tell) -> None:
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    staged = stage / DATABASE_FILE
    shutil.copyfile(backup / COPY_FILE, staged)
    tell(0.5)
    if seal(staged) != manifest.files.get(COPY_FILE):
        raise DamagedBackup(f"its file {COPY_FILE} is not as it was written")
    tell(0.8)


def _put_in_place(stage: Path, folder: Path, unasked: bool) -> None:
    """
    Raises:
        CannotRestore, Unavailable, ResourceExhausted: as for ``_end_log``.
    """
    staged, target = stage / DATABASE_FILE, folder / DATABASE_FILE
    _end_log(staged)
    sync(staged)
    if target.exists():
        try:
            _end_log(target)
        except apsw.Error as error:
            # It is no database any more, or cannot be read, which may be why it is replaced. Of
            # one that was read a moment ago, the latter may pass.
            if isinstance(error, apsw.IOError) and not unasked:
                raise domain_error(error) from error
            _remove_log(target)
        sync(folder)
    staged.replace(target)
    sync(folder)
    # It is of the database that has gone.
    shutil.rmtree(folder / "index", ignore_errors=True)


def _end_log(database: Path) -> None:
    """Everything is in the file itself, on the disk, and nothing beside it.

    Raises:
        CannotRestore: another program has it open.
        Unavailable, ResourceExhausted: it cannot be written.
        apsw.Error: it is damaged, or cannot be read.
    """
    try:
        with contextlib.closing(apsw.Connection(str(database))) as connection:
            ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except _ABOUT_ITS_PLACE as error:
        raise domain_error(error) from error
    if busy:
        raise CannotRestore(f"{database} is open in another program: close it there first.")
    _remove_log(database)


def _remove_log(database: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        database.with_name(f"{database.name}{suffix}").unlink(missing_ok=True)
