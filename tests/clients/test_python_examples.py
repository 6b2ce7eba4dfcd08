"""The Python client's examples, against a real server; the network's edge is in memory."""

from __future__ import annotations

import asyncio
import runpy
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from typing import Any

from reverie import Reverie
from reverie.v1.working_memory_service_pb2 import ListSessionsRequest
from reverie_server.bootstrap import Application
from tests.clients.languages import ROOT
from tests.server_process import environment

EXAMPLES = ROOT / "clients/python/examples"


async def test_the_companion_remembers_what_was_said_last_time(
    server: Application, workspace: str
) -> None:
    name = workspace  # the default workspace is everybody's
    first = await talk(name, server.address, "I am allergic to peanuts.", "bye")
    second = await talk(name, server.address, "What am I allergic to?")

    assert first == [f"brad: Hello, {name}.", "brad: Tell me more.", f"brad: Bye, {name}."]
    assert second[1] == 'brad: You told me: "I am allergic to peanuts."'


async def test_the_community_bot_knows_its_members_apart(
    server: Application, workspace: str
) -> None:
    async with Reverie(server.address, workspace=workspace) as reverie:
        example = runpy.run_path(str(EXAMPLES / "community_bot.py"))
        chat = Chat(example["Message"], reverie)
        await example["Bot"](reverie, chat).run()

    assert chat.sent == [
        ("food", "@bob we have not met yet."),
        ("food", '@alice you said: "I am allergic to peanuts."'),
        ("food", "@bob I do not know."),
        ("music", '@bob you said: "I play the violin in an orchestra."'),
    ]


async def talk(name: str, address: str, *lines: str) -> Sequence[str]:
    """What the companion prints to somebody who types this."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / "companion.py"), name, address),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=environment(),
    )
    printed, errors = await process.communicate("\n".join(lines).encode())
    assert process.returncode == 0, errors.decode()
    assert errors == b""
    return printed.decode().splitlines()


class Chat:
    """A community in memory."""

    def __init__(self, message: Any, reverie: Reverie) -> None:
        self._message = message
        self._reverie = reverie
        self.sent: list[tuple[str, str]] = []

    async def messages(self) -> AsyncIterator[Any]:
        yield self._message("food", "alice", "I am allergic to peanuts.")
        yield self._message("food", "bob", "!remember What am I allergic to?")
        yield self._message("music", "alice", "I listen to jazz.")
        yield self._message("food", "alice", "!remember What am I allergic to?")
        yield self._message("music", "bob", "Hello, everybody.")
        await self._end_behind_the_bots_back("bob")
        yield self._message("music", "bob", "I play the violin in an orchestra.")
        yield self._message("food", "bob", "!remember peanuts")
        yield self._message("music", "bob", "!remember Which orchestra do I play the violin in?")

    async def send(self, channel: str, text: str) -> None:
        self.sent.append((channel, text))

    async def _end_behind_the_bots_back(self, user_id: str) -> None:
        request = ListSessionsRequest(user_id=user_id, persona_id="brad")
        async for session in self._reverie.working.ListSessions.items(request):
            handle = await self._reverie.resume(user_id, "brad", session.session_id)
            await handle.end()
