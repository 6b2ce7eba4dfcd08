"""Every statement of every query file is one that PostgreSQL takes, on the server's schema."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

import asyncpg

import reverie_server
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import Statement, load

LARGEST_SHARE: Final = 0.20
"""At most this part of the statements may be written twice."""
VALUES: Final = {"text", "int2", "int4", "int8", "float8", "bytea"}
"""What a row may hold: what becomes str, int, float or bytes."""
FLAGS: Final = {
    "identity/relationships/storylines/queries.sql: list_before $4",
    "jobs/queries.sql: find_unended $7",
    "tiers/episodic/queries.sql: list_before $5",
    "tiers/facts/queries.sql: list_before $10",
    "tiers/facts/queries.sql: list_before $9",
    "tiers/facts/queries.sql: list_before_known_at $10",
    "tiers/facts/queries.sql: list_before_known_at $9",
    "tiers/procedural/queries.sql: list_after $6",
    "tiers/recall/queries.sql: latest_archived_entries $7",
    "tiers/recall/queries.sql: latest_documents $7",
    "tiers/recall/queries.sql: latest_episodes $7",
    "tiers/recall/queries.sql: latest_facts $10",
    "tiers/recall/queries.sql: latest_facts $7",
    "tiers/recall/queries.sql: latest_procedures $7",
    "tiers/recall/queries.sql: latest_storylines $7",
    "tiers/recall/queries.sql: latest_working_entries $7",
    "tiers/working/queries.sql: count_appended $11",
}
"""Arguments that have 32 bits, and need no more: flags and kinds of ours."""


def query_files() -> Iterator[Path]:
    """All but the overrides."""
    for file in sorted(Path(str(resources.files(reverie_server))).rglob("*.sql")):
        if file.name.count(".") == 1:
            yield file


def statements() -> Iterator[tuple[str, Path, Statement]]:
    """Each with a name for people and the file that it is in."""
    root = Path(str(resources.files(reverie_server)))
    for file in query_files():
        path = file.relative_to(root)
        package = ".".join(("reverie_server", *path.parent.parts))
        for name, statement in load(package, file.name).items():
            yield f"{path.as_posix()}: {name}", file, statement


def overrides(file: Path) -> str:
    """The text of a query file's overrides, of both dialects."""
    both = (file.with_suffix(f".{dialect}.sql") for dialect in ("sqlite", "postgres"))
    return "\n".join(each.read_text("utf-8") for each in both if each.is_file())


def takes_a_reader(statement: Statement) -> bool:
    """Whether its $4 is that of ``Reader.sql``."""
    return "($4 = 1 AND" in statement.postgres or "$4 IN (0, 1)" in statement.postgres


async def test_postgresql_takes_every_statement(migrated_postgres: PostgresOptions) -> None:
    connection = await asyncpg.connect(migrated_postgres.url)
    narrow: set[str] = set()
    try:
        for where, _, statement in statements():
            try:
                prepared = await connection.prepare(statement.postgres)
            except asyncpg.PostgresError as error:
                raise AssertionError(f"{where}: {error}") from error
            for attribute in prepared.get_attributes():
                assert attribute.type.name in VALUES, f"{where}: {attribute}"
            for number, argument in enumerate(prepared.get_parameters(), 1):
                if argument.name == "int4" and not (number == 4 and takes_a_reader(statement)):
                    narrow.add(f"{where} ${number}")
    finally:
        await connection.close()
    assert narrow <= FLAGS, "what a caller chooses needs CAST($n AS BIGINT)"


def test_few_statements_are_written_twice() -> None:
    every = list(statements())
    twice = [
        where
        for where, file, statement in every
        if f"-- name: {statement.name}\n" in overrides(file)
    ]
    print(f"{len(twice)} of {len(every)} statements differ by dialect:", *twice, sep="\n  ")
    assert 0 < len(twice) <= LARGEST_SHARE * len(every)
