"""A server to which nobody speaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from reverie import Reverie
from reverie.v1 import user_service_pb2 as users
from reverie_server.bootstrap import Application
from reverie_server.governance.forgetting import ledger_keeper
from reverie_server.governance.forgetting.ledger_keeper import LedgerKeeper
from reverie_server.governance.operations import housekeeping
from reverie_server.governance.operations.housekeeping import Housekeeping
from reverie_server.settings import Settings
from reverie_server.storage.sqlite import DATABASE_FILE
from reverie_server.tiers.facts import ageing
from reverie_server.tiers.facts.ageing import Ageing
from reverie_server.tiers.working.lifecycle import SessionLifecycle

pytestmark = pytest.mark.once

PERIOD = 0.01


class Rounds:
    """Counts how often each of a server's chores came up."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._more = asyncio.Event()

    def counted(self, name: str, work: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        self._counts[name] = 0

        async def work_and_count(*args: Any) -> Any:
            result = await work(*args)
            self._counts[name] += 1
            self._more.set()
            return result

        return work_and_count

    async def go_by(self, rounds: int) -> None:
        """Returns when all have come up so often again."""
        least = {name: count + rounds for name, count in self._counts.items()}
        while any(self._counts[name] < count for name, count in least.items()):
            self._more.clear()
            await self._more.wait()


async def test_an_idle_server_commits_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Rounds()
    for of, name in (
        (LedgerKeeper, "is_called_for"),
        (SessionLifecycle, "is_called_for"),
        (Housekeeping, "sweep"),
        (Ageing, "sweep"),
    ):
        counted = rounds.counted(of.__name__, getattr(of, name))
        monkeypatch.setattr(of, name, counted)
    for room in (ledger_keeper, housekeeping, ageing):
        monkeypatch.setattr(room, "INTERVAL_SECONDS", PERIOD)
    monkeypatch.setattr(ledger_keeper, "_REST", 0.0)
    settings = Settings(
        data_folder=tmp_path,
        backup_folder=tmp_path / "backups",
        port=0,
        metrics=False,
        sweep_seconds=PERIOD,
    )
    settings.backup_folder.mkdir()
    application = await Application.start(settings)
    try:
        async with Reverie(application.address) as reverie:
            await reverie.users.CreateUser(users.CreateUserRequest(user_id="ann"))
            await reverie.users.DeleteUser(users.DeleteUserRequest(user_id="ann"))
        # The tombstone is written beside the backups, and what was deleted leaves the index.
        await rounds.go_by(3)
        with contextlib.closing(apsw.Connection(str(tmp_path / DATABASE_FILE))) as looking:
            while looking.execute("SELECT EXISTS (SELECT 1 FROM outbox)").get:
                await rounds.go_by(1)
            before = looking.pragma("data_version")
            await rounds.go_by(20)
            assert looking.pragma("data_version") == before
    finally:
        await application.stop()
    assert list(settings.backup_folder.glob("tombstones-*.jsonl"))
