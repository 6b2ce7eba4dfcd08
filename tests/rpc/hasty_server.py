"""``reverie`` with its promise broken on purpose: it answers before the commit is through."""

from __future__ import annotations

import asyncio
from unittest import mock

from reverie_server.cli import app
from reverie_server.storage.postgres_together import Together
from reverie_server.storage.postgres_transaction import PostgresTransaction

commit = PostgresTransaction.commit
later: set[asyncio.Task[None]] = set()


async def commit_later(transaction: PostgresTransaction) -> None:
    async def delayed() -> None:
        try:
            await asyncio.sleep(0.1)
            await commit(transaction)
        except Exception:  # noqa: BLE001 - whoever waited for it has been answered
            await transaction.abandon()

    later.add(asyncio.create_task(delayed()))


if __name__ == "__main__":
    with (
        mock.patch.object(PostgresTransaction, "commit", commit_later),
        mock.patch.object(Together, "welcomes", return_value=False),  # each commits for itself
    ):
        app()
