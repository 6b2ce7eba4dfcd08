"""A real server on a real port, shared by a worker's tests; each has a workspace of its own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc.aio
import hypothesis
import pytest

from reverie_server.bootstrap import Application
from reverie_server.scope import work_for_every_workspace
from tests.backends import (
    BACKENDS,
    add_option,
    backend,
    folder_ended,
    qdrant_url,
    runs_once,
    settings_of,
)
from tests.channels import connect
from tests.clients.report import pytest_terminal_summary
from tests.postgres_databases import (
    bare_postgres,
    kept_bare,
    kept_migrated,
    migrated_postgres,
    postgres,
    postgres_databases,
)

__all__ = [
    "backend",
    "bare_postgres",
    "kept_bare",
    "kept_migrated",
    "migrated_postgres",
    "postgres",
    "postgres_databases",
    "pytest_terminal_summary",
    "qdrant_url",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    add_option(parser)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return runs_once(collection_path, config) or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--backend") == BACKENDS[0]:
        return
    over = [item for item in items if item.get_closest_marker("once")]
    config.hook.pytest_deselected(items=over)
    items[:] = [item for item in items if not item.get_closest_marker("once")]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """That what was asked for has run already, with the other backend, is no failure."""
    nothing = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
    if nothing and session.config.getoption("--backend") != BACKENDS[0]:
        session.exitstatus = pytest.ExitCode.OK


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    folder = item.funcargs.get("tmp_path") if isinstance(item, pytest.Function) else None
    if isinstance(folder, Path):
        folder_ended(folder)


# What tests do with a database of their own is no call's, but over all workspaces.
work_for_every_workspace()

# Times belong to a machine: no example fails for having taken long.
hypothesis.settings.register_profile("reverie", deadline=None)
hypothesis.settings.load_profile("reverie")


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """A server with the default settings, for tests that do not disturb others."""
    folder: Path = tmp_path_factory.mktemp("server")
    application = await Application.start(await settings_of(folder / "data"))
    yield application
    await application.stop()


@pytest.fixture
def workspace() -> str:
    """A workspace that no other test uses."""
    return f"test-{uuid.uuid4()}"


@pytest.fixture
async def channel(server: Application, workspace: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel whose calls go to this test's workspace."""
    async with connect(server.address, workspace) as channel:
        yield channel
