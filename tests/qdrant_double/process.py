"""The double in a process of its own, for the servers of a whole run of tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


class DoubleProcess:
    """Made by ``start``; ends with whoever made it."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self._process = process
        self.url = url

    @classmethod
    def start(cls) -> DoubleProcess:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.qdrant_double"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        return cls(process, process.stdout.readline().decode().strip())

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
