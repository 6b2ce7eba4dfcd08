"""Durable appends on PostgreSQL against bare asyncpg: `make bench-postgres`.

    python -m bench.postgres [PAIRS [SECONDS]]

PostgreSQL comes out of the wheel of the tests, with fsync on; its data is in the system's
temporary folder. In turn, 64 callers at once, 8 connections: our server, one entry and one
request_id a call; and asyncpg alone, which writes the same row of entries and the same row of the
outbox in one transaction each. Ratios are of pairs of rounds, and the median counts. Prints a line,
and one JSON object.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import uuid
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import asyncpg
import grpc.aio

from bench.append_load import requests_of
from bench.callers import IN_FLIGHT, WARM_UP_SECONDS, round_of
from bench.child import Cores, run, serving
from bench.child import reverie as product
from bench.loops import run as run_loop
from bench.scores import percentile
from bench.settled import settled
from bench.texts import memories
from bench.workplace import empty_folder, machine
from reverie import Reverie
from reverie.v1.working_memory_service_pb2_grpc import WorkingMemoryServiceStub
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres
from reverie_server.storage.statements import load
from tests.postgres_server import SERVING_ROLE, PostgresServer

CONNECTIONS: Final = 8
PAIRS: Final = 7
SECONDS: Final = 2.0
AIM: Final = 0.5

ENTRY: Final = load("reverie_server.tiers.working", "entries.sql")["add"].postgres
OUTBOX: Final = load("reverie_server.storage", "outbox.sql")["record"].postgres


async def measure(bare_url: str, server: str, pairs: int, seconds: float) -> dict[str, Any]:
    """In a process of its own: the load generator."""
    async with (
        grpc.aio.insecure_channel(server) as channel,
        Reverie(server) as reverie,
        asyncpg.create_pool(bare_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool,
    ):
        callers = [await requests_of(reverie, caller) for caller in range(IN_FLIGHT)]
        rows = [rows_of(caller) for caller in range(IN_FLIGHT)]
        ours = WorkingMemoryServiceStub(channel).AppendEntries

        async def bare(row: tuple[tuple[Any, ...], tuple[Any, ...]]) -> None:
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(ENTRY, *row[0])
                await connection.execute(OUTBOX, *row[1])

        await round_of(bare, rows, WARM_UP_SECONDS)
        await round_of(ours, callers, WARM_UP_SECONDS)
        bare_rates, rates, latencies = [], [], []
        for _ in range(pairs):
            await settled(reverie)
            bare_rates.append(len(await round_of(bare, rows, seconds)) / seconds)
            took = await round_of(ours, callers, seconds)
            rates.append(len(took) / seconds)
            latencies += took
        return {
            "bare_per_s": bare_rates,
            "server_per_s": rates,
            "server_p50_ms": percentile(latencies, 50),
            "server_p99_ms": percentile(latencies, 99),
        }


def rows_of(caller: int) -> Callable[[], tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Makes the next rows of a caller: as an append would write them."""
    user = f"user-{caller}"
    said, numbers = memories(user, sys.maxsize), itertools.count()

    def row() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        number, entry_id, now = next(numbers), str(uuid.uuid4()), 1_800_000_000_000_000
        return (
            (
                *("default", user, "s", number, entry_id, "companion", 1, "main", 1, ""),
                *(next(said), "", "", "{}", 1, 1.0, "", "", number, now, now),
            ),
            ("default", user, number, number, 1, entry_id, "s", 1, now),
        )

    return row


async def report(pairs: int, seconds: float) -> dict[str, Any]:
    """Prints the line; gives the figures."""
    cores = Cores.choose()
    print(f"{machine()}; cores: server {cores.server}, generator {cores.generator}\n", flush=True)
    with empty_folder() as folder:
        postgres = PostgresServer.start(fsync="on")
        try:
            for name in ("ours", "bare"):
                connection = await asyncpg.connect(postgres.url())
                await connection.execute(f"CREATE DATABASE {name}")
                await connection.close()
                await migrate_postgres(PostgresOptions(postgres.url(name)), grant_to=SERVING_ROLE)
            settings = folder / "settings.toml"
            url = postgres.url("ours", SERVING_ROLE)
            settings.write_text(f'database_url = "{url}"\ndatabase_pool_size = {CONNECTIONS}\n')
            command = [*product(folder / "data"), "--settings", str(settings)]
            async with serving(command, cores.server) as server:
                load = ["bench.postgres", "load", postgres.url("bare"), server.address]
                figures: dict[str, Any] = json.loads(
                    await run([*load, str(pairs), str(seconds)], cores.generator)
                )
        finally:
            postgres.stop()
    ratios = [a / b for a, b in zip(figures["server_per_s"], figures["bare_per_s"], strict=True)]
    figures["ratio"] = median(ratios)
    print(
        f"AppendEntries on PostgreSQL, one entry, {IN_FLIGHT} in flight, {CONNECTIONS}"
        " connections\n"
        f"    {median(figures['server_per_s']):.0f}/s, bare asyncpg"
        f" {median(figures['bare_per_s']):.0f}/s; p50 {figures['server_p50_ms']:.1f} ms, p99"
        f" {figures['server_p99_ms']:.1f} ms\n"
        f"    {figures['ratio']:.2f} x bare asyncpg ({min(ratios):.2f} to {max(ratios):.2f});"
        f" aim >= {AIM} x: {'met' if figures['ratio'] >= AIM else 'NOT met'}"
    )
    return figures


def main(*arguments: str) -> None:
    if arguments[:1] == ("load",):
        _, bare_url, server, pairs, seconds = arguments
        print(json.dumps(run_loop(measure(bare_url, server, int(pairs), float(seconds)))))
        return
    pairs, seconds = (*arguments, *map(str, (PAIRS, SECONDS)[len(arguments) :]))
    print(json.dumps(asyncio.run(report(int(pairs), float(seconds)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
