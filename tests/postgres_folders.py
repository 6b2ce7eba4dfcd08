"""Which PostgreSQL database belongs to which data folder of the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_databases import PostgresDatabases
from tests.postgres_server import SERVING_ROLE

TEMPLATE: Final = "reverie_template"


class PostgresFolders:
    """Databases with the schema. Those of tests that are over are emptied and serve again: to make
    one takes ten times as long, and a thousand of them take minutes to remove.
    """

    def __init__(self, databases: PostgresDatabases) -> None:
        self.ended: list[Path] = []
        """Nobody opens a data folder in one of these again."""
        self._databases = databases
        self._given: dict[Path, str] = {}
        self._spare: list[str] = []
        self._made = 0

    async def of(self, folder: Path) -> PostgresOptions:
        """The same one for the same folder."""
        await self._take_back()
        if folder not in self._given:
            self._given[folder] = self._spare.pop() if self._spare else await self._make()
        return self._databases.as_server(self._given[folder])

    async def _take_back(self) -> None:
        while self.ended:
            over = self.ended.pop()
            for folder in [each for each in self._given if each.is_relative_to(over)]:
                name = self._given.pop(folder)
                await self._databases.empty(self._databases.as_server(name))
                self._spare.append(name)

    async def _make(self) -> str:
        if self._made == 0:
            await migrate_postgres(await self._databases.create(TEMPLATE), grant_to=SERVING_ROLE)
        self._made += 1
        name = f"rv_{self._made}"
        await self._databases.create(name, TEMPLATE)
        return name
