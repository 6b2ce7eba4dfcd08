"""No table and no column of the schema is left out of exports by mistake."""

from __future__ import annotations

from reverie_server.governance.portability.kinds import KINDS, NOT_EXPORTED, NOT_TOLD
from reverie_server.storage.database import Database
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.statements import parse
from tests.fresh_database import db, schema_file

__all__ = ["db", "schema_file"]

_STATEMENTS = parse(
    """
    -- name: sqlite
    SELECT t.name AS table_name, c.name AS column_name, c.pk
    FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table';
    -- name: postgres
    SELECT c.table_name, c.column_name, COALESCE(k.ordinal_position, 0) AS pk
    FROM information_schema.columns c
    JOIN information_schema.tables t
        ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    LEFT JOIN information_schema.table_constraints p
        ON p.table_schema = c.table_schema AND p.table_name = c.table_name
        AND p.constraint_type = 'PRIMARY KEY'
    LEFT JOIN information_schema.key_column_usage k
        ON k.table_schema = c.table_schema AND k.constraint_name = p.constraint_name
        AND k.table_name = c.table_name AND k.column_name = c.column_name
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE';
    """,
    source="test",
)


async def columns(db: Database) -> dict[str, dict[str, int]]:
    """By table: the columns, and which place in the primary key each has, or 0."""
    tables: dict[str, dict[str, int]] = {}
    dialect = "postgres" if isinstance(db, PostgresDatabase) else "sqlite"
    for row in await db.fetch(_STATEMENTS[dialect]):
        tables.setdefault(row["table_name"], {})[row["column_name"]] = row["pk"]
    return tables


async def test_every_table_is_exported_or_said_not_to_be(db: Database) -> None:
    exported = {kind.table for kind in KINDS}
    assert len(exported) == len(KINDS)
    assert exported | NOT_EXPORTED.keys() == (await columns(db)).keys(), (
        "a new table needs a row in governance/portability/kinds.py"
    )
    assert not exported & NOT_EXPORTED.keys()


async def test_every_column_is_exported(db: Database) -> None:
    tables = await columns(db)
    for kind in KINDS:
        told = {*kind.owner, *kind.fields, *kind.revisions}
        left_out = NOT_TOLD.get(kind.table, frozenset())
        assert not told & left_out, kind.name
        assert told | left_out == tables[kind.table].keys(), kind.name


async def test_keys_name_one_row_of_an_owner(db: Database) -> None:
    tables = await columns(db)
    for kind in KINDS:
        primary = {name for name, place in tables[kind.table].items() if place}
        # The user of a request record is no part of its key.
        assert primary <= {*kind.owner, *kind.key}, kind.name
        assert set(kind.key) <= primary, kind.name
