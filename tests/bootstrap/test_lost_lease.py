"""A server with an index of its own that another one has taken the database over from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import SecretStr

from reverie_server.bootstrap import Application
from reverie_server.settings import Settings
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_lease import Lease
from reverie_server.storage.postgres_options import PostgresOptions
from tests.rpc.contract import BY_NAME, Refused, ask

TAKEN = """
    UPDATE deployment SET value = convert_to('{"holder": "another", "until": 9999999999}', 'UTF8')
    WHERE name = 'server'
"""
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def test_it_says_so_to_whoever_asks(
    migrated_postgres: PostgresOptions, tmp_path: Path
) -> None:
    settings = Settings(
        data_folder=tmp_path,
        port=0,
        database_url=SecretStr(migrated_postgres.url),
        lease_seconds=0.5,
        metrics=False,
    )
    application = await Application.start(settings)
    connection = await asyncpg.connect(migrated_postgres.url)
    async with grpc.aio.insecure_channel(application.address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        await connection.execute(TAKEN)
        for name in ("", "readiness", "liveness", "reverie.v1.RecallService"):
            async for told in health.Watch(health_pb2.HealthCheckRequest(service=name)):
                if told.status == NOT_SERVING:
                    break
        rpc = BY_NAME["ListUsers"]
        refused = await ask(channel, rpc, rpc.request())
        assert isinstance(refused, Refused)
        assert refused.code is grpc.StatusCode.UNAVAILABLE
    await connection.close()
    await application.stop()


async def test_no_error_ends_the_renewal(
    migrated_postgres: PostgresOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await PostgresDatabase.open(migrated_postgres)
    lease = await Lease.acquire(db, tmp_path, seconds=60, renewal_seconds=0.0)
    renewed, take = asyncio.Event(), Lease._take
    errors = [ZeroDivisionError(), OSError(), KeyError()]

    async def sometimes(self: Lease) -> bool:
        if errors:
            raise errors.pop()
        renewed.set()
        return await take(self)

    monkeypatch.setattr(Lease, "_take", sometimes)
    await renewed.wait()
    assert lease.standing.on_duty
    await lease.release()
    await db.close()
