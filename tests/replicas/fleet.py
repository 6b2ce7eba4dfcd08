"""Several servers on one PostgreSQL and one Qdrant, in this process or each in its own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import SERVING_ROLE
from tests.qdrant_double import RUN

LEASE_SECONDS = 3.0
"""Short, so that what a dead server leaves is soon taken over."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What the servers share."""

    database: PostgresOptions
    qdrant_url: str
    collection: str

    @classmethod
    async def make(cls, databases: PostgresDatabases, qdrant_url: str) -> Stores:
        """A database of their own, with the schema."""
        name = f"fleet_{uuid.uuid4().hex[:12]}"
        await migrate_postgres(await databases.create(name), grant_to=SERVING_ROLE)
        return cls(databases.as_server(name), qdrant_url, f"{RUN}-{name}")

    def settings(self, **more: Any) -> Settings:
        """For a server in this process, on any port."""
        return Settings(
            port=0,
            database_url=SecretStr(self.database.url),
            qdrant_url=self.qdrant_url,
            qdrant_collection=self.collection,
            lease_seconds=LEASE_SECONDS,
            metrics=False,
            **more,
        )

    @property
    def environment(self) -> dict[str, str]:
        """For a server in a process of its own."""
        return {
            "REVERIE_DATABASE_URL": self.database.url,
            "REVERIE_QDRANT_URL": self.qdrant_url,
            "REVERIE_QDRANT_COLLECTION": self.collection,
            "REVERIE_LEASE_SECONDS": str(LEASE_SECONDS),
            "REVERIE_METRICS": "false",
        }
