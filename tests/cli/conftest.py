"""The command line as a user runs it: in a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server_process import ServerProcess


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server that the commands of a file may look after."""
    folder: Path = tmp_path_factory.mktemp("cli")
    server = ServerProcess(
        folder / "data", settings={"REVERIE_BACKUP_FOLDER": str(folder / "backups")}
    )
    await server.start()
    yield server
    await server.kill()
