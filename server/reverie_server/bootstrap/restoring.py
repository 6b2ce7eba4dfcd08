"""A backup becomes the database of some settings."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from reverie_server.bootstrap.databases import postgres_options
from reverie_server.bootstrap.errors import CannotStart
from reverie_server.clock import SystemClock
from reverie_server.errors import ResourceExhausted, Unavailable
from reverie_server.settings import Settings
from reverie_server.storage.backup_folder import BackupFolder, Tell, read_manifest
from reverie_server.storage.backup_manifest import DamagedBackup, Manifest
from reverie_server.storage.folder_lock import DataFolderInUse
from reverie_server.storage.restoring import CannotRestore, NotEmpty, Warn
from reverie_server.storage.schema import MigrationFailed, SchemaMismatch
from reverie_server.storage.sqlite_restore import restore_sqlite
from reverie_server.storage.tombstone_ledger import (
    NOTHING_FORGOTTEN,
    ForeignLedger,
    Ledger,
    ledger_file,
    load_ledger,
)

_REFUSALS = (
    CannotRestore,
    DataFolderInUse,
    ForeignLedger,
    MigrationFailed,
    NotEmpty,
    SchemaMismatch,
)


class RestoreRefused(CannotStart):
    """Nothing was changed. One sentence for the operator."""


async def restore(
    settings: Settings,
    source: str,
    *,
    replace: bool = False,
    tombstones: Path | None = None,
    without_tombstones: bool = False,
    tell: Tell = lambda _: None,
    warn: Warn = lambda _: None,
) -> Manifest:
    """All of it or nothing.

    Args:
        source: a name in the folder for backups, or a path.
        replace: whatever is there goes; else it must be empty.
        tombstones: what was forgotten since, beside what is known here. With either of these a
            database that cannot be asked goes, too.
        without_tombstones: what was forgotten since may come back.
        warn: is told what of that could not be found out.

    Raises:
        RestoreRefused: in one sentence, why not.
    """
    backup = _place(settings, source)
    if not backup.is_dir():
        folder = BackupFolder(settings.backup_folder)
        names = ", ".join(each.name for each in folder.manifests()) or "none"
        raise RestoreRefused(
            f"There is no backup {source}, neither here nor in {folder.root}, which has: {names}."
        )
    try:
        manifest = await asyncio.to_thread(read_manifest, backup)
        ledger = None
        if not without_tombstones:
            whose = manifest.database.deployment_id or "*"
            ledger = await asyncio.to_thread(_ledger, settings, backup, whose, tombstones)
        await _restore(
            settings,
            backup,
            manifest,
            ledger,
            replace=replace,
            unasked=without_tombstones or tombstones is not None,
            tell=tell,
            warn=warn,
        )
    except DamagedBackup as error:
        raise RestoreRefused(f"{backup} cannot be restored: {error}") from error
    except (ResourceExhausted, Unavailable) as error:
        because = f" ({error.__cause__})" if error.__cause__ else ""
        raise RestoreRefused(f"{error.message}{because}") from error
    except (*_REFUSALS, ValueError) as error:
        raise RestoreRefused(str(error)) from error
    except OSError as error:
        raise RestoreRefused(f"{error.filename}: {error.strerror or error}") from error
    return manifest


async def _restore(
    settings: Settings,
    backup: Path,
    manifest: Manifest,
    ledger: Ledger | None,
    *,
    replace: bool,
    unasked: bool,
    tell: Tell,
    warn: Warn,
) -> None:
    options = postgres_options(settings)
    if manifest.database.engine != ("sqlite" if options is None else "postgresql"):
        raise CannotRestore(
            f"The backup is one of {manifest.database.engine_version}, and these settings are for"
            f" {'SQLite' if options is None else 'PostgreSQL'}: restore it where it comes from."
        )
    now = SystemClock().now()
    if options is None:
        await restore_sqlite(
            backup,
            manifest,
            settings.data_folder,
            ledger,
            replace=replace,
            unasked=unasked,
            now=now,
            tell=tell,
            warn=warn,
        )
        return
    # Imported here: SQLite needs no driver of PostgreSQL.
    from reverie_server.storage.postgres_restore import restore_postgres  # noqa: PLC0415

    await restore_postgres(backup, manifest, options, ledger, replace=replace, now=now, tell=tell)


def _place(settings: Settings, source: str) -> Path:
    """What has a separator in it, or is not in the folder for backups, is a path."""
    named = BackupFolder(settings.backup_folder).path(source)
    return named if os.sep not in source and named.is_dir() else Path(source)


def _ledger(settings: Settings, backup: Path, whose: str, named: Path | None) -> Ledger:
    """What is known of what was forgotten since: beside the backup, in the folder for backups, and
    in the file that was named.

    Args:
        whose: the backup's deployment; "*": a release that did not say has written it.
    """
    folders = {backup.absolute().parent, settings.backup_folder.absolute()}
    found = NOTHING_FORGOTTEN
    for file in sorted(each for folder in folders for each in folder.glob(ledger_file(whose))):
        found = found.joined(load_ledger(file))
    return found if named is None else found.joined(load_ledger(named))
