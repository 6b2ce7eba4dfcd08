"""Notices that somebody else touched the shard's files.

Observed on qdrant-edge-py 0.9.0 (ext4): an idle shard touches nothing, for as long as one looks,
and neither do searches, counts and retrievals; the kernel's write-back of mapped pages moves no
times either. An upsert moves the mtime of the files it writes (through the map, when the first
page is touched) and a flush replaces ``segment.json`` and touches trackers even with nothing to
write. So inode, size and mtime taken after the engine's last own write hold until its next one,
and any difference in between was made by somebody else: a removal, a truncation, a scramble, an
older copy put in place. While changes come without a pause, in-place scrambles can hide among the
engine's own writes; they are left to the scrub. A file that is truncated under the engine's map
kills the process when it is read (SIGBUS), which the parent notices as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from reverie_server.index.edge_folder import list_files

_Look: TypeAlias = tuple[int, int, int]
"""Inode, size, mtime in nanoseconds."""


def _look(path: Path) -> _Look:
    status = path.stat()
    return (status.st_ino, status.st_size, status.st_mtime_ns)


class FileWatch:
    """The files of one folder, as the engine left them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._looks()

    def _looks(self) -> dict[Path, _Look]:
        return {path: _look(path) for path in list_files(self._folder)}

    def take(self, *, flushed: bool) -> str | None:
        """After the engine's own writing: what is there now is its doing, unless it is something
        that it never does; then says what. About 1 ms.

        Args:
            flushed: there was a flush among the writing. Only that replaces ``segment.json`` and
                removes journals (observed); changes alone never remove, replace or shrink a file.
        """
        before, self._seen = self._seen, self._looks()
        if flushed:
            return None
        for path, seen in before.items():
            now = self._seen.get(path)
            if now is None:
                return "a file of the index is gone"
            if now[0] != seen[0]:
                return "a file of the index was replaced"
            if now[1] < seen[1]:
                return "a file of the index was cut"
        return None

    def complaint(self) -> str | None:
        """Without any writing since ``take``: what is not as the engine left it, in one sentence;
        None when all is. About 0.2 ms."""
        for path, seen in self._seen.items():
            try:
                now = _look(path)
            except OSError:
                return "a file of the index is gone"
            if now[0] != seen[0]:
                return "a file of the index was replaced"
            if now[1] != seen[1]:
                return "a file of the index was cut"
            if now != seen:
                return "a file of the index was written by somebody else"
        return None
