"""Forgetting one memory leaves every other one as it was, whoever's it is."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import grpc.aio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as fact
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.storage.database import Row
from reverie_server.storage.statements import parse
from tests.channels import connect
from tests.forgetting.scene import document
from tests.recall.house import House, open_house
from tests.rpc.contract import answer
from tests.rpc.world import at_rest

USERS: Final = ("alice", "bob")
PERSONAS: Final = ("brad", "carol")
PAIRS: Final = tuple(itertools.product(USERS, PERSONAS))
THINGS: Final = ("chess", "the old mill")
"""What everybody talks of, so that memories share words without saying the same."""
HOLDING_TEXT: Final = (
    "entries",
    "episodes",
    "sessions",
    "bookmarks",
    "facts",
    "fact_versions",
    "documents",
    "document_versions",
    "procedures",
    "procedure_versions",
    "storylines",
    "relationships",
    "relationship_scores",
    "users",
)
COUNTERS: Final = frozenset({"revision", "removal_revision", "version", "update_time"})
numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Telling:
    """Something that is told of a user to a persona, with a word that nothing else has."""

    pair: tuple[str, str]
    way: str
    thing: str
    private: bool


WAYS: Final = ("said", "noted", "fact", "document", "procedure", "storyline")
TELLINGS = st.lists(
    st.builds(
        Telling,
        st.sampled_from(PAIRS),
        st.sampled_from(WAYS),
        st.sampled_from(THINGS),
        st.booleans(),
    ),
    min_size=6,
    max_size=12,
)


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("forgetting")
    async with open_house(folder / "data") as house:
        yield house


async def tell(channel: grpc.aio.Channel, telling: Telling, word: str) -> None:
    user, persona = telling.pair
    pair: dict[str, Any] = {"user_id": user, "persona_id": persona}
    visibility = common.VISIBILITY_PRIVATE if telling.private else common.VISIBILITY_SHARED
    text = f"I like {telling.thing} with {word}."
    match telling.way:
        case "fact":
            new = fact.NewFact(
                statement=f"Likes {telling.thing} with {word}.",
                predicate="likes",
                object=f"{telling.thing} with {word}",
                visibility=visibility,
            )
            await answer(channel, "AddFacts", **pair, facts=[new])
        case "document":
            content = document(likes=text)
            await answer(
                channel, "PutDocument", **pair, document_id=word, content=content,
                visibility=visibility,
            )  # fmt: skip
        case "procedure":
            await answer(channel, "PutProcedure", **pair, key=word, template=text)
        case _:
            session = {**pair, "session_id": f"talk-{word}"}
            await answer(channel, "StartSession", **session, visibility=visibility)
            entries = [
                working.Entry(role=working.ROLE_USER, content=f"{text} Good day to you."),
                working.Entry(role=working.ROLE_ASSISTANT, content=f"{telling.thing}, how nice."),
            ]
            await answer(channel, "AppendEntries", **session, entries=entries)
            if telling.way == "noted":
                return
            storyline = working.SuppliedStoryline(topic=f"{telling.thing} with {word}")
            told = [storyline] if telling.way == "storyline" else []
            await answer(channel, "EndSession", **session, storylines=told)


async def contents(house: House, workspace: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """Every row that holds text, by what names it, without what only counts changes."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for table in HOLDING_TEXT:
        statement = parse(
            f"-- name: all\nSELECT * FROM {table} WHERE workspace_id = $1",
            source="test",
        )["all"]
        for row in await house.floors.database.fetch(statement, workspace):
            found[_name(table, row)] = {k: v for k, v in row.items() if k not in COUNTERS}
    return found


def _name(table: str, row: Row) -> tuple[str, ...]:
    ids = sorted(
        f"{name}={value}"
        for name, value in row.items()
        if name.endswith("_id") or name in {"version", "key", "position"}
    )
    return (table, *ids) if table.endswith("_versions") else (
        table, *(each for each in ids if not each.startswith("version"))
    )  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@settings(
    derandomize=True,
    database=None,
    max_examples=6,
    suppress_health_check=list(HealthCheck),
)
@given(tellings=TELLINGS, data=st.data())
async def test_what_does_not_quote_it_stays_as_it_was(
    house: House, way: str, tellings: list[Telling], data: st.DataObject
) -> None:
    tellings = [replace(tellings[0], way=way), *tellings[1:]]
    workspace = f"w{next(numbers)}"
    async with connect(house.address, workspace) as channel:
        for user, persona in PAIRS:
            await answer(channel, "GetOrCreateRelationship", user_id=user, persona_id=persona)
        words = [f"canary{number:02d}x" for number in range(len(tellings))]
        for telling, word in zip(tellings, words, strict=True):
            await tell(channel, telling, word)
        await at_rest(channel)
        user, persona = tellings[0].pair
        pair = {"user_id": user, "persona_id": persona}
        word = words[0]
        listed = (await answer(channel, "ListMemories", **pair, page_size=1_000)).memories
        memory = data.draw(st.sampled_from([each for each in listed if word in each.text]))
        before = await contents(house, workspace)

        forgotten = await answer(
            channel, "ForgetMemory", **pair, tier=memory.tier, memory_id=memory.memory_id
        )
        await at_rest(channel)

        after = await contents(house, workspace)
        touched = f"talk-{word}"
        changed = [name for name in before | after if before.get(name) != after.get(name)]
        for name in changed:
            row = before.get(name) or after[name]
            texts = [str(value) for value in row.values()]
            assert any(word in text or touched in text for text in texts), name
            assert row["user_id"] == user, name
            if row.get("visibility") == common.VISIBILITY_PRIVATE:
                assert row["persona_id"] == persona, name
        assert not any(
            word in text.text
            for text in (await answer(channel, "ListMemories", **pair, page_size=1_000)).memories
            if text.tier == memory.tier
        )
        removed = {each for tier in forgotten.memories for each in tier.removed_ids}
        assert memory.memory_id in removed
