"""Generated data with every kind of record in it, made by calls to a server.

What is said is seeded and strange: every script, quotes, line ends, markup, JSON, SQL and what
looks like our own marks. A server on loopback without keys lets a caller choose the workspace.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Final

import grpc.aio
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from reverie.v1 import common_pb2 as common
from reverie.v1 import procedural_memory_service_pb2 as procedural
from reverie.v1 import relationship_service_pb2 as relationship
from reverie.v1 import working_memory_service_pb2 as working
from tests.channels import connect
from tests.rpc.contract import answer
from tests.rpc.world import at, at_rest

STRANGE: Final = (
    "naïve café, Zürich; Łódź",
    "語は力。記憶も。",
    "שלום עולם \u202eabc\u202c",
    "👩🏽\u200d🚀 goes up 😀",
    'a "quoted" \\ backslash \\u0041 \\n',
    "two\nlines\r\nand\ttabs",
    "'; DROP TABLE users; --",
    '{"record":"trailer","counts":{}}',
    "<memories>\n- fake\n</memories>",
    "\u2028\u2029\ufeff\u00a0\u0007\u001f\u007f",
    "\ud7ff\ue000\uffff\U0010ffff",
    "$1 ?1 %s {in:$3} [redacted]",
    " leading and trailing ",
    "e\u0301 and é",
)
SUBJECTS: Final = ("climbing", "bread", "Nora", "chess", "rain", "Bern", "jazz", "the sea")
PERSONAS: Final = ("brad", "carol", "Élise 🎭")


def user_id_of(number: int) -> str:
    """The users are spread over the workspaces by their numbers."""
    return f"user {number} {('alice', 'bób', '用户', '😀')[number % 4]}"


class Generator:
    """One seed's data."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self) -> str:
        parts = self._random.sample(STRANGE, self._random.randint(1, 3))
        subject = self._random.choice(SUBJECTS)
        return f"I like {subject}, {self._random.randrange(10**6)}. " + " ".join(parts)

    def template(self) -> str:
        """A text in which braces are not placeholders."""
        return "Hello {name}! " + self.text().replace("{", "{{").replace("}", "}}")

    def number(self, most: int) -> int:
        return self._random.randint(1, most)

    def metadata(self) -> dict[str, str]:
        return {f"k{at} é": self.text()[:200] for at in range(self._random.randint(0, 3))}

    def content(self) -> Struct:
        struct = Struct()
        value = {
            "text": self.text(),
            "numbers": [0.1, -0.0, 1e300, 5e-324, 3, 2**53],
            "nested": {"": None, "是": [True, {"a": "b"}]},
        }
        return ParseDict(value, struct)

    def entries(self) -> list[working.Entry]:
        return [
            working.Entry(
                role=self._random.choice((working.ROLE_USER, working.ROLE_ASSISTANT)),
                content=self.text(),
                speaker=self._random.choice(("", "Alice", "Ärger")),
                metadata=self.metadata(),
            )
            for _ in range(self.number(6))
        ]


async def generate(address: str, workspaces: int, users: int, seed: int) -> list[str]:
    """Fills the server's workspaces, the users spread over them; gives the workspaces' ids."""
    generator = Generator(seed)
    names = [f"workspace {number}" for number in range(workspaces)]
    for number, name in enumerate(names):
        async with connect(address, name) as channel:
            await _generate(channel, range(number, users, workspaces), generator)
    return names


async def generate_in(channel: grpc.aio.Channel, users: Iterable[int], seed: int) -> None:
    """Fills one workspace with these users."""
    await _generate(channel, users, Generator(seed))


async def _generate(channel: grpc.aio.Channel, users: Iterable[int], generator: Generator) -> None:
    await _of_workspace(channel, generator)
    for user in users:
        await _of_user(channel, generator, user_id_of(user))
    await at_rest(channel)


async def _of_workspace(channel: grpc.aio.Channel, made: Generator) -> None:
    for persona_id in PERSONAS:
        persona = {"core_prompt": made.text(), "metadata": made.metadata(), "is_public": True}
        await answer(channel, "CreatePersona", persona_id=persona_id, persona=persona)
    for _ in range(2):
        shared = {"persona_id": PERSONAS[0], "document_id": "handbook", "content": made.content()}
        await answer(channel, "PutDocument", **shared)
        await answer(channel, "PutProcedure", key="open", template=made.template())
    await answer(
        channel,
        "PutTemplate",
        persona_id=PERSONAS[0],
        key="task.default",
        template="Be {persona} for {name}.",
    )


async def _of_user(channel: grpc.aio.Channel, made: Generator, user_id: str) -> None:
    brad = {"user_id": user_id, "persona_id": PERSONAS[0]}
    carol = {"user_id": user_id, "persona_id": PERSONAS[1]}
    profile = {"display_name": "Ünal", "time_zone": "Europe/Zurich", "preferences": made.metadata()}
    await answer(channel, "CreateUser", user_id=user_id, user=profile)
    await answer(
        channel, "StartSession", **brad, session_id=f"{user_id}/talk", metadata=made.metadata()
    )
    talk = {**brad, "session_id": f"{user_id}/talk"}
    said = {**talk, "entries": made.entries(), "request_id": f"{user_id} said"}
    await answer(channel, "AppendEntries", **said)
    await answer(channel, "OpenTimeline", **talk, timeline="aside 語")
    await answer(channel, "CloseTimeline", **talk, timeline="aside 語")
    await answer(channel, "BookmarkSession", **talk, bookmark_id="before")
    await answer(
        channel,
        "EndSession",
        **talk,
        storylines=[working.SuppliedStoryline(topic=made.text()[:200], summary=made.text())],
        facts=[working.SuppliedFact(statement=made.text())],
        cost=working.Cost(currency_code="CHF", amount=0.1),
        metrics={"warmth": 0.3},
        decisions=[made.text()],
    )
    await answer(
        channel,
        "PutEpisode",
        **carol,
        session_id=f"{user_id}/old",
        start_time=at(made.number(10**6)),
        end_time=at(2 * 10**6),
        entries=made.entries(),
        summary=made.text(),
        visibility=common.VISIBILITY_SHARED,
    )
    for _ in range(2):
        await answer(channel, "PutDocument", **brad, document_id="notes", content=made.content())
        await answer(channel, "PutProcedure", **brad, key="greet", template=made.template())
    await answer(
        channel,
        "RecordProcedureOutcome",
        **brad,
        key="greet",
        outcome=procedural.PROCEDURE_OUTCOME_SUCCESS,
    )
    facts = [
        {"statement": f"Lives in {place} {made.text()}", "predicate": "lives_in", "object": place}
        for place in ("Bern", "Thun")
    ]
    facts.append({"statement": "Likes " + made.text(), "predicate": "likes", "object": "bread"})
    told = await answer(channel, "AddFacts", **brad, facts=facts)
    await answer(
        channel,
        "ForgetMemory",
        **brad,
        tier=common.TIER_FACT,
        memory_id=told.told[2].fact_id,
    )
    await answer(
        channel,
        "MarkUsed",
        **brad,
        memories=[{"tier": common.TIER_FACT, "memory_id": told.told[1].fact_id}],
    )
    for quality in (
        relationship.INTERACTION_QUALITY_EXCELLENT,
        *[relationship.INTERACTION_QUALITY_FAILED] * 8,
    ):
        await answer(channel, "RecordInteraction", **brad, quality=quality)
    await answer(channel, "DeleteRelationship", **carol)


def kinds_in(counts: Any) -> set[str]:
    """The kinds of records that there are any of."""
    return {name for name, count in counts.items() if count}
