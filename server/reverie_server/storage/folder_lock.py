"""The lock that keeps a data folder to one process.

SQLite would let a second server in, and gRPC would even let it share the port; two writers of one
vector index would then destroy each other's work. The lock belongs to the operating system: it
goes when its holder goes, however that ends, so a file left behind never locks anybody out.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

LOCK_FILE = "reverie.lock"


class DataFolderInUse(Exception):
    """Another process serves this data folder."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock, or had it last."""

    process: str
    address: str = ""
    """Where it serves, ``host:port``; empty: it has not said so, or not yet."""


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
            os.close(descriptor)
            holder = holder_of(folder)
            by = f" (process {holder.process})" if holder and holder.process else ""
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


def note_address(folder: Path, address: str) -> None:
    """Tells whoever looks for the holder where it serves; called by the holder itself."""
    # Nothing but advice comes of it: a full disk need not keep a server from serving.
    with contextlib.suppress(OSError), (folder / LOCK_FILE).open("a", encoding="utf-8") as file:
        file.write(f"{address}\n")


def holder_of(folder: Path) -> Holder | None:
    """
    Returns:
        Who has the folder, or had it last; None: nobody ever.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        lines = (folder / LOCK_FILE).read_text("utf-8", "replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    process, address, *_ = (*lines, "", "")
    return Holder(process.strip(), address.strip())


def is_held(folder: Path) -> bool:
    """Whether somebody has the folder now.

    Raises:
        OSError: the file is not there, or cannot be opened.
    """
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
