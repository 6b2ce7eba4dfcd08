"""What is on its way, in a file without a name: memory stays small however long it takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self


class Spool:
    """Lines in a temporary file, which goes with the process or at the end of the context."""

    def __init__(self, folder: Path | None = None) -> None:
        """
        Args:
            folder: where there is room for it; None: where the system keeps such files.
        """
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def restart(self) -> None:
        """Forgets everything: a unit of work that writes here may be run again."""
        self._file.seek(0)
        self._file.truncate()

    def write(self, line: bytes) -> None:
        self._file.write(line)

    @property
    def size(self) -> int:
        """In bytes, once all is written."""
        self._file.flush()
        return self._file.seek(0, 2)

    def lines(self) -> Iterator[bytes]:
        """All lines, each with its line feed."""
        self._file.seek(0)
        yield from self._file

    def read(self, start: int, size: int) -> bytes:
        """At most ``size`` bytes from ``start`` on; nothing at the end."""
        self._file.seek(start)
        return self._file.read(size)
