"""The tombstones beside the backups."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reverie_server.errors import ResourceExhausted
from reverie_server.governance.forgetting import ledger_keeper
from reverie_server.storage import tombstone_ledger, tombstones
from reverie_server.storage.database import Transaction
from reverie_server.storage.sqlite import SqliteDatabase

pytestmark = pytest.mark.once


def written_in(folder: Path) -> str:
    (file,) = folder.glob("tombstones-*.jsonl")
    return file.read_text("utf-8")


async def test_the_tombstones_are_written_again_when_they_could_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space")

    database = await SqliteDatabase.open(tmp_path / "data")
    try:
        await database.transaction(
            lambda tx: tombstones.put(tx, "w", "ann", ["brad"], [("memory", "m")], 1)
        )
        keeper = ledger_keeper.LedgerKeeper(database, tmp_path)
        monkeypatch.setattr(ledger_keeper, "write_ledger", full)
        with pytest.raises(ResourceExhausted):
            await keeper.keep()
        monkeypatch.undo()
        await keeper.keep()
    finally:
        await database.close()
    assert "ann" in written_in(tmp_path)


async def test_after_it_took_long_it_is_left_out_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(user: str, tx: Transaction) -> None:
        await tombstones.put(tx, "w", user, ["brad"], [("memory", "m")], 1)

    now = [0.0]
    write = tombstone_ledger.write_ledger

    def slowly(*of: Any) -> None:
        now[0] += 3.0
        write(*of)

    monkeypatch.setattr(ledger_keeper, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(ledger_keeper, "write_ledger", slowly)
    database = await SqliteDatabase.open(tmp_path / "data")
    try:
        keeper = ledger_keeper.LedgerKeeper(database, tmp_path)
        for user, later, written in (("ann", 0.0, True), ("bob", 59.0, False), ("cat", 1.0, True)):
            await database.transaction(partial(put, user))
            now[0] += later
            await keeper.keep()
            assert (user in written_in(tmp_path)) is written
    finally:
        await database.close()
