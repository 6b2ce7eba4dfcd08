"""A user who has told a persona a word that is to be forgotten, and everybody who looks for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc.aio
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from reverie.v1 import common_pb2 as common
from reverie.v1 import relationship_service_pb2 as relationship
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.storage.statements import parse
from tests.channels import connect
from tests.fresh_database import ManualClock
from tests.isolation.canaries import Aviary, Canary, Place
from tests.isolation.leak_hunt import Hunt, told_by
from tests.isolation.questions import Question
from tests.recall.house import House, open_house
from tests.rpc.contract import Outcome, answer

WORD: Final = "Xylophanstadt"
USER, PERSONA, OTHER = "alice", "brad", "carol"
PAIR: Final[dict[str, Any]] = {"user_id": USER, "persona_id": PERSONA}
WORKSPACE: Final = "w"
SAID: Final = f"I live in {WORD}."
MEANWHILE: Final = "I love rock climbing."


@dataclass(slots=True)
class Scene:
    """A whole server, and one workspace in it."""

    house: House
    channel: grpc.aio.Channel
    clock: ManualClock
    ids: Aviary = field(default_factory=Aviary)

    async def put(self, name: str, **fields: Any) -> Any:
        return await answer(self.channel, name, **fields)

    async def forget(self, memory: common.Memory, **more: Any) -> relationship.ForgetMemoryResponse:
        """Forgets what a list has shown."""
        self.clock.advance(60)
        fields = {**PAIR, "tier": memory.tier, "memory_id": memory.memory_id, **more}
        done: relationship.ForgetMemoryResponse = await self.put("ForgetMemory", **fields)
        self.clock.advance(60)
        return done

    async def listed(self, *tiers: int, **more: Any) -> list[common.Memory]:
        """All that the persona knows."""
        page = await self.put("ListMemories", **{**PAIR, "page_size": 1_000, **more}, tiers=tiers)
        return list(page.memories)

    async def the(self, tier: int, word: str = WORD, **more: Any) -> common.Memory:
        """The one memory of a tier that holds a word."""
        (found,) = [each for each in await self.listed(tier, **more) if word in each.text]
        return found

    async def call(
        self,
        session_id: str,
        *lines: str,
        persona: str = PERSONA,
        end: dict[str, Any] | None = None,
        **start: Any,
    ) -> list[str]:
        """A call that has ended, the user's lines and the persona's in turns; gives the ids."""
        session = {"user_id": USER, "persona_id": persona, "session_id": session_id}
        await self.put("StartSession", **session, **start)
        entries = [
            working.Entry(
                role=working.ROLE_ASSISTANT if number % 2 else working.ROLE_USER, content=line
            )
            for number, line in enumerate(lines)
        ]
        ids = list((await self.put("AppendEntries", **session, entries=entries)).entry_ids)
        self.clock.advance(60)
        await self.put("EndSession", **session, **(end or {}))
        await self.house.idle()
        return ids

    async def told_by_any_read(self, word: str = WORD) -> set[str]:
        """The reads that tell a word to anybody, asked with every id."""
        place = Place(WORKSPACE, USER, PERSONA)
        aviary = Aviary([Canary(word, place, private=False)], await self._ids())
        told: set[str] = set()
        for query in ("climbing", word):
            hunt = _Hunt((WORKSPACE,), aviary, {WORKSPACE: self.channel}, query=query)
            hunt.remembers_tokens = False
            await hunt.ask_everything()
            told |= hunt.telling
        return told

    async def _ids(self) -> dict[str, set[str]]:
        """Of everything that is there or was."""
        rows = await self.house.floors.database.fetch(_IDS)
        found: dict[str, set[str]] = {
            name: {"gone"}
            for name in ("episode_id", "session_id", "document_id", "fact_id", "key", "job_id")
        }
        found["entity_id"] = {"gone"}
        for row in rows:
            found[row["sort"]].add(row["id"])
        entities = await self.put("ListEntities", **PAIR)
        found["entity_id"] |= {each.entity_id for each in entities.entities}
        for name, known in self.ids.ids.items():
            found[name] |= known
        self.ids.ids = found
        return found

    async def stored_in(self, word: str = WORD) -> set[str]:
        """The tables that hold a word."""
        database = self.house.floors.database
        found: set[str] = set()
        for table in await database.fetch(_TABLES):
            for row in await database.fetch(
                parse(f"-- name: all\nSELECT * FROM {table['name']}", source="test")["all"]
            ):
                if any(holds(_bytes(value), word) for value in row.values()):
                    found.add(table["name"])
        return found

    async def compact(self) -> None:
        await self.house.idle()
        started = await self.put("Compact")
        await self.house.talk.job_done(started.job.job_id)


class _Hunt(Hunt):
    """Notes which reads tell the word."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.telling: set[str] = set()

    async def ask(self, question: Question) -> Outcome:
        outcome = await super().ask(question)
        told = told_by(outcome)
        if any(canary.word.encode() in told for canary in self.aviary.canaries):
            self.telling.add(question.rpc.name)
        return outcome


_TABLES = parse(
    "-- name: all\nSELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_stat1'",
    source="test",
    postgres="-- name: all\nSELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    " AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')",
)["all"]
_IDS = parse(
    """
    -- name: all
    SELECT 'episode_id' AS sort, episode_id AS id FROM episodes
    UNION ALL SELECT 'session_id', session_id FROM sessions
    UNION ALL SELECT 'document_id', document_id FROM documents
    UNION ALL SELECT 'fact_id', fact_id FROM facts
    UNION ALL SELECT 'key', key FROM procedures
    UNION ALL SELECT 'job_id', job_id FROM jobs
    """,
    source="test",
)["all"]


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def holds(content: bytes, word: str) -> bool:
    """Whether bytes hold a word in any letter case, as UTF-8, as UTF-16, or escaped as in JSON."""
    small = content.lower()
    plain = word.lower()
    escaped = json.dumps(plain)[1:-1]
    every = "".join(f"\\u{ord(letter):04x}" for letter in plain)
    return any(
        form.encode(encoding) in small
        for form, encoding in (
            (plain, "utf-8"),
            (plain, "utf-16-le"),
            (plain, "utf-16-be"),
            (escaped, "utf-8"),
            (every, "utf-8"),
        )
    )


def files_holding(folder: Path, word: str = WORD) -> list[str]:
    """The files of a folder that hold a word."""
    return [
        str(file.relative_to(folder))
        for file in sorted(folder.rglob("*"))
        if file.is_file() and holds(file.read_bytes(), word)
    ]


@asynccontextmanager
async def open_scene(folder: Path) -> AsyncIterator[Scene]:
    clock = ManualClock()
    async with open_house(folder, clock) as house, connect(house.address, WORKSPACE) as channel:
        yield Scene(house, channel, clock)


async def tell_everywhere(scene: Scene, **supplied: Any) -> None:
    """The word gets wherever it can get to: said, echoed, noted, summarised, supplied, kept for
    retries, learnt by another persona.

    Args:
        supplied: what else the application says of the call.
    """
    await scene.put("GetOrCreateRelationship", **PAIR)
    session = {**PAIR, "session_id": "call"}
    await scene.put("StartSession", **session, metadata={"city": WORD}, request_id="start")
    entries = [
        working.Entry(
            role=working.ROLE_USER,
            content=f"{SAID} {MEANWHILE}",
            metadata={"heard": f"she lives in {WORD}"},
        ),
        working.Entry(
            role=working.ROLE_ASSISTANT, content=f"{WORD}! How long have you been in {WORD}?"
        ),
        working.Entry(role=working.ROLE_USER, content="For ten years, near the old mill."),
    ]
    await scene.put("AppendEntries", **session, entries=entries, request_id="append")
    context = working.SessionContext(topic=f"Moving to {WORD}", values={"city": WORD})
    mask = FieldMask(paths=["topic", "values"])
    await scene.put(
        "UpdateContext", **session, context=context, update_mask=mask, request_id="context"
    )
    await scene.put("BookmarkSession", **session, bookmark_id="here", request_id="bookmark")
    scene.clock.advance(60)
    await scene.put(
        "EndSession",
        **session,
        outcome=f"She talked of {WORD}. All is well.",
        action_items=[f"Send a card to {WORD}", "Buy new climbing shoes"],
        storylines=[
            working.SuppliedStoryline(topic=f"Life in {WORD}", summary="It is quiet there."),
            working.SuppliedStoryline(
                topic="The old mill",
                summary=f"Alice lives in {WORD}. The mill is beside it.",
                follow_up=f"How is {WORD}?",
            ),
        ],
        request_id="end",
        **supplied,
    )
    await scene.house.idle()
    for number, summary_only in enumerate((True, False)):
        await scene.put(
            "RehydrateSession",
            **session,
            new_session_id=f"again-{number}",
            summary_only=summary_only,
        )
    await scene.call(
        "later", "I was at the wall on Sunday.", f"You live in {WORD}, do you not? Nice wall."
    )
    await scene.put(
        "AddFacts",
        **PAIR,
        facts=[{"statement": f"Lives in {WORD}.", "predicate": "lives_in", "object": WORD}],
        request_id="add",
    )
    await scene.put("GetOrCreateRelationship", user_id=USER, persona_id=OTHER)
    await scene.house.indexed()


def document(**content: Any) -> Struct:
    struct = Struct()
    struct.update(content)
    return struct
