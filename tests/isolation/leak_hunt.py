"""Looks for a memory that somebody can read who must not."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import grpc.aio

from tests.channels import connect
from tests.isolation.canaries import PERSONAS, USERS, Aviary, Canary, Place, fill
from tests.isolation.questions import Question
from tests.rpc.contract import READS, Outcome, Refused, Rpc, ask

NEVER_READ: Final = ("bookmark",)
"""What no read tells: only what RehydrateSession makes of it."""


WITHOUT_ID: Final = frozenset({"Recall", "ListJobs"})
"""For these an id is context, or a condition."""


class Leak(AssertionError):
    """A canary in an answer to somebody who may not see it."""


@dataclass(slots=True, repr=False)
class Hunt:
    """A filled server, and what was found out about it so far."""

    workspaces: tuple[str, ...]
    aviary: Aviary
    channels: dict[str, grpc.aio.Channel]
    query: str = "climbing"
    """What searches look for."""
    remembers_tokens: bool = True
    """Whether page tokens that anybody is given become ids that everybody tries."""
    seen: set[tuple[str, Place]] = field(default_factory=set)
    """Which canaries their readers have been told."""
    answered: set[str] = field(default_factory=set)
    """RPCs that gave an answer."""

    async def ask(self, question: Question) -> Outcome:
        """
        Raises:
            Leak: the answer, or the refusal, holds what this reader may not see.
        """
        outcome = await ask(
            self.channels[question.reader.workspace], question.rpc, question.request
        )
        told = told_by(outcome)
        if leaked := self.aviary.leaks(question.reader, told, question.request.SerializeToString()):
            raise Leak(f"{question!r} told {leaked[0]}")
        if not isinstance(outcome, Refused):
            self.answered.add(question.rpc.name)
            self._remember(question.reader, outcome, told)
        return outcome

    def _remember(self, reader: Place, outcome: Any, told: bytes) -> None:
        token = getattr(outcome, "next_page_token", "")
        if token and self.remembers_tokens:
            self.aviary.remember("page_token", token)
        self.seen.update(
            (canary.word, reader) for canary in self.aviary.canaries if canary.word.encode() in told
        )

    async def ask_everything(self, *, with_ids: bool = True) -> None:
        """Every list and every search, as every reader, page by page.

        Args:
            with_ids: also every read by id, with everybody's ids.

        Raises:
            Leak: as above.
        """
        places = itertools.product(self.workspaces, (*USERS, ""), PERSONAS)
        readers = [asyncio.create_task(self._ask_as(Place(*place), with_ids)) for place in places]
        try:
            await asyncio.gather(*readers)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _ask_as(self, reader: Place, with_ids: bool) -> None:
        for rpc in READS:
            await self._ask_all_pages(reader, rpc, self._each_id(rpc) if with_ids else [{}])

    async def _ask_all_pages(
        self, reader: Place, rpc: Rpc, each_id: Iterable[dict[str, Any]]
    ) -> None:
        fields: dict[str, Any] = {
            "user_id": reader.user,
            "persona_id": reader.persona,
            "query": self.query,
            "limit": 200,
        }
        if rpc.has("persona_ids"):
            fields |= {"persona_ids": [reader.persona], "limit": 50}
        base = {name: value for name, value in fields.items() if rpc.has(name)}
        for more in each_id:
            token = ""
            while True:
                paged = {"page_token": token, "page_size": 3} if rpc.has("page_token") else {}
                request = rpc.request(**base, **more, **paged)
                outcome: Any = await self.ask(Question(reader, rpc, request))
                token = getattr(outcome, "next_page_token", "")
                if not token:
                    break

    def _each_id(self, rpc: Rpc) -> list[dict[str, Any]]:
        """Every id, whoever's, where the RPC wants one."""
        versions = (0, 1) if rpc.has("version") else (None,)
        for name in (
            "episode_id",
            "session_id",
            "document_id",
            "fact_id",
            "entity_id",
            "key",
            "job_id",
        ):
            if rpc.has(name) and rpc.name not in WITHOUT_ID:
                return [
                    {name: each} if version is None else {name: each, "version": version}
                    for each in sorted(self.aviary.ids[name])
                    for version in versions
                ]
        return [{}]

    def unseen(self) -> list[Canary]:
        """Canaries that not even their own reader was ever told, where there is a read for it."""
        told = {word for word, _ in self.seen}
        return [
            canary
            for canary in self.aviary.canaries
            if canary.word not in told and not canary.word.endswith(NEVER_READ)
        ]


def told_by(outcome: Outcome) -> bytes:
    """All that a caller gets to see of an answer or a refusal."""
    if isinstance(outcome, Refused):
        return outcome.everything.encode()
    return outcome.SerializeToString()


@asynccontextmanager
async def hunting(address: str, workspaces: tuple[str, ...]) -> AsyncIterator[Hunt]:
    """Fills a server, and hunts there."""
    async with AsyncExitStack() as stack:
        channels = {
            workspace: await stack.enter_async_context(connect(address, workspace))
            for workspace in workspaces
        }
        aviary = await fill(channels.__getitem__, workspaces)
        yield Hunt(workspaces, aviary, channels)
