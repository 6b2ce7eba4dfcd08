"""The schema: which one this server needs, what the database has, and how it gets there.

Schemas are numbered by *level*. Each migration raises the level by one and writes it into the one
row of ``schema_gate``, together with the oldest server that can still read that schema and the
oldest that can write it (a server is as old as the level it was made for). So a newer schema does
not lock out an older server that can live with it, and locks out every other one.

A fleet is upgraded while it serves, so for a while old servers stand on the new schema and new
servers on the old one. That works as long as both sides keep to this:

- Migrations only expand: new tables, new columns that are nullable or have a default, new indexes.
  They leave ``oldest_writer`` alone. What has become useless is dropped a release later.
- A server serves on every schema from ``OLDEST_LEVEL`` on. What needs a newer one asks
  ``Database.schema`` (``schema_level.py``): background work waits for it (``reached``), a call that
  cannot do without is Unavailable (``demand``), everything else does without (``has``).
- Old servers delete a user without knowing the new tables. So a new table with rows of users has
  a foreign key on ``users`` that deletes them with it (ON DELETE CASCADE).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

from reverie_server.errors import Unavailable

if TYPE_CHECKING:
    import sqlite3

    from alembic.config import Config
    from sqlalchemy import Connection

SERVER_LEVEL: Final = 8
"""The schema that this server was made for: the last migration's."""
OLDEST_LEVEL: Final = 6
"""The oldest schema that this server can serve on: the one that the release before was made for.
Who raises it makes everybody stop the old servers before they start new ones."""


class SchemaMismatch(Exception):
    """This server may not use this database. The message is one sentence for the operator."""


class MigrationFailed(Exception):
    """Everything is as it was before. The message is for the operator."""


@dataclass(frozen=True, slots=True)
class SchemaGate:
    """What the database says about its schema."""

    level: int
    oldest_reader: int
    oldest_writer: int

    def check(
        self,
        server_level: int = SERVER_LEVEL,
        *,
        oldest_level: int | None = None,
        remedy: str = "`reverie serve` migrates it",
    ) -> None:
        """Whether a server made for ``server_level`` may read and write this schema.

        Args:
            oldest_level: the oldest that it can serve on; absent: only the one it was made for.

        Raises:
            SchemaMismatch: it may not.
        """
        if self.level < (server_level if oldest_level is None else oldest_level):
            raise SchemaMismatch(
                f"The database has schema {self.level} and this server needs {server_level}:"
                f" {remedy}."
            )
        if server_level < max(self.oldest_reader, self.oldest_writer):
            raise SchemaMismatch(
                f"The database has schema {self.level}, which this server (made for"
                f" {server_level}) is too old to use: install a newer release, or serve a copy"
                " of the data folder from before it was migrated."
            )


EMPTY: Final = SchemaGate(0, 0, 0)
"""Of a database in which nothing is yet."""


def prepare_sqlite(
    path: Path, *, may_migrate: bool = True, server_level: int = SERVER_LEVEL
) -> None:
    """Makes sure that the database at ``path`` has a schema this server can use: creates it,
    migrates it if ``may_migrate``, or refuses. Nobody else may have it open.

    Raises:
        SchemaMismatch: the schema is out of range, or is not ours.
        Unavailable: the file cannot be read or is no database.
    """
    gate = read_sqlite_gate(path)
    if gate.level < server_level and may_migrate:
        migrate_sqlite(path)
        gate = read_sqlite_gate(path)
    gate.check(server_level)


def migrate_sqlite(path: Path) -> None:
    """Runs all missing migrations in one transaction: killed at any moment, it leaves the old
    schema whole. Uses the driver of the standard library, which is closed again when it returns.
    """
    # Imported here: half a second that a server with a current schema does not spend.
    from sqlalchemy import create_engine, event, pool  # noqa: PLC0415

    engine = create_engine(f"sqlite:///{path}", poolclass=pool.NullPool)

    # The driver's own transaction handling would commit before every DDL statement.
    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            run_migrations(connection)
    finally:
        engine.dispose()


def run_migrations(connection: Connection, target: str = "head") -> None:
    """Brings any dialect's database to ``target`` within the connection's open transaction."""
    from alembic import command  # noqa: PLC0415 - as above

    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def missing_migrations(level: int) -> list[str]:
    """What a database of that level lacks, first to last, a line each."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    scripts = [*ScriptDirectory.from_config(_alembic()).walk_revisions()]
    return [
        f"{script.revision} {script.doc.splitlines()[0]}"
        for script in reversed(scripts)
        if int(script.revision) > level
    ]


def _alembic() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrations_folder() -> Path:
    """Where the migrations are: in the installed package, or at the top of a source checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "migrations", package.parents[1] / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise FileNotFoundError("the migrations are missing: this installation is incomplete")


def read_sqlite_gate(path: Path) -> SchemaGate:
    """The database's gate; that of an empty schema when there is nothing yet."""
    if not path.exists():
        return EMPTY
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not tables:
                return EMPTY
            if "schema_gate" in tables:
                for row in connection.execute(
                    "SELECT level, oldest_reader, oldest_writer FROM schema_gate"
                ):
                    return SchemaGate(*row)
        finally:
            connection.close()
    except apsw.Error as error:
        raise Unavailable(f"the database {path} cannot be opened: {error}") from error
    raise SchemaMismatch(
        f"The file {path} is not a Reverie database: choose another folder, or move the file away."
    )
