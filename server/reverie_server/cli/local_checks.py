"""What can be seen without a server: the data folder, the schema, the clock."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reverie_server.cli.findings import Finding
from reverie_server.cli.stats import size
from reverie_server.clock import MICROSECONDS
from reverie_server.errors import Unavailable
from reverie_server.storage.revision import EPOCH_START
from reverie_server.storage.schema import SERVER_LEVEL, SchemaMismatch, prepare_sqlite
from reverie_server.storage.sqlite import DATABASE_FILE

LEAST_FREE_BYTES: Final = 512 * 1024 * 1024
"""A rebuild of the index and a rewrite of the database need room."""
CLOCK_TOLERANCE_SECONDS: Final = 60.0


def check_folder(folder: Path) -> Iterator[Finding]:
    """Whether the server may write there, and has room."""
    name = "data folder"
    folder = folder.absolute()
    there = _nearest_existing(folder)
    if there != folder:
        where = f"{folder} does not exist yet"
    elif not folder.is_dir():
        yield Finding.problem(name, f"{folder} is not a folder", "name another with --data-folder")
        return
    else:
        where = str(folder)
    if os.access(there, os.W_OK | os.X_OK):
        detail = f"{where} and can be made" if there != folder else f"{where} is writable"
        yield Finding.ok(name, detail)
    else:
        yield Finding.problem(
            name,
            f"{there} is not writable for this user",
            f"change its owner or permissions (chown, chmod u+rwx {there}), or use another folder",
        )
    usage = shutil.disk_usage(there)
    database = folder / DATABASE_FILE
    needed = max(LEAST_FREE_BYTES, database.stat().st_size if database.exists() else 0)
    free = f"{size(usage.free)} of {size(usage.total)} are free"
    if usage.free >= needed:
        yield Finding.ok("disk", free)
    else:
        yield Finding.problem(
            "disk",
            f"{free}; a compaction needs {size(needed)}",
            "free some space, or move the data folder to a larger disk",
        )


def check_schema(folder: Path) -> Finding:
    """Whether this version can use the database that is there."""
    name = "schema"
    database = folder.absolute() / DATABASE_FILE
    if not database.exists():
        return Finding.ok(name, "there is no database yet; the first start makes it")
    try:
        prepare_sqlite(database, may_migrate=False)
    except (SchemaMismatch, Unavailable) as error:
        return Finding.problem(
            name,
            f"{database}: {error}",
            "start the release that made it, or put back a copy of the folder",
        )
    return Finding.ok(name, f"{database} has level {SERVER_LEVEL}, as this version needs")


def check_clock(folder: Path) -> Finding:
    """Whether the time can be: revisions, ids and expiry come from it."""
    name = "clock"
    now = time.time()
    fix = "set the clock (timedatectl set-ntp true, or your system's way)"
    if now < EPOCH_START / MICROSECONDS:
        return Finding.problem(name, f"it says {_date(now)}, before this software", fix)
    newest = max((each.stat().st_mtime for each in _files(folder)), default=now)
    if newest > now + CLOCK_TOLERANCE_SECONDS:
        return Finding.problem(
            name,
            f"it says {_date(now)}, but the data was last written at {_date(newest)}",
            fix,
        )
    return Finding.ok(name, _date(now))


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for each in folder.iterdir():
            if each.is_file():
                yield each


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _nearest_existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())
