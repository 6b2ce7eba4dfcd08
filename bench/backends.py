"""What a measured server stands on: its data folder, or PostgreSQL and Qdrant.

PostgreSQL comes out of a wheel; for Qdrant stands the double of the tests, whose engine searches
without approximation and without hurry: what is found is comparable, how fast it is not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_server import SERVING_ROLE, PostgresServer
from tests.qdrant_double import DoubleProcess

EMBEDDED: Final = "embedded"
PRODUCTION: Final = "postgres"
BACKENDS: Final = (EMBEDDED, PRODUCTION)


@asynccontextmanager
async def backend(name: str) -> AsyncIterator[Mapping[str, str]]:
    """The settings of a server on it, which ends with the context."""
    if name == EMBEDDED:
        yield {}
        return
    postgres, double = PostgresServer.start(), DoubleProcess.start()
    try:
        await migrate_postgres(PostgresOptions(postgres.url()), grant_to=SERVING_ROLE)
        yield {
            "REVERIE_DATABASE_URL": postgres.url(user=SERVING_ROLE),
            "REVERIE_QDRANT_URL": double.url,
        }
    finally:
        double.stop()
        postgres.stop()
