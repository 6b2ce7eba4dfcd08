"""A process that writes as fast as it can, says what was acknowledged, and dies as it is told to.

``python crashing_writer.py FOLDER ROUND MODE [COMMIT]`` writes pairs of notes named after ROUND
and prints the name of each pair once its unit was acknowledged. With COMMIT it kills itself just
before its COMMIT-th commit, after whatever was acknowledged by then has been printed. MODE
``early`` breaks the promise on purpose: units are acknowledged before their commit.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path
from unittest import mock

from reverie_server.storage import sqlite
from reverie_server.storage.database import Transaction
from reverie_server.storage.sqlite_call import Call
from reverie_server.storage.sqlite_writer import Writer
from reverie_server.storage.statements import parse

IN_FLIGHT = 32

STATEMENTS = parse(
    """
    -- name: create
    CREATE TABLE IF NOT EXISTS pairs (name TEXT, half TEXT, PRIMARY KEY (name, half));
    -- name: add
    INSERT INTO pairs (name, half) VALUES ($1, $2);
    """,
    source="crashing_writer",
)


class DyingWriter(Writer):
    """Kills the process before a commit."""

    commits = 0
    dies_at = 0
    loop: asyncio.AbstractEventLoop

    def _commit(self) -> None:
        DyingWriter.commits += 1
        if DyingWriter.commits == DyingWriter.dies_at:
            asyncio.run_coroutine_threadsafe(acknowledgements(), self.loop).result()
            os.kill(os.getpid(), signal.SIGKILL)
        super()._commit()


class EarlyWriter(DyingWriter):
    """Acknowledges before the commit: what the crash test must notice."""

    def _run_unit(self, unit: Call) -> None:
        super()._run_unit(unit)
        self._outcomes.deliver([unit], committed=False)


async def acknowledgements() -> None:
    """Lets whoever has been answered say so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def write(folder: Path, prefix: str) -> None:
    DyingWriter.loop = asyncio.get_running_loop()
    db = await sqlite.SqliteDatabase.open(folder, prepare=None)
    await db.transaction(lambda tx: tx.execute(STATEMENTS["create"]))
    numbers = itertools.count()

    async def keep_writing() -> None:
        while True:
            name = f"{prefix}-{next(numbers)}"

            async def pair(tx: Transaction, name: str = name) -> None:
                await tx.execute(STATEMENTS["add"], name, "first")
                await tx.execute(STATEMENTS["add"], name, "second")

            await db.transaction(pair)
            os.write(1, f"{name}\n".encode())

    await asyncio.gather(*(keep_writing() for _ in range(IN_FLIGHT)))


if __name__ == "__main__":
    DyingWriter.dies_at = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    with mock.patch.object(
        sqlite, "Writer", EarlyWriter if sys.argv[3] == "early" else DyingWriter
    ):
        asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
