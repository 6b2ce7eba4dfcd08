"""A restore over a database whose last server was killed: whenever that is broken off."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from reverie_server.bootstrap.restoring import RestoreRefused, restore
from reverie_server.settings import Settings
from reverie_server.storage import deployment, sqlite_restore
from reverie_server.storage.backup_folder import BackupFolder
from reverie_server.storage.sqlite import DATABASE_FILE, STAGE, SqliteDatabase
from reverie_server.storage.sqlite_backup import copy_sqlite
from reverie_server.storage.tombstone_ledger import NOTHING_FORGOTTEN, LedgerState, write_ledger

pytestmark = pytest.mark.once

NOTE = "SELECT CAST(value AS TEXT) FROM deployment WHERE name = 'move'"


async def a_database(folder: Path, note: bytes) -> SqliteDatabase:
    database = await SqliteDatabase.open(folder)
    await database.checkpoint()
    await database.transaction(lambda tx: deployment.put_move_note(tx, note))
    return database


def note_in(folder: Path) -> Any:
    """What a server that starts now would find, and whether all of it is in order."""
    connection = apsw.Connection(str(folder / DATABASE_FILE))
    try:
        ((found,),) = connection.execute("PRAGMA integrity_check").fetchall()
        assert found == "ok"
        ((note,),) = connection.execute(NOTE).fetchall()
        return note
    finally:
        connection.close()


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Of a folder whose database has its last change only in the log, and a backup of another."""
    place = Settings(data_folder=tmp_path / "data", backup_folder=tmp_path / "backups")
    database = await a_database(tmp_path / "other", b"new")
    folder = BackupFolder(place.backup_folder)
    aside = folder.begin("one", "job")
    copy = copy_sqlite(tmp_path / "other" / DATABASE_FILE, aside, lambda _: None, threading.Event())
    folder.publish(aside, "one", 1, "0.1.0", "job", copy, lambda _: None)
    await database.close()
    database = await a_database(tmp_path / "alive", b"old")
    # As a process that is killed leaves it.
    shutil.copytree(tmp_path / "alive", place.data_folder)
    await database.close()
    assert (place.data_folder / f"{DATABASE_FILE}-wal").stat().st_size > 0
    return place


async def test_whenever_it_is_broken_off_there_is_the_old_database_or_the_new_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, steps = settings.data_folder, tmp_path / "steps"
    did: list[str] = []

    def watched(owner: Any, name: str) -> None:
        """Keeps the folder as it is around each step, as a crash would leave it."""
        do: Callable[..., Any] = getattr(owner, name)

        def step(path: Any, *rest: Any, **more: Any) -> Any:
            shutil.copytree(here, steps / f"{len(did):02}")
            did.append(f"{name} {Path(path).relative_to(here)}")
            return do(path, *rest, **more)

        monkeypatch.setattr(owner, name, step)

    put_in_place = sqlite_restore._put_in_place

    def put(*of: Any) -> None:
        watched(sqlite_restore, "sync")
        watched(Path, "unlink")
        watched(Path, "replace")
        put_in_place(*of)
        monkeypatch.undo()

    monkeypatch.setattr(sqlite_restore, "_put_in_place", put)
    # With them the old database is read, after which it has no log any more.
    await restore(settings, "one", replace=True, without_tombstones=True)

    assert (steps / "00" / f"{DATABASE_FILE}-wal").stat().st_size > 0
    assert note_in(here) == "new"
    found = [note_in(each) for each in sorted(steps.iterdir())]
    replaced = did.index(f"replace .restoring/{DATABASE_FILE}")
    assert found == ["old"] * (replaced + 1) + ["new"] * (len(did) - replaced - 1)
    assert did.index(f"unlink {DATABASE_FILE}-wal") < replaced
    # Nothing of the old one goes before the new one is on the disk; its name is there last.
    assert did.index(f"sync .restoring/{DATABASE_FILE}") < did.index(f"unlink {DATABASE_FILE}-wal")
    assert did[replaced - 1] == "sync ."
    assert did[-1] == "sync ."


async def test_what_another_program_reads_is_not_replaced(settings: Settings) -> None:
    connection = apsw.Connection(str(settings.data_folder / DATABASE_FILE))
    connection.execute("BEGIN")
    connection.execute(NOTE).fetchall()
    with pytest.raises(RestoreRefused, match="open in another program"):
        await restore(settings, "one", replace=True)
    connection.close()
    assert note_in(settings.data_folder) == "old"


async def test_what_is_no_database_any_more_is_replaced(settings: Settings) -> None:
    database = settings.data_folder / DATABASE_FILE
    database.write_bytes(b"not a database at all" * 1_000)
    await restore(settings, "one", replace=True, without_tombstones=True)
    assert note_in(settings.data_folder) == "new"


def _flip(file: Path, at: int, to: bytes) -> None:
    content = bytearray(file.read_bytes())
    content[at : at + len(to)] = to
    file.write_bytes(content)


def _schema_format(database: Path) -> None:
    _flip(database, 44, b"\x7f\x7f\x7f\x7f")


def _truncated(database: Path) -> None:
    database.write_bytes(database.read_bytes()[: 4_096 + 100])


def _tables(database: Path) -> None:
    """All pages but the first."""
    _flip(database, 4_096, b"\xff" * (database.stat().st_size - 4_096))


def _sound_file(change: str) -> Callable[[Path], None]:
    def damage(database: Path) -> None:
        connection = apsw.Connection(str(database))
        connection.execute(change)
        connection.close()

    return damage


def _no_length(database: Path) -> None:
    database.write_bytes(b"")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_schema_format, id="its header"),
        pytest.param(_truncated, id="its end"),
        pytest.param(_tables, id="its tables"),
        pytest.param(_no_length, id="all of it"),
        pytest.param(_sound_file("DROP TABLE tombstones"), id="a table"),
        pytest.param(_sound_file("UPDATE schema_gate SET level = 'x'"), id="its level"),
        pytest.param(_sound_file("DELETE FROM schema_gate"), id="no level"),
        pytest.param(_sound_file("DROP TABLE schema_gate"), id="whose it is"),
        pytest.param(
            _sound_file(
                "INSERT INTO tombstones (workspace_id, user_id, digest, persona_id, forget_time)"
                " VALUES ('w', 'ann', CAST(x'fffefd' AS TEXT), 'brad', 1)"
            ),
            id="its text",
        ),
        pytest.param(
            _sound_file(
                "INSERT INTO tombstones (workspace_id, user_id, digest, persona_id, forget_time)"
                " VALUES ('w', 'ann', x'fffefd', 'brad', 'never')"
            ),
            id="a row",
        ),
    ],
)
async def test_whatever_is_damaged_of_a_database_a_backup_takes_its_place(
    settings: Settings, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Once somebody has said what else knows what was forgotten since."""
    database = settings.data_folder / DATABASE_FILE
    connection = apsw.Connection(str(database))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO deployment (name, value) VALUES ('tombstone_key', x'00')")
    connection.close()
    damage(database)
    left = database.read_bytes()
    with pytest.raises(RestoreRefused, match=r"cannot be read from .*--without-tombstones"):
        await restore(settings, "one", replace=True)
    assert database.read_bytes() == left

    told: list[str] = []
    named = tmp_path / "tombstones.jsonl"
    write_ledger(named, NOTHING_FORGOTTEN, LedgerState(0, 0))
    await restore(settings, "one", replace=True, tombstones=named, warn=told.append)
    assert note_in(settings.data_folder) == "new"
    (only,) = told
    assert "cannot be read from" in only


async def test_a_database_that_is_locked_is_asked_later(settings: Settings) -> None:
    database = settings.data_folder / DATABASE_FILE
    connection = apsw.Connection(str(database))
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute(NOTE).fetchall()
    # That it ends as soon as somebody hears of it makes no difference.
    with pytest.raises(RestoreRefused, match="cannot be used now"):
        await restore(settings, "one", replace=True, warn=lambda _: connection.close())
    connection.close()
    assert note_in(settings.data_folder) == "old"


def _failing(
    monkeypatch: pytest.MonkeyPatch, database: Path, at: str, error: type[apsw.Error]
) -> None:
    """As a disk is that does not answer, or a process without a file or memory left."""

    class Connection(apsw.Connection):
        def execute(self, statements: str, *of: Any, **more: Any) -> Any:
            if statements.startswith(at) and self.filename == str(database):
                raise error("now")
            return super().execute(statements, *of, **more)

    monkeypatch.setattr(apsw, "Connection", Connection)


@pytest.mark.parametrize(
    "error", [apsw.CantOpenError, apsw.NoMemError, apsw.ProtocolError, apsw.IOError]
)
@pytest.mark.parametrize("at", ["SELECT", "PRAGMA wal_checkpoint"])
async def test_what_may_pass_is_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, at: str, error: type[apsw.Error]
) -> None:
    _failing(monkeypatch, settings.data_folder / DATABASE_FILE, at, error)
    with pytest.raises(RestoreRefused, match="cannot be"):
        await restore(settings, "one", replace=True)
    if error is not apsw.IOError and at != "SELECT":
        # The log, which nobody has emptied here, still holds what was said last.
        with pytest.raises(RestoreRefused, match="cannot be used now"):
            await restore(settings, "one", replace=True, without_tombstones=True)
    monkeypatch.undo()
    assert note_in(settings.data_folder) == "old"


async def test_a_disk_that_cannot_be_read_is_left_behind_when_somebody_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _failing(monkeypatch, settings.data_folder / DATABASE_FILE, "PRAGMA wal", apsw.IOError)
    await restore(settings, "one", replace=True, without_tombstones=True)
    monkeypatch.undo()
    assert note_in(settings.data_folder) == "new"


async def test_nothing_is_left_of_a_restore_that_was_broken_off(settings: Settings) -> None:
    left = settings.data_folder / STAGE
    left.mkdir()
    (left / DATABASE_FILE).write_bytes(b"what somebody has said")
    await (await SqliteDatabase.open(settings.data_folder)).close()
    assert not left.exists()
