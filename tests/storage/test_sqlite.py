"""What the SQLite adapter does beyond the port: its folder, its limits, its troubles."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from reverie_server.errors import ResourceExhausted, ReverieError, Unavailable
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.folder_lock import LOCK_FILE, DataFolderInUse, FolderLock
from reverie_server.storage.sqlite import DATABASE_FILE, MAX_WAITING, SqliteDatabase
from reverie_server.storage.sqlite_connection import SqliteTransaction
from reverie_server.storage.sqlite_writer import MAX_UNITS, Writer
from reverie_server.storage.statements import Statements, parse

PRAGMAS = parse(
    "\n".join(
        f"-- name: {name}\nPRAGMA {name};"
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "query_only")
    ),
    source="tests",
)


async def open_with_notes(
    folder: Path, notes: Statements, *, max_waiting: int = MAX_WAITING
) -> SqliteDatabase:
    db = await SqliteDatabase.open(folder, prepare=None, max_waiting=max_waiting)
    await db.transaction(lambda tx: tx.execute(notes["create"]))
    return db


async def add(db: SqliteDatabase, notes: Statements, note_id: str, content: str = "a") -> None:
    await db.transaction(lambda tx: tx.execute(notes["add"], "o", note_id, content, 0.0))


async def test_a_brief_read_that_meets_trouble_is_left_to_a_thread(
    tmp_path: Path, notes: Statements
) -> None:
    db = await open_with_notes(tmp_path, notes)
    asking, threads = threading.get_ident(), []

    async def work(snapshot: Snapshot) -> object:
        threads.append(threading.get_ident())
        if threading.get_ident() == asking:
            raise Unavailable("locked for a moment")
        return await snapshot.fetchval(notes["count"])

    assert await db.read(work, brief=True) == 0
    assert threads[0] == asking
    assert threads[1] != asking
    await db.close()
    with pytest.raises(Unavailable, match="closed"):
        await db.read(work, brief=True)


def bytes_of(folder: Path) -> bytes:
    """Everything in the files of a folder."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_commits_wait_for_the_disk_and_deletions_are_overwritten(tmp_path: Path) -> None:
    db = await SqliteDatabase.open(tmp_path, prepare=None)

    async def pragmas(tx: Snapshot) -> dict[str, object]:
        return {name: await tx.fetchval(PRAGMAS[name]) for name in PRAGMAS}

    writing = await db.transaction(pragmas)
    assert writing == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "query_only": 0,
    }
    assert (await db.read(pragmas))["query_only"] == 1
    await db.close()


async def test_a_folder_belongs_to_one_database(tmp_path: Path) -> None:
    db = await SqliteDatabase.open(tmp_path / "new" / "data", prepare=None)
    assert (tmp_path / "new" / "data").stat().st_mode & 0o077 == 0, "nobody else's business"
    with pytest.raises(DataFolderInUse, match=rf"in use .*\(process {os.getpid()}\)"):
        await SqliteDatabase.open(tmp_path / "new" / "data", prepare=None)
    await db.close()
    again = await SqliteDatabase.open(tmp_path / "new" / "data", prepare=None)
    await again.close()


def test_a_folder_is_free_again_when_its_holder_was_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from reverie_server.storage.folder_lock import FolderLock;"
        f"lock = FolderLock.acquire(Path({str(tmp_path)!r})); print('held', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataFolderInUse, match=rf"\(process {holder.pid}\)"):
            FolderLock.acquire(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / LOCK_FILE).exists()
    FolderLock.acquire(tmp_path).release()


async def test_a_failed_opening_frees_the_folder(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"not a database" * 1_000)
    with pytest.raises(Unavailable, match="cannot be opened"):
        await SqliteDatabase.open(tmp_path)
    with pytest.raises(Unavailable, match="cannot be opened"):
        await SqliteDatabase.open(tmp_path, prepare=None)
    FolderLock.acquire(tmp_path).release()


async def test_waiting_units_share_a_commit_and_one_wake_up(
    tmp_path: Path, notes: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await open_with_notes(tmp_path, notes)
    loop = asyncio.get_running_loop()
    proceed = threading.Event()
    commits: list[str] = []
    told: list[str] = []
    wakes: list[str] = []
    db.on_commit(lambda: told.append("told"))
    commit = Writer._commit

    def committing(writer: Writer) -> None:
        commits.append("commit")
        commit(writer)

    async def hold(_: Transaction) -> None:
        proceed.wait(10)

    def counting(wake: Callable[..., asyncio.Handle]) -> Callable[..., asyncio.Handle]:
        def count(*args: Any) -> asyncio.Handle:
            # Servers that the tests share wake this loop, too.
            if args[0] == db._outcomes._settle:
                wakes.append("wake")
            return wake(*args)

        return count

    monkeypatch.setattr(Writer, "_commit", committing)
    # The first unit holds the writer; the others queue up behind it and join its transaction.
    units = [asyncio.create_task(db.transaction(hold))]
    units += [asyncio.create_task(add(db, notes, f"{n:03}")) for n in range(3 * MAX_UNITS)]
    await asyncio.sleep(0)
    monkeypatch.setattr(loop, "call_soon_threadsafe", counting(loop.call_soon_threadsafe))
    proceed.set()
    await asyncio.gather(*units)
    assert 3 < len(commits) < MAX_UNITS, "bounded, and far fewer than the units"
    assert 0 < len(told) <= len(wakes) <= len(commits), "those that arrive together wake once"
    assert await db.fetchval(notes["count"]) == 3 * MAX_UNITS
    await db.close()


async def test_too_many_waiting_units_are_refused_at_once(
    tmp_path: Path, notes: Statements
) -> None:
    db = await open_with_notes(tmp_path, notes, max_waiting=5)
    loop = asyncio.get_running_loop()
    busy = asyncio.Event()
    proceed = threading.Event()

    async def hold(_: Snapshot) -> None:
        loop.call_soon_threadsafe(busy.set)
        proceed.wait(10)

    holder = asyncio.create_task(db.transaction(hold))
    await busy.wait()
    waiting = [asyncio.create_task(add(db, notes, str(number))) for number in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(ResourceExhausted) as caught:
        await add(db, notes, "one too many")
    assert caught.value.reason == "OVERLOADED"
    assert caught.value.retry_after_seconds
    assert await db.fetchval(notes["count"]) == 0, "reads still go"
    proceed.set()
    await asyncio.gather(holder, *waiting)
    assert await db.fetchval(notes["count"]) == 5
    await db.close()


async def test_a_unit_that_awaits_something_else_is_told_so(
    tmp_path: Path, notes: Statements
) -> None:
    db = await open_with_notes(tmp_path, notes)

    async def work(tx: Transaction) -> None:
        await tx.execute(notes["add"], "o", "1", "a", 0.0)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="may await nothing but its transaction"):
        await db.transaction(work)
    with pytest.raises(RuntimeError, match="may await nothing but its transaction"):
        await db.read(lambda _: asyncio.sleep(0))
    assert await db.fetchval(notes["count"]) == 0
    await db.close()


async def test_when_a_commit_fails_all_its_units_do_and_the_next_ones_do_not(
    tmp_path: Path, notes: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await open_with_notes(tmp_path, notes)
    commit = Writer._commit

    def fail(_: Writer) -> None:
        raise apsw.IOError("the disk is gone")

    monkeypatch.setattr(Writer, "_commit", fail)
    outcomes = await asyncio.gather(
        *(add(db, notes, str(number)) for number in range(10)), return_exceptions=True
    )
    for outcome in outcomes:
        assert isinstance(outcome, Unavailable)
        assert outcome.reason == "STORAGE_UNAVAILABLE"
        assert isinstance(outcome.__cause__, apsw.IOError)
    assert len(set(map(id, outcomes))) == 10, "each caller has an error of its own"
    monkeypatch.setattr(Writer, "_commit", commit)
    await add(db, notes, "after")
    assert [row["note_id"] for row in await db.fetch(notes["get"], "o")] == ["after"]
    await db.close()


async def test_a_full_disk_fails_the_unit_that_met_it_and_reads_go_on(
    tmp_path: Path, notes: Statements
) -> None:
    db = await open_with_notes(tmp_path, notes)
    await add(db, notes, "before")
    limit = parse(
        "-- name: limit\nPRAGMA max_page_count = 40;\n"
        "-- name: lift\nPRAGMA max_page_count = 1000000;",
        source="tests",
    )
    await db.transaction(lambda tx: tx.fetchval(limit["limit"]))
    outcomes = await asyncio.gather(
        add(db, notes, "small"),
        add(db, notes, "large", "x" * 1_000_000),
        add(db, notes, "small too"),
        return_exceptions=True,
    )
    assert outcomes[0] is outcomes[2] is None
    assert isinstance(outcomes[1], ResourceExhausted)
    assert outcomes[1].reason == "STORAGE_FULL"
    assert [row["note_id"] for row in await db.fetch(notes["get"], "o")] == [
        "before",
        "small",
        "small too",
    ]
    await db.transaction(lambda tx: tx.fetchval(limit["lift"]))
    await add(db, notes, "large", "x" * 1_000_000)
    await db.close()


async def test_when_the_engine_drops_a_transaction_the_innocent_units_run_again(
    tmp_path: Path, notes: Statements
) -> None:
    """As on a real disk that is full: SQLite then rolls back more than the unit that met it."""
    rollback = parse("-- name: rollback\nROLLBACK", source="tests")["rollback"]
    db = await open_with_notes(tmp_path, notes)
    proceed = threading.Event()

    async def hold(tx: Transaction) -> None:
        proceed.wait(10)
        await tx.execute(notes["add_if_missing"], "o", "holder", "a", 0.0)

    async def drop(tx: Transaction) -> None:
        await tx.execute(rollback)
        raise ResourceExhausted("the disk is full", reason="STORAGE_FULL")

    async def end(tx: Transaction) -> None:
        await tx.execute(rollback)

    units = [asyncio.create_task(db.transaction(hold)), asyncio.create_task(add(db, notes, "1"))]
    units += [asyncio.create_task(db.transaction(work)) for work in (drop, end)]
    units.append(asyncio.create_task(add(db, notes, "2")))
    await asyncio.sleep(0)
    proceed.set()
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    assert outcomes[0] is outcomes[1] is outcomes[4] is None
    assert isinstance(outcomes[2], ResourceExhausted)
    assert isinstance(outcomes[3], RuntimeError)
    found = [row["note_id"] for row in await db.fetch(notes["get"], "o")]
    assert found == ["1", "2", "holder"]
    await db.close()


async def test_a_corrupt_page_makes_its_reads_unavailable(
    tmp_path: Path, notes: Statements
) -> None:
    db = await open_with_notes(tmp_path, notes)
    for number in range(200):
        await add(db, notes, f"{number:03}", "x" * 500)
    await db.checkpoint()
    await db.close()
    path = tmp_path / DATABASE_FILE
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    db = await SqliteDatabase.open(tmp_path, prepare=None)
    assert await db.integrity_check()
    with pytest.raises(ReverieError) as caught:
        await db.fetch(notes["get"], "o")
    assert caught.value.reason == "STORAGE_UNAVAILABLE"
    await db.close()


async def test_compacting_leaves_no_deleted_words_in_any_file(
    tmp_path: Path, notes: Statements
) -> None:
    remove = parse("-- name: remove\nDELETE FROM notes WHERE note_id = $1", source="tests")
    db = await open_with_notes(tmp_path, notes)
    for number in range(50):
        await add(db, notes, str(number), f"canary-{number}-" + "x" * 9_000)
    await db.transaction(lambda tx: tx.execute(remove["remove"], "7"))
    before = await db.size_bytes()
    await db.compact()
    assert await db.integrity_check() == []
    assert await db.size_bytes() < before
    assert b"canary-7-" not in bytes_of(tmp_path)
    assert b"canary-8-" in bytes_of(tmp_path)
    await add(db, notes, "after")
    await db.close()


async def test_compacting_says_when_a_reader_kept_something(
    tmp_path: Path, notes: Statements
) -> None:
    db = await open_with_notes(tmp_path, notes)
    await add(db, notes, "1")

    async def be_impatient(tx: Transaction) -> None:
        assert isinstance(tx, SqliteTransaction)
        tx.connection.set_busy_timeout(1)

    await db.transaction(be_impatient)
    loop = asyncio.get_running_loop()
    reading, proceed = asyncio.Event(), threading.Event()

    async def hold(snapshot: Snapshot) -> None:
        await snapshot.fetchval(notes["count"])
        loop.call_soon_threadsafe(reading.set)
        proceed.wait(10)

    holder = asyncio.create_task(db.read(hold))
    await reading.wait()
    with pytest.raises(Unavailable):
        await db.compact()
    proceed.set()
    await holder
    await db.compact()
    await db.close()


async def test_readers_see_commits_while_the_writer_is_at_work(
    tmp_path: Path, notes: Statements
) -> None:
    db = await open_with_notes(tmp_path, notes)
    loop = asyncio.get_running_loop()
    busy = asyncio.Event()
    proceed = threading.Event()

    async def hold(tx: Transaction) -> None:
        await tx.execute(notes["add"], "o", "uncommitted", "a", 0.0)
        loop.call_soon_threadsafe(busy.set)
        proceed.wait(10)

    holder = asyncio.create_task(db.transaction(hold))
    await busy.wait()
    assert await db.fetchval(notes["count"]) == 0
    proceed.set()
    await holder
    assert await db.fetchval(notes["count"]) == 1
    await db.close()
