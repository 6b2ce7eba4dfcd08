"""Nothing acknowledged is lost, and nothing is half there, when the process is killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from reverie_server.storage.sqlite import DATABASE_FILE
from reverie_server.storage.sqlite_connection import open_writer

WRITER = Path(__file__).with_name("crashing_writer.py")


def crash(folder: Path, *arguments: str, after: int | None = None) -> list[str]:
    """Runs the writer until it dies; kills it once it has acknowledged ``after`` pairs. Gives all
    names that it acknowledged.
    """
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(folder), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        acknowledged = []
        for line in writer.stdout:
            acknowledged.append(line.strip())
            if len(acknowledged) == after:
                writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL, writer.stderr.read()
    return acknowledged


def halves(folder: Path) -> Counter[str]:
    """How many halves of each pair the database holds, after it has recovered."""
    connection = open_writer(folder / DATABASE_FILE)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return Counter(name for (name,) in connection.execute("SELECT name FROM pairs"))
    finally:
        connection.close()


def survive(folder: Path, rounds: int) -> int:
    """Kills writers one after another on the same folder, anywhere; gives the number of pairs."""
    acknowledged: set[str] = set()
    for number in range(rounds):
        after = random.Random(number).randint(1, 600)
        acknowledged.update(crash(folder, f"r{number}", "honest", after=after))
        found = halves(folder)
        assert acknowledged <= found.keys(), "an acknowledged unit is lost"
        assert set(found.values()) == {2}, "a unit is half there"
    return len(acknowledged)


def test_every_acknowledged_unit_survives_a_kill(tmp_path: Path) -> None:
    assert survive(tmp_path, rounds=3) >= 3


@pytest.mark.soak
def test_every_acknowledged_unit_survives_many_kills(tmp_path: Path) -> None:
    print(f"{survive(tmp_path, rounds=40)} acknowledged units, none lost")


@pytest.mark.parametrize("commit", ["3", "9"])
def test_a_kill_just_before_a_commit_loses_nothing_acknowledged(
    tmp_path: Path, commit: str
) -> None:
    acknowledged = crash(tmp_path, "r", "honest", commit)
    found = halves(tmp_path)
    assert set(acknowledged) <= found.keys()
    assert set(found.values()) == {2}


def test_acknowledging_before_the_commit_would_be_noticed(tmp_path: Path) -> None:
    acknowledged = crash(tmp_path, "r", "early", "9")
    assert set(acknowledged) - halves(tmp_path).keys()
