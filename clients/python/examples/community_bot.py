"""A bot in the channels of a chat community: it listens to everybody, and answers who asks it.

``Chat`` is the edge to the network: what your chat's library gives. Each member has a session of
their own with the persona, which ends when they have been silent for long enough; the server does
that by itself. One event loop serves all channels.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from reverie import FailedPreconditionError, NotFoundError, Reverie, ReverieError, Session

PERSONA: Final = "brad"
CALLED: Final = "!remember "
"""How a message begins that wants an answer."""
SURE_ENOUGH: Final = 0.3
"""What scores lower is not what was asked for."""
OVER: Final = frozenset({"SESSION_ENDED", "SESSION_EXPIRED"})


@dataclass(frozen=True, slots=True)
class Message:
    """Somebody says something in a channel."""

    channel: str
    author: str
    text: str


class Chat(Protocol):
    """The community."""

    def messages(self) -> AsyncIterator[Message]:
        """What is said, in order, until the bot leaves."""

    async def send(self, channel: str, text: str) -> None:
        """The bot says something."""


class Bot:
    """Remembers what members say, and tells it to them when they ask."""

    def __init__(self, reverie: Reverie, chat: Chat) -> None:
        self._reverie = reverie
        self._chat = chat
        self._sessions: dict[str, Session] = {}

    async def run(self) -> None:
        """Until the chat ends; then all sessions end, so that each becomes an episode."""
        async for message in self._chat.messages():
            try:
                await self._hear(message)
            except ReverieError as failure:
                # A community goes on when memory does not.
                print(f"not remembered: {failure}")
        # What cannot be ended now the server ends by itself.
        ends = (session.end() for session in self._sessions.values())
        await asyncio.gather(*ends, return_exceptions=True)

    async def _hear(self, message: Message) -> None:
        if message.text.startswith(CALLED):
            said = await self._remembered(message.author, message.text.removeprefix(CALLED))
            await self._chat.send(message.channel, f"@{message.author} {said}")
            return
        where = {"channel": message.channel}
        session = await self._session(message.author)
        try:
            await session.say(message.text, metadata=where)
        except FailedPreconditionError as failure:
            if failure.reason not in OVER:
                raise
            del self._sessions[message.author]
            await (await self._session(message.author)).say(message.text, metadata=where)

    async def _remembered(self, author: str, question: str) -> str:
        try:
            found = await self._reverie.recall(
                author, PERSONA, question, min_score=SURE_ENOUGH, limit=1
            )
        except NotFoundError:
            return "we have not met yet."
        return f'you said: "{found.hits[0].text}"' if found.hits else "I do not know."

    async def _session(self, author: str) -> Session:
        if author not in self._sessions:
            self._sessions[author] = await self._reverie.session(author, PERSONA).start()
        return self._sessions[author]
