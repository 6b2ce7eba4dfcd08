"""The tombstones beside the backups."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from reverie_server.errors import ResourceExhausted
from reverie_server.governance.forgetting import ledger_keeper
from reverie_server.jobs.schedule import Chore, Schedule
from reverie_server.storage import tombstone_ledger, tombstones
from reverie_server.storage.database import Transaction
from reverie_server.storage.sqlite import SqliteDatabase

pytestmark = pytest.mark.once


def file_in(folder: Path) -> Path:
    (file,) = folder.glob("tombstones-*.jsonl")
    return file


def written_in(folder: Path) -> str:
    return file_in(folder).read_text("utf-8")


async def kept(keeper: ledger_keeper.LedgerKeeper) -> bool:
    """Does what a schedule does when it is the server's turn; whether there was anything to do."""
    called_for = await keeper.is_called_for()
    if called_for:
        await keeper.keep()
    return called_for


async def test_a_server_without_the_folder_leaves_the_turn_to_one_that_has_it(
    tmp_path: Path,
) -> None:
    database = await SqliteDatabase.open(tmp_path / "data")
    folders = {"without": tmp_path / "nowhere", "with": tmp_path}
    try:
        await database.transaction(
            lambda tx: tombstones.put(tx, "w", "ann", ["brad"], [("memory", "m")], 1)
        )
        done = []
        for holder, folder in folders.items():
            keeper = ledger_keeper.LedgerKeeper(database, folder)
            chores = {"tombstones": Chore(3_600.0, keeper.keep, keeper.is_called_for)}
            server = Schedule(database, holder, chores, lease_seconds=3_600.0)
            done.append(await server.do_if_due("tombstones"))
    finally:
        await database.close()
    assert done == [False, True]
    assert "ann" in written_in(tmp_path)


async def test_it_is_written_when_anything_was_forgotten_since_whoever_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(user: str, tx: Transaction) -> None:
        await tombstones.put(tx, "w", user, ["brad"], [("memory", "m")], 1)

    monkeypatch.setattr(ledger_keeper, "_REST", 0.0)
    database = await SqliteDatabase.open(tmp_path / "data")
    servers = [ledger_keeper.LedgerKeeper(database, tmp_path) for _ in range(2)]
    try:
        assert [await kept(each) for each in servers] == [False, False]
        for user in ("ann", "bob"):
            await database.transaction(partial(put, user))
            assert [await kept(each) for each in servers] == [True, False]
            assert user in written_in(tmp_path)
        file_in(tmp_path).unlink()
        assert [await kept(each) for each in servers] == [True, False]
    finally:
        await database.close()


async def put(db: SqliteDatabase, user: str) -> None:
    await db.transaction(
        lambda tx: tombstones.put(tx, "w", user, ["brad"], [("memory", user)], len(user))
    )


async def test_a_restored_copy_and_its_origin_do_not_write_over_each_other_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_keeper, "_REST", 0.0)
    here = await SqliteDatabase.open(tmp_path / "here")
    there = await SqliteDatabase.open(tmp_path / "there")
    origin, copy = (ledger_keeper.LedgerKeeper(each, tmp_path) for each in (here, there))
    try:
        await put(here, "ann")
        assert await kept(origin)
        ledger = await here.read(tombstone_ledger.read_ledger)
        await there.transaction(lambda tx: tombstone_ledger.enter(tx, ledger))
        assert not await kept(copy)
        await put(there, "cathy")
        assert await kept(copy)
        assert [await kept(each) for each in (origin, copy)] == [False, False]
        await put(here, "dorothy")
        assert await kept(origin)
        assert [await kept(each) for each in (copy, origin)] == [False, False]
        file_in(tmp_path).unlink()
        assert await kept(origin)
    finally:
        await here.close()
        await there.close()


async def test_what_is_remembered_again_is_not_in_it_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_keeper, "_REST", 0.0)
    database = await SqliteDatabase.open(tmp_path / "data")
    try:
        for user in ("ann", "bob"):
            await put(database, user)
            assert await kept(ledger_keeper.LedgerKeeper(database, tmp_path))
        learner = tombstones.Learner("w", "ann", "brad", shared=False)
        await database.transaction(lambda tx: tombstones.lift(tx, learner, [("memory", "ann")]))
        assert await kept(ledger_keeper.LedgerKeeper(database, tmp_path))
        assert "ann" not in written_in(tmp_path)
        assert "bob" in written_in(tmp_path)
    finally:
        await database.close()


async def test_who_cannot_write_into_the_folder_says_so_once_for_every_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = SimpleNamespace(access=lambda *_: False, W_OK=os.W_OK)
    monkeypatch.setattr(ledger_keeper, "os", no)
    database = await SqliteDatabase.open(tmp_path / "data")
    try:
        keeper = ledger_keeper.LedgerKeeper(database, tmp_path)
        with capture_logs() as logged:
            for user in ("ann", "bobby"):
                await put(database, user)
                assert [await kept(keeper), await kept(keeper)] == [False, False]
        assert [each["log_level"] for each in logged] == ["warning", "warning"]
    finally:
        await database.close()


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
        assert await kept(keeper)
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
            assert await kept(keeper) is written
            assert (user in written_in(tmp_path)) is written
    finally:
        await database.close()
