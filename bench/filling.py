"""Puts many made-up memories into a server through its API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from bench.texts import memories
from reverie import Reverie
from reverie.v1.working_memory_service_pb2 import ROLE_ASSISTANT, ROLE_USER, Entry

PERSONA = "companion"
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Filling:
    """How many memories whose."""

    users: int
    sessions_per_user: int
    entries_per_session: int

    @property
    def entries(self) -> int:
        return self.users * self.sessions_per_user * self.entries_per_session

    def texts(self, user: int) -> list[str]:
        """All that a user's entries say, the same on every run."""
        return list(memories(user_id(user), self.sessions_per_user * self.entries_per_session))


def user_id(user: int) -> str:
    return f"user-{user}"


async def fill(reverie: Reverie, filling: Filling) -> None:
    """Each session's entries in one call, a few users at a time. Sessions stay active, so that
    there are exactly so many memories."""
    users = iter(range(filling.users))
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(_fill_users(reverie, filling, users))


async def _fill_users(reverie: Reverie, filling: Filling, users: Iterator[int]) -> None:
    """Takes users off the shared iterator until there are none."""
    for user in users:
        texts = filling.texts(user)
        size = filling.entries_per_session
        for start in range(0, len(texts), size):
            session = await reverie.session(user_id(user), PERSONA).start()
            await session.append(
                [
                    Entry(role=ROLE_ASSISTANT if turn % 2 else ROLE_USER, content=text)
                    for turn, text in enumerate(texts[start : start + size])
                ]
            )
