"""Ways to harm an index's files, and its child."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reverie_server.index.edge import EdgeIndex
from reverie_server.index.edge_folder import list_files


def generation_folder(root: Path) -> Path:
    """The only generation there is."""
    (folder,) = (entry for entry in root.iterdir() if entry.is_dir())
    return folder


def files_of(root: Path) -> list[str]:
    """Files of the generation, by names that are the same for every index."""
    folder = generation_folder(root)
    return sorted(_plain(path.relative_to(folder).as_posix()) for path in list_files(folder))


def file_called(root: Path, plain: str) -> Path:
    """The file that ``files_of`` calls so."""
    folder = generation_folder(root)
    (path,) = (
        path for path in list_files(folder) if _plain(path.relative_to(folder).as_posix()) == plain
    )
    return path


def _plain(name: str) -> str:
    """Without the segment's own id."""
    parts = name.split("/")
    if parts[:2] == ["shard", "segments"]:
        parts[2] = "*"
    return "/".join(parts)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scramble(path: Path) -> None:
    """Other bytes in place, the size kept. Enough of them to hit what is in use: places of deleted
    points come first, and harm to those is none."""
    with path.open("r+b") as file:
        size = min(65_536, path.stat().st_size)
        old = file.read(size)
        file.seek(0)
        file.write(bytes(byte ^ 0x5A for byte in old))


def scramble_unseen(path: Path) -> None:
    """As a failing disk would: nothing about the file tells."""
    status = path.stat()
    scramble(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def remove(path: Path) -> None:
    path.unlink()


DAMAGES: Final[dict[str, Callable[[Path], None]]] = {
    "truncate": truncate,
    "scramble": scramble,
    "remove": remove,
}


def copy(source: Path, target: Path) -> None:
    """A copy with all times and holes, as a backup tool makes it."""
    subprocess.run(["cp", "-a", "--sparse=always", f"{source}/.", target], check=True)


def child_of(index: EdgeIndex) -> int:
    """The process id of its child."""
    return index._link.pid


def wait_for_exit(pid: int, seconds: float) -> bool:
    """Whether a process, ours or not, is gone within that time. Blocks."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([descriptor], [], [], seconds)
        return bool(ready)
    finally:
        os.close(descriptor)
