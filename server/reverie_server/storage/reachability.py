"""Whether the database answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from reverie_server.errors import ReverieError, Unavailable
from reverie_server.storage.database import Database
from reverie_server.storage.statements import parse

LOOK_SECONDS: Final = 1.0

_ANYTHING: Final = parse(
    """
    -- name: anything
    SELECT 1;
    """,
    source="reachability.py",
)["anything"]

log = structlog.get_logger(__name__)


async def follow(
    database: Database,
    tell: Callable[[bool], Awaitable[None]],
    *,
    seconds: float = LOOK_SECONDS,
) -> None:
    """Asks the database for ever, and tells when it stops answering (False) and when it answers
    again (True). That it is only busy is an answer.
    """
    answers = True
    while True:
        await asyncio.sleep(seconds)
        before = answers
        try:
            await database.fetchval(_ANYTHING)
            answers = True
        except Unavailable:
            answers = False
        except ReverieError:
            continue
        if answers is not before:
            log.warning("the database answers again" if answers else "the database is away")
            await tell(answers)
