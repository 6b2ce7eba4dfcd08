"""The file of tombstones beside the backups."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reverie_server.storage.tombstone_ledger import (
    Ledger,
    LedgerState,
    Tombstone,
    load_ledger,
    state_in,
    write_ledger,
)

KEY = b"k" * 32
OLD: Tombstone = ("w", "ann", "digest", "brad", 1)
NEW: Tombstone = ("w", "bob", "digest", "brad", 2)
STATE = LedgerState(1, 2)


def test_two_that_write_it_at_once_do_not_mix(tmp_path: Path) -> None:
    """They may have the same process id: each is the first one of its container."""
    file = tmp_path / "tombstones.jsonl"

    def overtaken() -> Iterator[Tombstone]:
        yield OLD
        write_ledger(file, Ledger(KEY, (NEW,)), STATE)
        assert load_ledger(file) == Ledger(KEY, (NEW,))
        yield NEW

    while_read: Any = overtaken()
    write_ledger(file, Ledger(KEY, while_read), STATE)
    assert load_ledger(file) == Ledger(KEY, (OLD, NEW))
    assert list(tmp_path.iterdir()) == [file]


def test_one_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "tombstones.jsonl"
    write_ledger(file, Ledger(KEY, (OLD,)), STATE)

    def full() -> Iterator[Tombstone]:
        yield OLD
        raise OSError("no space")

    broken: Any = full()
    with pytest.raises(OSError, match="no space"):
        write_ledger(file, Ledger(KEY, broken), STATE)
    assert load_ledger(file) == Ledger(KEY, (OLD,))
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such modes")
def test_nobody_else_reads_the_key(tmp_path: Path) -> None:
    file = tmp_path / "tombstones.jsonl"
    before = os.umask(0)
    try:
        write_ledger(file, Ledger(KEY, (OLD,)), STATE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_says_what_it_holds_unless_an_older_release_has_written_it(tmp_path: Path) -> None:
    file = tmp_path / "tombstones.jsonl"
    assert state_in(file) is None
    write_ledger(file, Ledger(KEY, (NEW,)), STATE)
    assert state_in(file) == STATE
    _, *lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([f'{{"format":1,"key":"{KEY.hex()}"}}\n'.encode(), *lines]))
    assert state_in(file) is None
    assert load_ledger(file) == Ledger(KEY, (NEW,))
    file.write_bytes(b'{"format":1,"key":"no digits"}\n')
    assert state_in(file) is None
    with pytest.raises(ValueError, match="no file of tombstones"):
        load_ledger(file)
