"""The tombstones beside the backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from reverie_server.governance.forgetting import ledger_keeper
from reverie_server.storage import tombstones
from reverie_server.storage.sqlite import SqliteDatabase


async def test_the_tombstones_are_written_again_when_they_could_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise OSError(28, "no space")

    database = await SqliteDatabase.open(tmp_path / "data")
    try:
        await database.transaction(
            lambda tx: tombstones.put(tx, "w", "ann", ["brad"], [("memory", "m")], 1)
        )
        keeper = ledger_keeper.LedgerKeeper(database, tmp_path)
        monkeypatch.setattr(ledger_keeper, "write_ledger", full)
        with pytest.raises(OSError, match="no space"):
            await keeper.keep()
        monkeypatch.undo()
        await keeper.keep()
    finally:
        await database.close()
    assert "ann" in (tmp_path / "tombstones.jsonl").read_text("utf-8")
