"""The file of tombstones beside the backups."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reverie_server.storage.tombstone_ledger import Ledger, Tombstone, load_ledger, write_ledger

KEY = b"k" * 32
OLD: Tombstone = ("w", "ann", "digest", "brad", 1)
NEW: Tombstone = ("w", "bob", "digest", "brad", 2)


def test_two_that_write_it_at_once_do_not_mix(tmp_path: Path) -> None:
    """They may have the same process id: each is the first one of its container."""
    file = tmp_path / "tombstones.jsonl"

    def overtaken() -> Iterator[Tombstone]:
        yield OLD
        write_ledger(file, Ledger(KEY, (NEW,)))
        assert load_ledger(file) == Ledger(KEY, (NEW,))
        yield NEW

    while_read: Any = overtaken()
    write_ledger(file, Ledger(KEY, while_read))
    assert load_ledger(file) == Ledger(KEY, (OLD, NEW))
    assert list(tmp_path.iterdir()) == [file]


def test_one_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "tombstones.jsonl"
    write_ledger(file, Ledger(KEY, (OLD,)))

    def full() -> Iterator[Tombstone]:
        yield OLD
        raise OSError("no space")

    broken: Any = full()
    with pytest.raises(OSError, match="no space"):
        write_ledger(file, Ledger(KEY, broken))
    assert load_ledger(file) == Ledger(KEY, (OLD,))
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such modes")
def test_nobody_else_reads_the_key(tmp_path: Path) -> None:
    file = tmp_path / "tombstones.jsonl"
    before = os.umask(0)
    try:
        write_ledger(file, Ledger(KEY, (OLD,)))
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
