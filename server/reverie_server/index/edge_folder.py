"""The folder of an Edge index: one generation at a time, and the manifest of a clean close.

    <root>/lock                     held by the child that owns the folder
    <root>/<generation>/shard/      the engine's own files
    <root>/<generation>/points      the table beside the engine (``edge_points``)
    <root>/<generation>/manifest    size and SHA-256 of each of these, written at a clean close

SQL is the truth, so the question at a start is never how to repair a shard, only whether it may be
trusted. It may when the manifest is there, carries the stamp that SQL remembers, describes this
layout, these dimensions and this engine, and every file is what it says. The manifest is removed
as soon as the shard is opened: a process that dies leaves none, and everything is filled again.
For the same reason the engine runs without its write-ahead log: it would be written but never read.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from reverie_server.index import schema


class ManifestFile(msgspec.Struct, frozen=True):
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    stamp: str
    layout: int
    engine: str
    dimensions: dict[str, int]
    files: dict[str, ManifestFile]
    """By path relative to the generation's folder."""


def list_files(folder: Path) -> list[Path]:
    """Every file below a folder, in a stable order."""
    found: list[Path] = []
    for parent, _, names in os.walk(folder):
        found.extend(Path(parent, name) for name in names)
    return sorted(found)


def _described(path: Path) -> ManifestFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return ManifestFile(os.fstat(file.fileno()).st_size, digest.hexdigest())


def _describe(folder: Path, names: list[str]) -> dict[str, ManifestFile]:
    # Hashing lets go of the interpreter's lock, so two threads use two cores.
    with ThreadPoolExecutor(max_workers=2) as pool:
        described = pool.map(_described, [folder / name for name in names])
        return dict(zip(names, described, strict=True))


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class GenerationFolder:
    """One generation's place on the disk."""

    def __init__(self, root: Path, generation: str) -> None:
        self.path = root / generation
        self.generation = generation

    @property
    def shard(self) -> Path:
        return self.path / "shard"

    @property
    def points(self) -> Path:
        return self.path / "points"

    @property
    def _manifest(self) -> Path:
        return self.path / "manifest"

    def _names(self) -> list[str]:
        paths = [*list_files(self.shard), self.points]
        return [path.relative_to(self.path).as_posix() for path in paths]

    def seal(self, dimensions: Mapping[str, int], engine: str) -> str:
        """Writes the manifest of what is there now; gives its stamp, different each time."""
        stamp = f"{self.generation}:{uuid.uuid4().hex}"
        files = _describe(self.path, self._names())
        manifest = Manifest(stamp, schema.VERSION, engine, dict(dimensions), files)
        draft = self.path / "manifest.draft"
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(manifest))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._manifest)
        _fsync_folder(self.path)
        return stamp

    def distrust(self, stamp: str, dimensions: Mapping[str, int], engine: str) -> str | None:
        """Why what is there may not be opened; None when it may."""
        try:
            manifest = msgspec.json.decode(self._manifest.read_bytes(), type=Manifest)
            return self._objection(manifest, stamp, dimensions, engine)
        except FileNotFoundError:
            return "the index was not closed cleanly"
        except (OSError, msgspec.DecodeError):
            return "the manifest or the files of the index cannot be read"

    def _objection(
        self, manifest: Manifest, stamp: str, dimensions: Mapping[str, int], engine: str
    ) -> str | None:
        objection = None
        if manifest.stamp != stamp:
            objection = "the index is an older copy"
        elif (manifest.layout, manifest.engine) != (schema.VERSION, engine):
            objection = "the index was written by another version"
        elif manifest.dimensions != dict(dimensions):
            objection = "the index has vectors of other dimensions"
        elif sorted(names := self._names()) != sorted(manifest.files):
            objection = "files of the index are missing or strange"
        elif _describe(self.path, names) != manifest.files:
            objection = "files of the index are damaged"
        return objection

    def break_seal(self) -> None:
        """Removes manifest and point table; from here on only a clean close makes new ones."""
        self._manifest.unlink()
        self.points.unlink()
        _fsync_folder(self.path)


def lock(root: Path) -> int:
    """Makes the root and waits for its lock, which goes with the process; gives its descriptor.

    A former child whose server was killed may need a moment to notice.
    """
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def stamped(root: Path, stamp: str) -> GenerationFolder:
    """The folder that a stamp speaks of (it need not exist)."""
    # The stamp comes from SQL; its generation is ours, and only ever one path segment.
    return GenerationFolder(root, Path(stamp.partition(":")[0]).name or "none")


def fresh(root: Path) -> GenerationFolder:
    """A new empty generation."""
    folder = GenerationFolder(root, uuid.uuid4().hex)
    folder.path.mkdir()
    return folder


def drop_others(root: Path, keep: GenerationFolder | None) -> None:
    """Removes every other generation, and whatever else lies in the root but the lock."""
    for entry in list(root.iterdir()):
        if entry.name == "lock" or (keep is not None and entry == keep.path):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    _fsync_folder(root)
