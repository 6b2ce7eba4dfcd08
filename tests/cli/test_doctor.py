"""``reverie doctor`` names what is wrong, why that matters and what to do: a fault a test."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
from pydantic import SecretStr

from reverie.v1.operations_service_pb2 import GetStatsResponse
from reverie.version import __version__
from reverie_server.bootstrap import Application
from reverie_server.cli import server_checks
from reverie_server.cli.doctor import examine
from reverie_server.cli.findings import Finding, Verdict
from reverie_server.cli.folder_checks import check_common_backups, check_file_system
from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from reverie_server.storage.schema import SERVER_LEVEL, migrate_sqlite
from reverie_server.storage.sqlite import DATABASE_FILE
from tests.cli.commands import reverie_command
from tests.postgres_databases import PostgresDatabases
from tests.qdrant_double.chosen import RUN, a_qdrant
from tests.server_process import free_port


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def settings_in(folder: Path, **more: Any) -> Settings:
    fields = {"port": free_port(), "metrics": False} | more
    return Settings(
        data_folder=fields.pop("data_folder", folder / "data"),
        backup_folder=fields.pop("backup_folder", folder / "backups"),
        **fields,
    )


def test_servers_that_share_a_database_need_a_common_folder_for_backups(tmp_path: Path) -> None:
    shared: dict[str, Any] = {
        "database_url": SecretStr("postgresql://a@b/c"),
        "qdrant_url": "http://127.0.0.1:1",
    }
    (unnamed,) = check_common_backups(Settings(data_folder=tmp_path, **shared))
    assert unnamed.is_problem
    assert "REVERIE_BACKUP_FOLDER" in unnamed.fix
    (named,) = check_common_backups(settings_in(tmp_path, **shared))
    assert not named.is_problem
    assert not list(check_common_backups(Settings(data_folder=tmp_path)))


async def problems(settings: Settings) -> dict[str, Finding]:
    """By check, without that nobody serves."""
    found = {each.check: each for each in await examine(settings) if each.is_problem}
    found.pop("server", None)
    return found


async def named(settings: Settings, check: str, detail: str, fix: str) -> None:
    """This one fault is named, with what to do."""
    found = await problems(settings)
    assert found.keys() == {check}, found
    assert detail in found[check].detail
    assert fix in found[check].fix


@pytest.fixture
def database(schema_file: Path, tmp_path: Path) -> Path:
    """A database that has never been served."""
    path = tmp_path / "data" / DATABASE_FILE
    path.parent.mkdir()
    shutil.copyfile(schema_file, path)
    return path


@pytest.fixture
def no_database(database: Path) -> Path:
    database.write_bytes(b"only some text" * 1_000)
    return database


@pytest.fixture(scope="module")
def schema_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "schema.db"
    migrate_sqlite(path)
    return path


def changed(database: Path, statement: str) -> None:
    connection = sqlite3.connect(database)
    connection.execute(statement)
    connection.commit()
    connection.close()


# Healthy -------------------------------------------------------------------------------------


async def is_healthy(settings: Settings) -> None:
    application = await Application.start(settings)
    try:
        found = await examine(settings)
    finally:
        await application.stop()
    assert {each.verdict for each in found} == {Verdict.OK}, found
    checks = [each.check for each in found]
    assert len(checks) == len(set(checks)) >= 18
    assert await problems(settings) == {}, "also when nobody serves"


async def test_a_healthy_folder_is_healthy(tmp_path: Path) -> None:
    await is_healthy(settings_in(tmp_path))


async def test_a_healthy_database_is_healthy(
    tmp_path: Path, migrated_postgres: PostgresOptions
) -> None:
    await is_healthy(settings_in(tmp_path, database_url=SecretStr(migrated_postgres.url)))


# On this machine -----------------------------------------------------------------------------


async def test_a_misspelt_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVERIE_DATABASE_UR", "postgresql://secret@db/x")
    settings = settings_in(tmp_path)
    await named(settings, "variables", "REVERIE_DATABASE_UR,", "rename it to REVERIE_DATABASE_URL")


async def test_a_variable_that_is_like_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVERIE_XYZZY", "1")
    await named(settings_in(tmp_path), "variables", "REVERIE_XYZZY", "unset REVERIE_XYZZY")


async def test_serve_says_so_too_and_a_taken_port_makes_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = await reverie_command(
            *("serve", "--port", str(port), "--data-folder", str(tmp_path / "data")),
            settings={"REVERIE_PROT": "1"},
        )

    assert refused.exit_code == 1
    assert '"REVERIE_PROT"' in refused.errors
    assert '"REVERIE_PORT"' in refused.errors
    assert str(port) in refused.errors
    assert "Traceback" not in refused.errors
    assert not (tmp_path / "data").exists()


async def test_folders_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    found = await problems(settings_in(tmp_path, data_folder=file / "x", backup_folder=file))

    assert found.keys() == {"data folder", "backup folder"}
    assert "REVERIE_DATA_FOLDER" in found["data folder"].fix
    assert "REVERIE_BACKUP_FOLDER" in found["backup folder"].fix


async def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40 - 2**20, 2**20))
    found = await problems(settings_in(tmp_path))

    assert found.keys() == {"disk", "disk of backups"}
    assert "1.0 MiB of 1024.0 GiB" in found["disk"].detail
    assert "du -xh" in found["disk"].fix


async def test_a_folder_that_may_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write everywhere, so the system's answer is what has to be played.
    (tmp_path / "data").mkdir()
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: path != tmp_path / "data" and allowed(path, mode)
    )
    await named(settings_in(tmp_path), "data folder", "not writable", "chown")


def test_a_folder_on_the_network(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nhost:/x {tmp_path.resolve()} nfs4 rw 0 0\n", "utf-8")

    found = check_file_system(tmp_path / "data", mounts)

    assert found.is_problem
    assert "nfs4" in found.detail
    assert "REVERIE_DATA_FOLDER" in found.fix
    assert not check_file_system(tmp_path.parent, mounts).is_problem


async def test_a_file_that_is_no_database(tmp_path: Path, no_database: Path) -> None:
    await named(settings_in(tmp_path), "schema", str(no_database), "put back a copy")


async def test_a_database_of_a_newer_release(tmp_path: Path, database: Path) -> None:
    changed(database, "UPDATE schema_gate SET level = 99, oldest_reader = 99, oldest_writer = 99")
    await named(settings_in(tmp_path), "schema", "99", "the release that made it")


async def test_a_clock_that_is_behind(tmp_path: Path, database: Path) -> None:
    later = time.time() + 3_600
    os.utime(database, (later, later))
    await named(settings_in(tmp_path), "clock", "last written", "timedatectl")


async def test_vectors_of_another_dimension(tmp_path: Path, database: Path) -> None:
    changed(database, "INSERT INTO deployment VALUES ('embedder', CAST('client:own/384' AS BLOB))")
    settings = settings_in(tmp_path, embedder="client", embedder_dimension=768)
    await named(settings, "stored vectors", "of client:own/384", "reverie serve --reindex")


async def test_a_folder_that_a_stuck_process_holds(tmp_path: Path, database: Path) -> None:
    lock = database.with_name("reverie.lock")
    lock.write_text(f"{os.getpid()}\n", "ascii")
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await named(settings_in(tmp_path), "lock", f"process {os.getpid()}", f"kill {os.getpid()}")
    assert await problems(settings_in(tmp_path)) == {}, "a file alone holds nobody out"


async def test_a_server_that_is_stuck_may_be_ended(tmp_path: Path, database: Path) -> None:
    lock, silent = database.with_name("reverie.lock"), f"127.0.0.1:{free_port()}"
    lock.write_text(f"{os.getpid()}\n{silent}\n", "ascii")
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await named(settings_in(tmp_path), "lock", f"does not answer at {silent}", "only if it")


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = settings_in(tmp_path, port=port)
        await named(settings, "port", f"port {port}", f"sport = :{port}")


async def test_a_qdrant_that_is_away(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    settings = settings_in(tmp_path, qdrant_url=url)
    await named(settings, "shared index", "Qdrant cannot be reached", "REVERIE_QDRANT_URL")


async def test_a_collection_of_another_dimension(tmp_path: Path, database: Path) -> None:
    async with a_qdrant() as url:
        more: dict[str, Any] = {"embedder": "client", "qdrant_url": url, "qdrant_collection": RUN}
        settings = settings_in(tmp_path, embedder_dimension=8, **more)
        application = await Application.start(settings)
        await application.stop()
        # As if the database had been put back without its collection.
        changed(
            database,
            "UPDATE deployment SET value = CAST('client/16' AS BLOB) WHERE name = 'embedder'",
        )
        found = await problems(settings_in(tmp_path, embedder_dimension=16, **more))
    assert "has vectors of 8 numbers" in found["shared index"].detail
    assert "reverie serve --reindex" in found["shared index"].fix


async def test_no_server(tmp_path: Path) -> None:
    found = {each.check: each for each in await examine(settings_in(tmp_path))}

    assert found["server"].is_problem
    assert "reverie serve" in found["server"].fix
    assert found["index"].verdict is Verdict.SKIPPED


# PostgreSQL ----------------------------------------------------------------------------------


@pytest.fixture
async def owned(postgres_databases: PostgresDatabases) -> PostgresOptions:
    """A database to be spoilt, as its owner."""
    options = await postgres_databases.create("spoilt")
    await migrate_postgres(options, grant_to="reverie_server")
    return options


@pytest.fixture
async def owner(owned: PostgresOptions) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(owned.url)
    yield connection
    await connection.close()


def on(options: PostgresOptions, folder: Path, **more: Any) -> Settings:
    """Settings of a server there, for the role that servers are."""
    url = options.url.replace("postgres@", "reverie_server@")
    return settings_in(folder, database_url=SecretStr(url), **more)


async def test_a_database_that_is_away(tmp_path: Path) -> None:
    url = f"postgresql://reverie:{'secret'}@127.0.0.1:{free_port()}/reverie"
    settings = settings_in(tmp_path, database_url=SecretStr(url))
    await named(settings, "database", "cannot be reached", "pg_isready")
    assert "secret" not in str(await examine(settings))


async def test_a_database_without_tables(tmp_path: Path, bare_postgres: PostgresOptions) -> None:
    settings = settings_in(tmp_path, database_url=SecretStr(bare_postgres.url))
    await named(settings, "schema", "no tables", "reverie migrate --grant-to")


async def test_a_migration_that_is_missing(
    tmp_path: Path, owned: PostgresOptions, owner: asyncpg.Connection[Any]
) -> None:
    await owner.execute("UPDATE schema_gate SET level = level - 1")
    await named(on(owned, tmp_path), "schema", f"level {SERVER_LEVEL - 1}", "reverie migrate")


async def test_a_role_that_has_not_been_let_in(
    tmp_path: Path, owned: PostgresOptions, owner: asyncpg.Connection[Any]
) -> None:
    await owner.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM reverie_server")
    await named(on(owned, tmp_path), "schema", "permission denied", "reverie migrate --grant-to")


async def test_a_superuser(tmp_path: Path, owned: PostgresOptions) -> None:
    settings = settings_in(tmp_path, database_url=SecretStr(owned.url))
    await named(settings, "role", "postgres is a superuser", "CREATE ROLE")


async def test_a_role_that_owns_tables(
    tmp_path: Path, owned: PostgresOptions, owner: asyncpg.Connection[Any]
) -> None:
    await owner.execute("ALTER TABLE entries OWNER TO reverie_server")
    await named(on(owned, tmp_path), "role", "owns tables", "reverie migrate --grant-to")


async def test_a_policy_that_is_missing(
    tmp_path: Path, owned: PostgresOptions, owner: asyncpg.Connection[Any]
) -> None:
    await owner.execute("DROP POLICY reverie_workspace ON entries")
    await named(on(owned, tmp_path), "row-level security", "missing on entries", "reverie migrate")


async def test_a_database_with_another_clock(
    tmp_path: Path, owned: PostgresOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3_600)
    found = await problems(on(owned, tmp_path))
    assert "timedatectl" in found["database clock"].fix
    assert "3600 s" in found["database clock"].detail


# Of a server that answers ---------------------------------------------------------------------

WELL = {"version": __version__, "index_state": "ready"}


@pytest.mark.parametrize(
    ("check", "stats", "detail", "fix"),
    [
        ("version", {**WELL, "version": "0.0.1"}, "0.0.1", "restart the server"),
        ("index", {**WELL, "index_state": "rebuilding"}, "slower", "reverie stats"),
        ("index", {**WELL, "index_state": "away"}, "away", "log"),
        ("backlog", {**WELL, "index_backlog": 2_000_000}, "2,000,000", "indexing waits"),
        ("jobs", {**WELL, "jobs": {"failed": 2}}, "of this workspace: 2;", "RetryJob"),
    ],
)
def test_what_a_server_tells(check: str, stats: dict[str, Any], detail: str, fix: str) -> None:
    found = [each for each in server_checks.judge(GetStatsResponse(**stats)) if each.is_problem]

    assert [each.check for each in found] == [check]
    assert detail in found[0].detail
    assert fix in found[0].fix
