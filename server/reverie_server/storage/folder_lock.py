"""The lock that keeps a data folder to one process.

SQLite would let a second server in, and gRPC would even let it share the port; two writers of one
vector index would then destroy each other's work. The lock belongs to the operating system: it
goes when its holder goes, however that ends, so a file left behind never locks anybody out.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

LOCK_FILE = "reverie.lock"


class DataFolderInUse(Exception):
    """Another process serves this data folder."""


class FolderLock:
    """Held from ``acquire`` to ``release`` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, folder: Path) -> FolderLock:
        """Takes the lock of an existing folder at once or not at all.

        Raises:
            DataFolderInUse: its message is one sentence for whoever started the server.
            OSError: the folder is not there or not writable.
        """
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            by = f" (process {holder})" if holder else ""
            raise DataFolderInUse(
                f"The data folder {folder.absolute()} is in use by another Reverie server{by};"
                " stop that one or choose another folder."
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Idempotent. The file stays: removing it would race with the next holder."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
