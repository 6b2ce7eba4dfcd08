"""What the generator knows of each language, and of the tools that it needs there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "proto"
PACKAGE = Path("reverie/v1")


@dataclass(frozen=True, slots=True)
class Contract:
    """The protos, as buf has read them."""

    image: Path
    """Where they are as a ``FileDescriptorSet`` with comments."""
    described: FileDescriptorSet
    """The same, parsed."""


@dataclass(frozen=True, slots=True)
class Language:
    """One client's generated code, or what people read in place of it."""

    name: str
    patterns: tuple[str, ...]
    """Globs, from the top of the repository, of all the files that are generated."""
    programs: tuple[str, ...]
    """What has to be on the PATH to generate them."""
    generate: Callable[[Contract, Path], None]
    """Writes them below a folder, as they stand below the top of the repository."""

    def missing(self) -> list[str]:
        """The programs that are not there."""
        path = search_path()
        return [each for each in self.programs if shutil.which(each, path=path) is None]


class CommandFailedError(Exception):
    """A tool ended with an error; it has said why itself."""


def run(*command: str | Path, tools: Path | None = None, cwd: Path = ROOT) -> None:
    """Run a tool of this environment, or of the folder ``tools``.

    Raises:
        CommandFailedError: it failed.
    """
    path = search_path() if tools is None else f"{tools}{os.pathsep}{search_path()}"
    try:
        subprocess.run(command, cwd=cwd, env={**os.environ, "PATH": path}, check=True)
    except subprocess.CalledProcessError as failed:
        raise CommandFailedError(f"{command[0]} ended with {failed.returncode}") from failed


def search_path() -> str:
    """Where programs are looked for: first in the environment that runs this."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
