"""Which database the servers and rooms of the tests stand on: ``pytest --backend=postgres``.

By default it is SQLite. On PostgreSQL every data folder has a database of its own, so that a test
that opens its folder again finds what it left there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from pydantic import SecretStr

from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import SERVING_ROLE

BACKENDS: Final = ("sqlite", "postgres")
TEMPLATE: Final = "reverie_template"

_chosen: dict[str, PostgresDatabases] = {}
"""Under "postgres", if that was chosen: where databases are made."""


def add_option(parser: pytest.Parser) -> None:
    """For the top conftest."""
    parser.addoption(
        "--backend",
        choices=BACKENDS,
        default=BACKENDS[0],
        help="what the servers and rooms of the tests store in",
    )


@pytest.fixture(scope="session", autouse=True)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The chosen one, set up."""
    name = str(request.config.getoption("--backend"))
    if name == "postgres":
        _chosen[name] = request.getfixturevalue("postgres_databases")
    yield name
    _chosen.clear()


async def settings_of(folder: Path, **more: Any) -> Settings:
    """Of a server in a data folder, on any port, with the chosen database."""
    options = await postgres_of(folder)
    if options is not None:
        more["database_url"] = SecretStr(options.url)
    more.setdefault("metrics", False)  # tests run many servers at once
    return Settings(data_folder=folder, port=0, **more)


async def environment_of(folder: Path) -> dict[str, str]:
    """The same for a server in a process of its own."""
    options = await postgres_of(folder)
    return {} if options is None else {"REVERIE_DATABASE_URL": options.url}


async def postgres_of(folder: Path) -> PostgresOptions | None:
    """The database that belongs to a folder, with the schema; None on SQLite."""
    databases = _chosen.get("postgres")
    if databases is None:
        return None
    name = f"rv_{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"
    connection = await asyncpg.connect(databases.server.url())
    try:
        known = {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
        if TEMPLATE not in known:
            await migrate_postgres(await databases.create(TEMPLATE), grant_to=SERVING_ROLE)
        if name not in known:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    finally:
        await connection.close()
    return databases.as_server(name)
