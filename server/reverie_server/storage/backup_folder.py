"""The folder in which backups stand: a folder each, whole or not there.

A backup is written into a folder aside, whose name begins with a dot, and renamed when all of it is
on the disk. What was broken off stays aside and is never taken for a backup. Each attempt has a
folder of its own: one that was only asleep, and whose job is another server's by now, is still at
work in its.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from reverie_server.errors import AlreadyExists, ResourceExhausted, Unavailable
from reverie_server.storage.backup_manifest import (
    FORMAT,
    MANIFEST_FILE,
    DamagedBackup,
    DatabaseCopy,
    FileSeal,
    Manifest,
    decode_manifest,
)

NAME_LENGTH: Final = 100
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CHUNK: Final = 1024 * 1024

Tell = Callable[[float], None]
"""Is told how far something is, 0..1, from any thread."""


def is_backup_name(name: str) -> bool:
    """Whether a backup can have this name: a plain one for a folder."""
    return len(name) <= NAME_LENGTH and _NAME.fullmatch(name) is not None


class BackupFolder:
    """Blocks: for threads."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Where the backup of that name stands."""
        return self.root / name

    def has(self, name: str) -> bool:
        return self.path(name).exists()

    def begin(self, name: str, job_id: str) -> Path:
        """An empty folder aside. What earlier attempts of the job have left there goes: one that
        is still at work finds that out, at the latest when it publishes.

        Raises:
            Unavailable: it cannot be made.
        """
        prefix = f".{name}.{job_id}"
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            for each in [each for each in self.root.iterdir() if each.name.startswith(prefix)]:
                # Away at once: what was published while it goes would not be whole.
                with contextlib.suppress(FileNotFoundError):
                    self.abandon(each.rename(each.with_name(f"{each.name}.gone")))
            return Path(tempfile.mkdtemp(prefix=f"{prefix}.", dir=self.root))
        except OSError as error:
            raise unwritable(self.root, error) from error

    def made_by(self, job_id: str, name: str) -> Manifest | None:
        """The backup of that name, if this job has written it."""
        try:
            manifest = read_manifest(self.path(name))
        except DamagedBackup:
            return None
        return manifest if manifest.job_id == job_id else None

    def abandon(self, aside: Path) -> None:
        """Removes what was begun."""
        shutil.rmtree(aside, ignore_errors=True)

    def publish(
        self,
        aside: Path,
        name: str,
        backup_time: int,
        server_version: str,
        job_id: str,
        copy: DatabaseCopy,
        tell: Tell,
    ) -> Manifest:
        """Seals a folder aside and gives it its name. When another attempt of the job has done so
        meanwhile, that one's is it.

        Raises:
            AlreadyExists: the name was taken meanwhile, by another job.
            Unavailable, ResourceExhausted: it cannot be written, or somebody has removed a part.
        """
        try:
            names = sorted(each.name for each in aside.iterdir())
            if missing := sorted(copy.files.difference(names)):
                raise FileNotFoundError(errno.ENOENT, "a file of it has gone", missing[0])
            total = sum((aside / each).stat().st_size for each in names) or 1
            seals, done = {}, 0
            for each in names:
                seals[each] = seal(aside / each)
                done += seals[each].bytes
                tell(done / total)
            manifest = Manifest(FORMAT, name, backup_time, server_version, job_id, copy, seals)
            (aside / MANIFEST_FILE).write_bytes(manifest.encode())
            for each in (*names, MANIFEST_FILE):
                sync(aside / each)
            sync(aside)
            if self.has(name):
                raise FileExistsError(errno.EEXIST, "it is there")
            aside.rename(self.path(name))
            sync(self.root)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise unwritable(self.root, error) from error
            by_another_attempt = self.made_by(job_id, name)
            if by_another_attempt is None:
                raise AlreadyExists(f"there is a backup named {name!r} already") from error
            self.abandon(aside)
            return by_another_attempt
        return manifest

    def manifests(self) -> Iterator[Manifest]:
        """Of all backups that stand here, by name. What is no backup is left out."""
        if not self.root.is_dir():
            return
        for each in sorted(self.root.iterdir()):
            if is_backup_name(each.name) and each.is_dir():
                try:
                    yield read_manifest(each)
                except DamagedBackup:
                    continue


def read_manifest(backup: Path) -> Manifest:
    """
    Raises:
        DamagedBackup: this folder is no backup.
    """
    try:
        return decode_manifest((backup / MANIFEST_FILE).read_bytes())
    except OSError as error:
        raise DamagedBackup("it has no manifest.json, so it is not whole") from error


def verify(backup: Path, manifest: Manifest, tell: Tell) -> None:
    """Reads every file of a backup.

    Raises:
        DamagedBackup: one is not as it was written.
    """
    total, done = manifest.size_bytes or 1, 0
    if missing := sorted(manifest.database.files.difference(manifest.files)):
        raise DamagedBackup(f"its manifest has no file {missing[0]}")
    for name, expected in manifest.files.items():
        file = backup / name
        if Path(name).name != name:
            raise DamagedBackup(f"its manifest names {name!r}, which is no file of it")
        if not file.is_file():
            raise DamagedBackup(f"its file {name} is missing")
        if seal(file) != expected:
            raise DamagedBackup(f"its file {name} is not as it was written")
        done += expected.bytes
        tell(done / total)


def seal(file: Path) -> FileSeal:
    """Size and hash of a file."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileSeal(size, digest.hexdigest())


def sync(path: Path) -> None:
    """Returns when a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(root: Path, error: OSError) -> Exception:
    """What a failure to write there means to whoever asked for a backup."""
    if error.errno == errno.ENOSPC:
        return ResourceExhausted("the disk of the backups is full", reason="STORAGE_FULL")
    return Unavailable(
        f"the folder of the backups, {root.name}, cannot be written ({error.strerror}):"
        " `reverie doctor` says more"
    )
