"""Looking at a PostgreSQL database as the role that a server would be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import asyncpg

from reverie_server.errors import Unavailable
from reverie_server.storage.postgres_fence import UnsafeRole, check_role, unfenced_tables
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_pool import connect
from reverie_server.storage.postgres_schema import read_gate
from reverie_server.storage.schema import EMPTY, SchemaGate

_CLOCK: Final = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"
_VALUE: Final = "SELECT value FROM deployment WHERE name = $1"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What can be seen of a database."""

    engine: str
    clock: float
    """Its own time, seconds since the epoch."""
    gate: SchemaGate
    unfenced: tuple[str, ...] = ()
    """Tables without row-level security."""
    role_problem: str = ""
    """Why the fence does not hold for the role; empty: it does."""
    lacking: str = ""
    """What the database says that the role may not do; empty: nothing."""
    embedder: str = ""
    """``name/dimension`` of the stored vectors; empty: there are none."""
    shared_index: bytes | None = None
    """See ``deployment.SharedIndexRecord``."""
    leased_seconds: float = 0.0
    """For how long yet a server has the database."""


async def inspect(options: PostgresOptions) -> Inspection:
    """
    Raises:
        Unavailable: it cannot be reached. Its cause says why.
        SchemaMismatch: its server is too old, or it is not in UTF-8.
    """
    connection = await connect(options)
    try:
        version = connection.get_server_version()
        engine = f"PostgreSQL {version.major}.{version.micro}"
        clock = await connection.fetchval(_CLOCK)
        try:
            gate = await read_gate(options)
        except Unavailable as error:
            return Inspection(engine, clock, EMPTY, lacking=str(error.__cause__ or error))
        if gate == EMPTY:
            return Inspection(engine, clock, gate)
        try:
            await check_role(connection, options.unfenced_role)
            role_problem = ""
        except UnsafeRole as error:
            role_problem = str(error)
        unfenced = tuple(await unfenced_tables(connection))
        try:
            embedder = await connection.fetchval(_VALUE, "embedder")
            lease = await connection.fetchval(_VALUE, "server")
            shared = await connection.fetchval(_VALUE, "shared_index")
        except asyncpg.InsufficientPrivilegeError as error:
            return Inspection(engine, clock, gate, unfenced, role_problem, lacking=str(error))
        return Inspection(
            engine,
            clock,
            gate,
            unfenced,
            role_problem,
            embedder=bytes(embedder or b"").decode(),
            shared_index=shared,
            leased_seconds=max(0.0, json.loads(lease)["until"] - clock) if lease else 0.0,
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise Unavailable("the database cannot be used now") from error
    finally:
        connection.terminate()
