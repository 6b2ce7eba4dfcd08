"""What is on its way, in a file without a name: memory stays small however long it takes."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from reverie_server.errors import ResourceExhausted
from reverie_server.governance.portability.budget import Budget, too_large

FULL_RETRY_SECONDS: Final = 30.0
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Spool:
    """Lines in a temporary file, which goes with the process or at the end of the context."""

    def __init__(self, folder: Path | None = None, budget: Budget | None = None) -> None:
        """
        Args:
            folder: where there is room for it; None: where the system keeps such files.
            budget: of which it takes what it needs, until it ends; None: it may take all.

        Raises:
            ResourceExhausted: the disk is full (STORAGE_FULL), or the budget used up; so do all
                that write.
        """
        self._budget = budget
        self._taken = 0
        # Who reads a database into this may have been left by who waited for it.
        self._lock = threading.Lock()
        with _told():
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            # What a full disk did not take is not missed any more; the file is closed all the same.
            with suppress(OSError):
                self._file.close()
            self._give_back()

    def restart(self) -> None:
        """Forgets everything: a unit of work that writes here may be run again."""
        with self._lock, _told():
            self._file.seek(0)
            self._file.truncate()
            self._give_back()

    def reserve(self, size: int) -> None:
        """Takes so many bytes of the budget for what will be written."""
        with self._lock:
            self._take(size)

    def write(self, line: bytes, *, reserved: int = 0) -> None:
        """
        Args:
            reserved: how many of the bytes that were reserved this is instead of.
        """
        with self._lock, _told():
            self._take(len(line) - reserved)
            self._file.write(line)

    def flush(self) -> None:
        """Hands all that was written to the system: nothing can fail for want of room later."""
        with _told():
            self._file.flush()

    @property
    def size(self) -> int:
        """In bytes, once all is written."""
        self.flush()
        return self._file.seek(0, 2)

    def lines(self) -> Iterator[bytes]:
        """All lines, each with its line feed."""
        self._file.seek(0)
        # Not `yield from`: whoever stops early would close the file.
        for line in self._file:  # noqa: UP028
            yield line

    def read(self, start: int, size: int) -> bytes:
        """At most ``size`` bytes from ``start`` on; nothing at the end. Of what was flushed; any
        thread may, also while another one does."""
        # The lock keeps the file open meanwhile: its number would be another file's then.
        with self._lock:
            return os.pread(self._file.fileno(), size, start)

    def _take(self, size: int) -> None:
        if self._budget is None or self._file.closed:
            return
        if size < 0:
            self._budget.give(-size)
        elif self._taken + size > self._budget.most:
            raise too_large(self._budget.most)
        else:
            self._budget.take(size)
        self._taken += size

    def _give_back(self) -> None:
        if self._budget is not None:
            self._budget.give(self._taken)
        self._taken = 0


@contextmanager
def _told() -> Iterator[None]:
    """
    Raises:
        ResourceExhausted: in place of the system's error when the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise ResourceExhausted(
            "the disk is full", reason="STORAGE_FULL", retry_after_seconds=FULL_RETRY_SECONDS
        ) from error
