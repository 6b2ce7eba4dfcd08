"""What a typical user takes on the disk: `python -m bench.user_size [USERS]`.

On SQLite, and on PostgreSQL out of the wheel of the tests, in turn: half of the users are put in
through the API, everything is measured, then the other half, and what has been added is divided by
their number, so that what an empty deployment takes does not count. A typical user has 20 calls of
20 lines each (4 to 28 words), of which remain 20 episodes and the lines as their evidence, 47 facts
and 3 storylines, all with one persona. Prints a table and one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
from pydantic import SecretStr

from bench.filling import PERSONA, user_id
from bench.settled import settled
from bench.texts import memories
from bench.workplace import empty_folder, machine
from reverie import Reverie
from reverie.v1.fact_service_pb2 import AddFactsRequest, NewFact
from reverie.v1.operations_service_pb2 import CompactRequest, GetStatsRequest
from reverie.v1.working_memory_service_pb2 import (
    ROLE_ASSISTANT,
    ROLE_USER,
    Entry,
    SuppliedStoryline,
)
from reverie_server.bootstrap import Application
from reverie_server.cli.logs import log_to_stderr
from reverie_server.settings import Settings
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from tests.postgres_server import SERVING_ROLE, PostgresServer

CALLS: Final = 20
LINES: Final = 20
FACTS: Final = 47
STORYLINES: Final = 3
USERS: Final = 20

_TABLES: Final = """
    SELECT relname, pg_table_size(oid) AS rows, pg_indexes_size(oid) AS indexes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


async def put_in(reverie: Reverie, user: str) -> None:
    """One typical user."""
    said = memories(user, sys.maxsize)
    for call in range(CALLS):
        session = await reverie.session(user, PERSONA).start()
        roles = (ROLE_USER, ROLE_ASSISTANT)
        await session.append(
            [Entry(role=roles[turn % 2], content=next(said)) for turn in range(LINES)]
        )
        topics = [SuppliedStoryline(topic=next(said))] if call < STORYLINES else []
        await session.end(storylines=topics)
    facts = [NewFact(statement=next(said)) for _ in range(FACTS)]
    request = AddFactsRequest(user_id=user, persona_id=PERSONA, facts=facts)
    await reverie.facts.AddFacts(request)


async def sizes(reverie: Reverie, folder: Path, owner_url: str | None) -> dict[str, int]:
    """Bytes and points, once nothing is left to do."""
    await settled(reverie)
    started = await reverie.operations.Compact(CompactRequest())
    async for _ in reverie.follow_job(started.job.job_id):
        pass
    await settled(reverie)
    stats = await reverie.operations.GetStats(GetStatsRequest())
    files = [path for path in (folder / "index").rglob("*") if path.is_file()]
    found = {
        "storage": stats.storage_bytes,
        "points": stats.index_points,
        "index": sum(path.stat().st_blocks * 512 for path in files if "wal" not in path.parts),
    }
    if owner_url is not None:
        connection = await asyncpg.connect(owner_url)
        await connection.execute("VACUUM FULL")
        for row in await connection.fetch(_TABLES):
            found[f"{row['relname']} rows"] = row["rows"]
            found[f"{row['relname']} indexes"] = row["indexes"]
        found["storage"] = sum(
            value for name, value in found.items() if name.endswith((" rows", " indexes"))
        )
        await connection.close()
    return found


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Reverie]:
    application = await Application.start(settings)
    try:
        async with Reverie(application.address) as reverie:
            yield reverie
    finally:
        await application.stop()


async def measure(folder: Path, users: int, url: str | None, owner_url: str | None) -> Any:
    """What each further user has added, by what."""
    settings = Settings(
        data_folder=folder, port=0, metrics=False, database_url=SecretStr(url) if url else None
    )
    taken: list[Mapping[str, int]] = []
    async with running(settings) as reverie:
        for half in (range(users // 2), range(users // 2, users)):
            for number in half:
                await put_in(reverie, user_id(number))
            taken.append(await sizes(reverie, folder, owner_url))
    before, after = taken
    added = {name: after[name] - before.get(name, 0) for name in after}
    return {
        **{name: value / (users - users // 2) for name, value in added.items() if value},
        "index_per_memory": added["index"] / added["points"],
    }


async def report(users: int) -> dict[str, Any]:
    """Prints the table; gives the figures."""
    print(f"{machine()}; {users} users\n", flush=True)
    log_to_stderr("ERROR")
    figures = {}
    with empty_folder() as folder:
        figures["sqlite"] = await measure(folder / "sqlite", users, None, None)
        postgres = PostgresServer.start()
        try:
            await migrate_postgres(PostgresOptions(postgres.url()), grant_to=SERVING_ROLE)
            url = postgres.url("postgres", SERVING_ROLE)
            figures["postgres"] = await measure(folder / "postgres", users, url, postgres.url())
        finally:
            postgres.stop()
    for name, of_user in figures.items():
        print(
            f"{name}: {of_user['storage'] / 1_000:.0f} KB a user;"
            f" {of_user['points']:.0f} memories in the index,"
            f" {of_user['index_per_memory']:.0f} bytes each"
        )
    tables = sorted(figures["postgres"].items(), key=lambda each: -each[1])
    for name, size in [each for each in tables if " " in each[0]][:12]:
        print(f"    {name}: {size / 1_000:.1f} KB")
    return figures


if __name__ == "__main__":
    print(json.dumps(asyncio.run(report(int(sys.argv[1]) if sys.argv[1:] else USERS))))
