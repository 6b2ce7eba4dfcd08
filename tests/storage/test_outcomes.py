"""How outcomes come back to the event loop, with the threads' steps in a chosen order."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

from reverie_server.storage.sqlite_call import Call, Outcomes
from reverie_server.storage.sqlite_connection import SqliteTransaction


async def nothing(tx: SqliteTransaction) -> None:
    """A unit that is never run."""


def call() -> Call:
    return Call(nothing, copy_context(), asyncio.get_running_loop().create_future())


async def test_a_commit_that_arrives_while_others_settle_is_told_of_before_its_calls() -> None:
    outcomes = Outcomes(asyncio.get_running_loop())
    late = call()
    told: list[bool] = []
    outcomes.on_commit(lambda: told.append(late.future.done()))

    class Meanwhile(Call):
        """While the loop hands this one over, the writer delivers a commit."""

        def settle(self) -> None:
            super().settle()
            outcomes.deliver([late], committed=True)

    meanwhile = Meanwhile(nothing, copy_context(), call().future)
    outcomes.deliver([meanwhile])
    await late.future
    assert told == [False]


async def test_a_group_without_changes_tells_nobody() -> None:
    outcomes = Outcomes(asyncio.get_running_loop())
    told: list[None] = []
    outcomes.on_commit(lambda: told.append(None))
    read = call()
    outcomes.deliver([read])
    await read.future
    assert told == []
