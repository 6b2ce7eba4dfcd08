"""The contract's last recorded commit: what was built from it must work with what is here.

``python -m proto.recorded`` looks for changes of the protos since then that break it (buf's FILE
rules). Where git does not have that commit, because this is no checkout or one without its
history, it is left out, and said so.

A change that has to break it records the commit that makes it, and stands in the changelog.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

from proto.language import ROOT, CommandFailedError, run

COMMIT: Final = "d4923416334d2b84958deffe84d71ab1f4fde1b6"
BUILD: Final = ROOT / "build/recorded"


class NotThereError(Exception):
    """Git does not have the recorded commit here, for a reason that is none of the contract's."""


def unpack(folder: Path, *paths: str, root: Path = ROOT) -> None:
    """Put these files and folders into ``folder``, as they were at the recorded commit.

    Args:
        root: the checkout that is asked for it.

    Raises:
        NotThereError: this is no checkout, or one without that commit.
    """
    if shutil.which("git") is None or _git(root, "rev-parse", "--git-dir").returncode:
        raise NotThereError("this is no git checkout")
    if _git(root, "cat-file", "-e", f"{COMMIT}^{{commit}}").returncode:
        raise NotThereError(f"the history does not have {COMMIT}")
    archived = _git(root, "archive", COMMIT, "--", *paths)
    if archived.returncode:
        raise CommandFailedError(archived.stderr.decode())
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as files:
        files.extractall(folder, filter="data")


def main() -> int:
    """Say what breaks the recorded contract; the exit code is 1 when something does."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    try:
        unpack(BUILD, "proto/reverie", "buf.yaml")
    except NotThereError as absent:
        print(f"not compared with the recorded contract: {absent}")
        return 0
    run("buf", "breaking", "--against", BUILD)
    return 0


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = (shutil.which("git") or "git", *arguments)
    return subprocess.run(command, cwd=root, check=False, capture_output=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandFailedError as failed:
        sys.exit(str(failed))
