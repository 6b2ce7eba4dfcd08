"""Whatever was changed in whatever order: a view that was there all along answers as a new one
does, and candidates from the index answer as everything does, of what they are.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import recall_service_pb2 as pb
from reverie.v1 import semantic_memory_service_pb2 as semantic
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.index.memory_index import Owner
from reverie_server.index.reconcile import Reconciler
from reverie_server.scope import Reader
from reverie_server.tiers.recall.columns import Condition
from reverie_server.tiers.recall.finder import Finder, Question
from tests.recall.house import House
from tests.recall.talk import PERSONA, USER, said

PAIR: dict[str, Any] = {"user_id": USER, "persona_id": PERSONA}
WORDS = (
    "harbour",
    "lighthouse",
    "ferry",
    "captain",
    "anchor",
    "storm",
    "rope",
    "sail",
    "island",
    "market",
    "baker",
    "bread",
    "oven",
    "violin",
    "concert",
    "stage",
    "garden",
    "tomato",
    "seed",
    "telescope",
    "comet",
    "planet",
    "bicycle",
    "wheel",
)
QUESTIONS = (
    "Which storm hit the harbour?",
    "What did you say of the violin concert?",
    "When did I see the comet last year?",
    "bread",
)


class Life:
    """What happens to one user's memory, drawn by lot."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self._house = house
        self._talk = house.talk
        self._chance = chance
        self._sessions: list[str] = []
        self._entries: list[tuple[str, str]] = []
        self._episodes: dict[str, str] = {}
        self._count = 0

    async def step(self) -> None:
        """Changes something."""
        steps: dict[Callable[[], Awaitable[None]], int] = {
            self._append: 8,
            self._start: 3,
            self._document: 3,
            self._end: 3,
            self._delete_entry: 2,
            self._visibility: 2,
            self._rehydrate: 1,
            self._delete_episode: 1,
            self._delete_document: 1,
            self._procedure: 1,
            self._use: 1,
        }
        (step,) = self._chance.choices(list(steps), list(steps.values()))
        await step()

    def _text(self) -> str:
        words = self._chance.choices(WORDS, k=self._chance.randint(1, 9))
        return " ".join(words) + self._chance.choice(["", ".", "?", " yesterday."])

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    async def _start(self) -> None:
        session_id = self._name("s")
        shared = self._chance.random() < 0.7
        await self._talk.start(
            session_id,
            visibility=common.VISIBILITY_SHARED if shared else common.VISIBILITY_PRIVATE,
        )
        self._sessions.append(session_id)

    async def _append(self) -> None:
        if not self._sessions:
            return await self._start()
        session_id = self._chance.choice(self._sessions)
        answer = await self._talk.append(
            [
                said(
                    self._text(),
                    role=self._chance.choice([working.ROLE_USER, working.ROLE_ASSISTANT]),
                    timeline=self._chance.choice(["", "aside"]),
                )
                for _ in range(self._chance.randint(1, 4))
            ],
            session_id,
        )
        self._entries += [(session_id, each) for each in answer.entry_ids]
        return None

    async def _end(self) -> None:
        if self._sessions:
            session_id = self._sessions.pop(self._chance.randrange(len(self._sessions)))
            flush = self._chance.random() < 0.7
            summary = self._text() if self._chance.random() < 0.5 else None
            ended = await self._talk.end(session_id, flush=flush, summary=summary)
            if flush:
                self._episodes[session_id] = ended.episode_id

    async def _delete_entry(self) -> None:
        if self._entries:
            session_id, entry_id = self._entries.pop(self._chance.randrange(len(self._entries)))
            await self._talk.working.DeleteEntry(
                working.DeleteEntryRequest(**PAIR, session_id=session_id, entry_id=entry_id)
            )

    async def _visibility(self) -> None:
        if self._episodes:
            await self._talk.set_visibility(
                self._chance.choice(list(self._episodes.values())),
                self._chance.choice([common.VISIBILITY_SHARED, common.VISIBILITY_PRIVATE]),
            )

    async def _rehydrate(self) -> None:
        if self._episodes:
            session_id = self._name("r")
            await self._talk.episodic.RehydrateSession(
                episodic.RehydrateSessionRequest(
                    **PAIR,
                    session_id=self._chance.choice(list(self._episodes)),
                    new_session_id=session_id,
                )
            )
            self._sessions.append(session_id)

    async def _delete_episode(self) -> None:
        if self._episodes:
            session_id = self._chance.choice(list(self._episodes))
            await self._talk.episodic.DeleteEpisode(
                episodic.DeleteEpisodeRequest(**PAIR, episode_id=self._episodes.pop(session_id))
            )
            self._entries = [each for each in self._entries if each[0] != session_id]

    async def _document(self) -> None:
        await self._talk.document(
            f"d{self._chance.randrange(4)}",
            {"text": self._text()},
            user=self._chance.choice([USER, USER, ""]),
            visibility=self._chance.choice([common.VISIBILITY_SHARED, common.VISIBILITY_PRIVATE]),
        )

    async def _delete_document(self) -> None:
        listed = await self._talk.semantic.ListDocuments(semantic.ListDocumentsRequest(**PAIR))
        if listed.documents:
            document_id = self._chance.choice(listed.documents).document_id
            await self._talk.semantic.DeleteDocument(
                semantic.DeleteDocumentRequest(**PAIR, document_id=document_id)
            )

    async def _procedure(self) -> None:
        await self._talk.procedure(
            f"p{self._chance.randrange(3)}", self._text(), user=USER, persona=PERSONA
        )

    async def _use(self) -> None:
        hits = (await self._talk.recall(self._text())).hits
        if hits:
            hit = self._chance.choice(hits)
            reference = pb.MemoryReference(tier=hit.tier, memory_id=hit.memory_id)
            await self._talk.memories.MarkUsed(pb.MarkUsedRequest(**PAIR, memories=[reference]))


async def answer(finder: Finder, reader: Reader, text: str, **more: object) -> dict[object, float]:
    """Scores by memory, of everything that fits at all."""
    question = Question(text, 10_000, **more)  # type: ignore[arg-type]
    return {each.key: each.score for each in (await finder.find(reader, question)).found}


@pytest.mark.parametrize("seed", range(6))
async def test_a_life(house: House, seed: int) -> None:
    chance = random.Random(seed)
    await house.talk.start("e", persona="elena")
    await house.talk.start("first")
    life = Life(house, chance)
    readers = [
        house.reader,
        Reader(house.workspace, USER, "elena"),
        house.reader.shared_part(),
    ]
    warm, choosing = house.finder(), house.finder(scored_whole=0)
    active_only = Condition(ended_entries=False)
    for _ in range(12):
        for _ in range(chance.randint(1, 4)):
            await life.step()
        await house.idle()
        if chance.random() < 0.5:
            await house.indexed()
        text = chance.choice(QUESTIONS)
        for reader in readers:
            fresh = await answer(house.finder(), reader, text)
            assert await answer(warm, reader, text) == pytest.approx(fresh, abs=1e-5)
            chosen = await answer(choosing, reader, text)
            assert chosen == pytest.approx({key: fresh[key] for key in chosen}, abs=1e-5)
            assert await answer(
                warm, reader, text, condition=active_only, whole=True
            ) == pytest.approx(
                await answer(house.finder(), reader, text, condition=active_only, whole=True),
                abs=1e-5,
            )
    await house.indexed()
    floors = house.floors
    reconciler = Reconciler(floors.database, floors.index, floors.indexer, floors.clock)
    for user in (USER, ""):
        differences = await reconciler.compare(Owner(house.workspace, user))
        assert (differences.missing, differences.stale, differences.extra) == ([], [], [])
