"""A fleet is upgraded while it serves: servers of the release before and of this one, in turn on
one database, whose schema is migrated before or after. Callers hear nothing worse than that they
may try again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import read_gate
from reverie_server.storage.schema import OLDEST_LEVEL, SERVER_LEVEL
from tests.load import Load, load_on
from tests.load_client import RETRYABLE
from tests.postgres_server import SERVING_ROLE, PostgresServer
from tests.rpc.test_postgres_crashes import held_against
from tests.server_process import ServerProcess, environment, free_port

pytestmark = pytest.mark.once

ROOT: Final = Path(__file__).resolve().parents[2]
BEFORE: Final = "13f9243909494a28ae8a1a8c0130ef57133750fc"
"""The commit that servers of the release before are built from."""


@pytest.fixture(scope="module")
def code_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of that commit. It runs on today's packages."""
    archive = subprocess.run(
        ["git", "archive", BEFORE, "server", "clients/python", "migrations"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip(f"the history is shallow: it does not have {BEFORE}, the release before")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return folder


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    server = PostgresServer.start()
    yield server
    server.stop()


def of_before(code: Path) -> dict[str, str]:
    """What makes Python run that code instead of today's."""
    return {"PYTHONPATH": os.pathsep.join(map(str, (code / "server", code / "clients/python")))}


async def migrate(postgres: PostgresServer, settings: Mapping[str, str] | None = None) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reverie_server", "migrate", "--grant-to", SERVING_ROLE),
        env=environment({"REVERIE_DATABASE_URL": postgres.url(), **(settings or {})}),
        stdout=subprocess.DEVNULL,
    )
    assert await process.wait() == 0


async def level(postgres: PostgresServer) -> int:
    return (await read_gate(PostgresOptions(postgres.url()))).level


async def upgrade(
    postgres: PostgresServer, code: Path, folder: Path, *, migrate_first: bool, per_second: int
) -> Load:
    """From a server of before on its schema to one of today on today's; gives what callers heard
    meanwhile.
    """
    await migrate(postgres, of_before(code))
    assert await level(postgres) == OLDEST_LEVEL
    url = {"REVERIE_DATABASE_URL": postgres.url(user=SERVING_ROLE)}
    port = free_port()
    before = ServerProcess(folder, port=port, settings=url | of_before(code))
    today = ServerProcess(folder, port=port, settings=url)
    some = per_second // 2
    await before.start()
    try:
        async with load_on(before.address, clients=2, per_second=per_second, read_every=2) as load:
            await load.more(some)
            if migrate_first:
                await migrate(postgres)
                await load.more(some)
            before.send(signal.SIGTERM)
            assert await before.wait() == 0
            await today.start()
            await load.more(some)
            if not migrate_first:
                await migrate(postgres)
                await load.more(some)
        assert await level(postgres) == SERVER_LEVEL
    finally:
        await before.kill()
        await today.kill()
    return load


async def hold(postgres: PostgresServer, load: Load) -> None:
    print(
        f"{len(load.acknowledged)} appends and {load.reads} reads answered;"
        f" refused: {dict(load.refused)}"
    )
    assert load.refused.keys() <= RETRYABLE
    assert await held_against(postgres, load) == (set(), set())


@pytest.mark.parametrize("migrate_first", [True, False], ids=["schema first", "servers first"])
async def test_nobody_is_refused_for_good(
    own_postgres: PostgresServer, code_before: Path, tmp_path: Path, migrate_first: bool
) -> None:
    load = await upgrade(
        own_postgres,
        code_before,
        tmp_path / "data",
        migrate_first=migrate_first,
        per_second=60,
    )
    await hold(own_postgres, load)


@pytest.mark.soak
@pytest.mark.parametrize("migrate_first", [True, False], ids=["schema first", "servers first"])
async def test_nobody_is_refused_for_good_at_two_hundred_calls_a_second(
    own_postgres: PostgresServer, code_before: Path, tmp_path: Path, migrate_first: bool
) -> None:
    load = await upgrade(
        own_postgres,
        code_before,
        tmp_path / "data",
        migrate_first=migrate_first,
        per_second=200,
    )
    await hold(own_postgres, load)
