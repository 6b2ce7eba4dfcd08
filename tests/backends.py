"""What the servers and rooms of the tests stand on: ``pytest --backend=postgres``.

By default it is SQLite and an index in the data folder. Else it is PostgreSQL and a Qdrant (one for
all, see ``qdrant_double``), where every data folder has a database and collections of its own, so
that a test that opens its folder again finds what it left there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from tests.postgres_folders import PostgresFolders
from tests.qdrant_double import REAL, RUN, DoubleProcess, drop_collections

BACKENDS: Final = ("sqlite", "postgres")
WITHOUT: Final = frozenset(
    (
        *("architecture", "bench", "deploy", "distribution", "docs", "embedding", "language"),
        *("qdrant", "replicas", "storage"),
    )
)
"""Folders of tests that stand on no backend, or bring their own: they run once, with the first. So
do tests elsewhere that are marked with ``once``."""


@dataclass(frozen=True, slots=True)
class _Production:
    databases: PostgresFolders
    qdrant_url: str


_chosen: dict[str, _Production] = {}
"""Under "postgres", if that was chosen."""


def add_option(parser: pytest.Parser) -> None:
    """For the top conftest."""
    parser.addoption(
        "--backend",
        choices=BACKENDS,
        default=BACKENDS[0],
        help="what the servers and rooms of the tests store in",
    )


def runs_once(path: Path, config: pytest.Config) -> bool:
    """Whether a folder's tests have run with the first backend already."""
    return path.name in WITHOUT and config.getoption("--backend") != BACKENDS[0]


@pytest.fixture(scope="session", autouse=True)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The chosen one, set up."""
    name = str(request.config.getoption("--backend"))
    if name == "postgres":
        databases = PostgresFolders(request.getfixturevalue("postgres_databases"))
        _chosen[name] = _Production(databases, request.getfixturevalue("qdrant_url"))
    yield name
    _chosen.clear()


@pytest.fixture(scope="session")
def qdrant_url() -> Iterator[str]:
    """This worker's Qdrant, in a process of its own."""
    if REAL:
        yield REAL
        asyncio.run(drop_collections(REAL))
        return
    double = DoubleProcess.start()
    yield double.url
    double.stop()


async def settings_of(folder: Path, **more: Any) -> Settings:
    """Of a server in a data folder, on any port, with the chosen database."""
    options = await postgres_of(folder)
    if options is not None:
        more["database_url"] = SecretStr(options.url)
    more.setdefault("metrics", False)  # tests run many servers at once
    if "postgres" in _chosen:
        more.setdefault("qdrant_url", _chosen["postgres"].qdrant_url)
        more.setdefault("qdrant_collection", _collection_of(folder))
    more.setdefault("backup_folder", folder.with_name(f"{folder.name}-backups"))
    return Settings(data_folder=folder, port=0, **more)


async def environment_of(folder: Path) -> dict[str, str]:
    """The same for a server in a process of its own."""
    options = await postgres_of(folder)
    if options is None:
        return {}
    return {
        "REVERIE_DATABASE_URL": options.url,
        "REVERIE_QDRANT_URL": _chosen["postgres"].qdrant_url,
        "REVERIE_QDRANT_COLLECTION": _collection_of(folder),
    }


async def postgres_of(folder: Path) -> PostgresOptions | None:
    """The database that belongs to a folder, with the schema; None on SQLite."""
    if "postgres" not in _chosen:
        return None
    return await _chosen["postgres"].databases.of(folder)


def folder_ended(folder: Path) -> None:
    """Nobody opens a data folder in there again: the test that it belonged to is over."""
    if "postgres" in _chosen:
        _chosen["postgres"].databases.ended.append(folder)


def _collection_of(folder: Path) -> str:
    return f"{RUN}-{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"
