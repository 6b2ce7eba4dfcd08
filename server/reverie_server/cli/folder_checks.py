"""Whether the folders of the settings can be used: permissions, room, file system, lock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reverie_server.cli.findings import Finding
from reverie_server.cli.servers import Servers
from reverie_server.cli.stats import size
from reverie_server.settings import Settings
from reverie_server.storage.folder_lock import LOCK_FILE, holder_of, is_held
from reverie_server.storage.sqlite import DATABASE_FILE

LEAST_FREE_BYTES: Final = 512 * 1024 * 1024
"""A rebuild of the index and a rewrite of the database need room."""
MOUNTS: Final = Path("/proc/mounts")
NETWORKED: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "9p"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.cephfs", "fuse.s3fs", "fuse.rclone", "davfs"),
    }
)
"""Types of file systems on which SQLite's shared memory and the lock do not hold."""


def check_data_folder(folder: Path) -> Iterator[Finding]:
    """Whether the server may write there, and has room."""
    folder = folder.absolute()
    database = folder / DATABASE_FILE
    needed = max(LEAST_FREE_BYTES, database.stat().st_size if database.exists() else 0)
    yield from _check(
        folder,
        "data folder",
        "disk",
        f"a compaction needs {size(needed)}",
        needed,
        flag="--data-folder, or REVERIE_DATA_FOLDER",
    )


def check_backup_folder(folder: Path, data_folder: Path) -> Iterator[Finding]:
    """The same of backups: each is about as large as the database."""
    database = data_folder.absolute() / DATABASE_FILE
    needed = max(LEAST_FREE_BYTES, database.stat().st_size if database.exists() else 0)
    yield from _check(
        folder.absolute(),
        "backup folder",
        "disk of backups",
        f"the next backup needs {size(needed)}",
        needed,
        flag="REVERIE_BACKUP_FOLDER",
    )


def check_common_backups(settings: Settings) -> Iterator[Finding]:
    """Whether servers that share a database write backups to where all of them find them."""
    if not settings.index_is_shared:
        return
    name = "common backups"
    if "backup_folder" in settings.model_fields_set:
        yield Finding.ok(name, f"in {settings.backup_folder}, if all servers mount that")
        return
    yield Finding.problem(
        name,
        "servers share this database, and each would write backups into a folder of its own, which"
        " in a container is lost with it",
        "name a folder that all servers mount and that outlives them: REVERIE_BACKUP_FOLDER",
    )


def check_file_system(folder: Path, mounts: Path = MOUNTS) -> Finding:
    """Whether it is one of this machine's own disks."""
    name = "file system"
    if not mounts.exists():
        return Finding.ok(name, "this system does not say; it must not be one of the network")
    folder = nearest_existing(folder.absolute()).resolve()
    points = {}
    for line in mounts.read_text("utf-8").splitlines():
        _, point, kind, *_ = line.split(" ")
        points[Path(point.replace("\\040", " "))] = kind
    kind = next((points[each] for each in (folder, *folder.parents) if each in points), "unknown")
    if kind not in NETWORKED:
        return Finding.ok(name, kind)
    return Finding.problem(
        name,
        f"{folder} is on the network ({kind}), where the database can be damaged and its lock does"
        " not hold",
        "use a folder on a disk of this machine: --data-folder, or REVERIE_DATA_FOLDER; or"
        " PostgreSQL: REVERIE_DATABASE_URL",
    )


def check_lock(folder: Path, servers: Servers) -> Finding:
    """Whether somebody holds the data folder whom nobody can reach."""
    name = "lock"
    file = folder.absolute() / LOCK_FILE
    try:
        holder = holder_of(folder)
        held = holder is not None and is_held(folder)
    except OSError as error:
        return Finding.problem(
            name, f"{file} cannot be read: {error.strerror}", f"chown or chmod u+rw {file}"
        )
    if holder is None:
        return Finding.ok(name, "nobody has had the data folder yet")
    process = holder.process
    if not held:
        left = f", left by process {process}, which is gone," if process else ""
        return Finding.ok(name, f"free: the file{left} holds nobody out")
    if servers.answer(holder.address):
        return Finding.ok(name, f"process {process} serves the data folder at {holder.address}")
    if not holder.address and servers.answer(servers.asked):
        return Finding.ok(name, f"process {process} holds the data folder")
    silent = (
        f"does not answer at {holder.address}, where it serves: it is stopping, or stuck"
        if holder.address
        else "has not said where it serves: it is starting, is another command that needs the"
        " folder, or is stuck"
    )
    return Finding.problem(
        name,
        f"process {process} holds the data folder, but {silent}",
        f"look at it (ps -p {process}), and wait; only if it stays so, end it: kill {process}",
    )


def nearest_existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _check(
    folder: Path, name: str, disk: str, why: str, needed: int, *, flag: str
) -> Iterator[Finding]:
    there = nearest_existing(folder)
    if not there.is_dir():
        yield Finding.problem(name, f"{there} is not a folder", f"name another with {flag}")
        return
    where = str(folder) if there == folder else f"{folder} does not exist yet"
    if os.access(there, os.W_OK | os.X_OK):
        yield Finding.ok(
            name, f"{where} and can be made" if there != folder else f"{where} is ours"
        )
    else:
        yield Finding.problem(
            name,
            f"{there} is not writable for this user",
            f"chown $(id -u) {there} && chmod u+rwx {there}; or use another folder: {flag}",
        )
    usage = shutil.disk_usage(there)
    free = f"{size(usage.free)} of {size(usage.total)} are free"
    if usage.free >= needed:
        yield Finding.ok(disk, free)
    else:
        yield Finding.problem(
            disk,
            f"{free}; {why}",
            f"find what takes it (du -xh {there} | sort -h | tail), or move to a larger disk and"
            f" name it with {flag}",
        )
