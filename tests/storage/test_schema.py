"""The schema: made and migrated as a whole or not at all, and only used by servers that may."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from sqlalchemy import create_engine

from reverie_server.errors import Unavailable
from reverie_server.storage.schema import (
    SERVER_LEVEL,
    SchemaGate,
    SchemaMismatch,
    migrations_folder,
    prepare_sqlite,
    run_migrations,
)


def dump(path: Path) -> list[str]:
    """The whole content of a database, schema included."""
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def run(*lines: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process of its own, with ``path`` bound."""
    code = "\n".join(["from pathlib import Path", f"path = Path({str(path)!r})", *lines])
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def set_gate(path: Path, level: int, oldest_reader: int, oldest_writer: int) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(
        "UPDATE schema_gate SET level = ?, oldest_reader = ?, oldest_writer = ?",
        (level, oldest_reader, oldest_writer),
    )
    connection.close()


def test_an_empty_folder_gets_the_schema_of_this_server(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    prepare_sqlite(path)
    connection = apsw.Connection(str(path))
    (gate,) = connection.execute("SELECT level, oldest_reader, oldest_writer FROM schema_gate")
    connection.close()
    assert gate[0] == SERVER_LEVEL, "the last migration and SERVER_LEVEL go together"
    assert gate[0] >= gate[2] >= gate[1] >= 1


def test_the_sessions_that_storylines_name_become_their_mentions(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as connection:
        run_migrations(connection, "0004")
        connection.exec_driver_sql(
            "INSERT INTO storylines (workspace_id, user_id, persona_id, storyline_id, topic,"
            " topic_key, summary_session_id, first_session_id, session_id, first_mentioned_time,"
            " last_mentioned_time, create_time, update_time)"
            " VALUES ('w', 'u', 'p', 'id', 'Sarah', 'sarah', 'first', 'first', 'last', 1, 2, 3, 3)"
        )
        run_migrations(connection)
        rows = connection.exec_driver_sql("SELECT * FROM storyline_mentions").fetchall()
    engine.dispose()
    assert {tuple(row) for row in rows} == {
        ("w", "u", "p", "first", "id"),
        ("w", "u", "p", "last", "id"),
    }


def test_a_current_schema_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    prepare_sqlite(path)
    before = dump(path)
    prepare_sqlite(path)
    assert dump(path) == before


def test_a_current_schema_is_opened_without_the_migration_libraries(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    prepare_sqlite(path)
    done = run(
        "import sys",
        "from reverie_server.storage import sqlite",
        "from reverie_server.storage.schema import prepare_sqlite",
        "prepare_sqlite(path)",
        "print([name for name in sys.modules if name in ('alembic', 'sqlalchemy')])",
        path=path,
    )
    assert done.stdout == "[]\n", done.stderr


def test_without_leave_to_migrate_an_old_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="`reverie serve` migrates it"):
        prepare_sqlite(tmp_path / "a.db", may_migrate=False)
    assert not (tmp_path / "a.db").exists()


@pytest.mark.parametrize(
    ("gate", "may_use"),
    [
        (SchemaGate(3, 1, 1), True),
        (SchemaGate(4, 1, 3), True),
        (SchemaGate(4, 1, 4), False),
        (SchemaGate(9, 4, 4), False),
    ],
)
def test_a_newer_schema_says_which_servers_may_use_it(gate: SchemaGate, may_use: bool) -> None:
    if may_use:
        gate.check(server_level=3)
    else:
        with pytest.raises(SchemaMismatch, match="too old to use: install a newer release"):
            gate.check(server_level=3)


def test_a_database_of_a_newer_server_is_kept_from_this_one(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    prepare_sqlite(path)
    set_gate(path, SERVER_LEVEL + 1, SERVER_LEVEL, SERVER_LEVEL)
    prepare_sqlite(path)
    set_gate(path, SERVER_LEVEL + 1, SERVER_LEVEL, SERVER_LEVEL + 1)
    with pytest.raises(SchemaMismatch, match="too old"):
        prepare_sqlite(path)


def test_a_foreign_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE somebody_elses (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SchemaMismatch, match="is not a Reverie database"):
        prepare_sqlite(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(Unavailable, match="cannot be opened"):
        prepare_sqlite(path)
    assert path.read_bytes() == b"something else entirely" * 100


KILLED_MIDWAY = (
    "import os, signal",
    "import alembic.operations",
    "from reverie_server.storage.schema import prepare_sqlite",
    "done = 0",
    "def create_table(self, *args, **kwargs):",
    "    global done",
    "    done += 1",
    "    if done > {tables}:",
    "        os.kill(os.getpid(), signal.SIGKILL)",
    "    return original(self, *args, **kwargs)",
    "original = alembic.operations.Operations.create_table",
    "alembic.operations.Operations.create_table = create_table",
    "import alembic.op",
    "alembic.op.create_table = lambda *a, **k: create_table(alembic.op._proxy, *a, **k)",
    "prepare_sqlite(path)",
)


@pytest.mark.parametrize("tables", [0, 3, 12])
def test_a_migration_killed_midway_leaves_the_old_schema_whole(tmp_path: Path, tables: int) -> None:
    path = tmp_path / "a.db"
    killed = run(*(line.format(tables=tables) for line in KILLED_MIDWAY), path=path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert dump(path) == ["BEGIN TRANSACTION;", "COMMIT;"]
    prepare_sqlite(path)
    fresh = tmp_path / "fresh.db"
    prepare_sqlite(fresh)
    assert dump(path) == dump(fresh)


def test_the_migrations_of_this_checkout_are_found() -> None:
    assert (migrations_folder() / "versions" / "0001_initial.py").is_file()
