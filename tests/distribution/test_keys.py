"""Every key begins with the workspace, in both schemas: tables can be distributed as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import apsw
import asyncpg

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.schema import prepare_sqlite
from tests.distribution.queries import KEY
from tests.docs.markdown import read, rows

SINGLE: Final = {"alembic_version", "deployment", "leases", "schema_gate"}
"""Tables that stay on one node (Citus: reference tables): a few rows that are everybody's."""
_UNIQUE: Final = """
    SELECT c.relname AS table_name, i.relname AS index_name, x.indisprimary AS is_primary,
        ARRAY(
            SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number ORDER BY k.place
        ) AS columns
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace AND x.indisunique
"""
_FOREIGN: Final = "SELECT conname FROM pg_constraint WHERE contype = 'f'"
_SEQUENCES: Final = "SELECT relname FROM pg_class WHERE relkind = 'S'"


def of_sqlite(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """The columns of every unique key, by table."""
    prepare_sqlite(path)
    connection = apsw.Connection(str(path))
    keys: dict[str, list[tuple[str, ...]]] = {}
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (table,) in connection.execute(tables):
        columns = connection.execute(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,)
        )
        keys[table] = [tuple(str(name) for (name,) in columns)]
        indices = connection.execute(
            'SELECT name FROM pragma_index_list(?) WHERE "unique" = 1', (table,)
        )
        for (index,) in list(indices):
            named = connection.execute("SELECT name FROM pragma_index_info(?)", (index,))
            keys[table].append(tuple(str(name) for (name,) in named))
    connection.close()
    return keys


def check(keys: Mapping[str, list[tuple[str, ...]]]) -> None:
    assert keys.keys() >= SINGLE
    for table, of_table in keys.items():
        for columns in of_table:
            if table in SINGLE:
                assert KEY not in columns
            else:
                assert columns, f"{table} has no key"
                assert columns[0] == KEY, f"{table}: {columns}"


def test_keys_of_sqlite(tmp_path: Path) -> None:
    check(of_sqlite(tmp_path / "reverie.db"))


async def test_keys_of_postgresql(migrated_postgres: PostgresOptions) -> None:
    connection = await asyncpg.connect(migrated_postgres.url)
    try:
        keys: dict[str, list[tuple[str, ...]]] = {}
        for row in await connection.fetch(_UNIQUE):
            keys.setdefault(row["table_name"], []).append(tuple(row["columns"]))
        foreign = [name for (name,) in await connection.fetch(_FOREIGN)]
        sequences = [name for (name,) in await connection.fetch(_SEQUENCES)]
        tables = {
            name
            for (name,) in await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        }
    finally:
        await connection.close()

    check(keys)
    assert keys.keys() == tables
    assert foreign == [], "none may lead out of a workspace, so there are none at all"
    assert sequences == [], "a sequence is one for all nodes"


def test_the_plan_has_every_table(tmp_path: Path) -> None:
    tables = of_sqlite(tmp_path / "reverie.db").keys()
    plan = read("docs/scaling.md").partition("\n## PostgreSQL on several nodes\n")[2]
    written = {row[0].strip("`"): row[1] for row in rows(plan) if len(row) == 3}

    assert written.keys() == tables
    for table, how in written.items():
        assert how == ("single" if table in SINGLE else "`workspace_id`"), table
