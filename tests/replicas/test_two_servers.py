"""What is done through one server counts at the other at once, whatever either keeps in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import grpc
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.bootstrap import Application
from reverie_server.scope import SharingMode
from tests.channels import connect
from tests.postgres_databases import PostgresDatabases
from tests.replicas.fleet import Stores
from tests.rpc.contract import BY_NAME, Refused, answer, ask
from tests.rpc.world import at_rest, indexed

PAIR = {"user_id": "alice", "persona_id": "brad"}
TALK = {**PAIR, "session_id": "talk"}


@pytest.fixture(scope="module")
async def stores(postgres_databases: PostgresDatabases, qdrant_url: str) -> Stores:
    return await Stores.make(postgres_databases, qdrant_url)


@pytest.fixture(scope="module")
async def servers(stores: Stores) -> AsyncIterator[tuple[Application, Application]]:
    both = (
        await Application.start(stores.settings()),
        await Application.start(stores.settings()),
    )
    yield both
    for each in both:
        await each.stop()


@dataclass(frozen=True, slots=True)
class Pair:
    """A workspace as seen through each of the servers."""

    a: grpc.aio.Channel
    b: grpc.aio.Channel
    workspace: str


@pytest.fixture
async def pair(servers: tuple[Application, Application], workspace: str) -> AsyncIterator[Pair]:
    first, second = (connect(each.address, workspace) for each in servers)
    async with first as a, second as b:
        await answer(a, "StartSession", **TALK)
        yield Pair(a, b, workspace)


def said(*texts: str) -> list[working.Entry]:
    return [working.Entry(role=working.ROLE_USER, content=text) for text in texts]


async def recalled(channel: grpc.aio.Channel, query: str, **more: Any) -> list[str]:
    fields: dict[str, Any] = {**PAIR, "query": query, **more}
    return [hit.text for hit in (await answer(channel, "Recall", **fields)).hits]


async def test_a_personas_text_is_in_the_next_prompt(pair: Pair) -> None:
    for text in ("You are calm.", "You are loud."):
        await answer(
            pair.a,
            "UpdatePersona",
            persona_id="brad",
            persona={"core_prompt": text},
            update_mask=FieldMask(paths=["core_prompt"]),
        )
        assert text in (await answer(pair.b, "ComposePrompt", **PAIR)).prompt


async def test_a_template_is_in_the_next_prompt(pair: Pair) -> None:
    before = (await answer(pair.b, "ComposePrompt", **PAIR)).prompt
    assert (await answer(pair.b, "ComposePrompt", **PAIR)).prompt == before
    await answer(
        pair.a,
        "UpdateRelationship",
        **PAIR,
        relationship={"custom_prompt": "You share a boat."},
        update_mask=FieldMask(paths=["custom_prompt"]),
    )
    assert "You share a boat." in (await answer(pair.b, "ComposePrompt", **PAIR)).prompt


async def test_what_is_said_and_deleted_is_in_the_next_recall(pair: Pair) -> None:
    first = "I climb the north wall on Mondays."
    added = await answer(pair.a, "AppendEntries", **TALK, entries=said(first))
    assert await recalled(pair.b, "climbing", min_revision=added.revision) == [first]
    second = "I climb no more."
    await answer(pair.a, "AppendEntries", **TALK, entries=said(second))
    assert set(await recalled(pair.b, "climbing")) == {first, second}
    await answer(pair.a, "DeleteEntry", **TALK, entry_id=added.entry_ids[0])
    assert await recalled(pair.b, "climbing") == [second]


async def test_a_sharing_mode_counts_for_the_next_reader(pair: Pair, stores: Stores) -> None:
    await answer(pair.a, "AppendEntries", **TALK, entries=said("I climb."))
    await answer(pair.a, "GetOrCreateRelationship", user_id="alice", persona_id="carol")
    assert await recalled(pair.b, "climbing", persona_id="carol") == ["I climb."]
    connection = await asyncpg.connect(stores.database.url)
    async with connection.transaction():
        await connection.execute("SET LOCAL reverie.everything = 'on'")
        await connection.execute(
            "UPDATE workspaces SET sharing_mode = $2 WHERE workspace_id = $1",
            pair.workspace,
            int(SharingMode.PERSONA_SCOPED),
        )
    await connection.close()
    for channel in (pair.a, pair.b):
        assert await recalled(channel, "climbing", persona_id="carol") == []


async def test_what_a_relationship_forbids_to_recall_is_not_in_the_next_one(pair: Pair) -> None:
    await answer(
        pair.a,
        "AddFacts",
        **PAIR,
        facts=[{"statement": "Alice lives in Bern", "predicate": "lives_in", "object": "Bern"}],
    )
    assert await recalled(pair.b, "Bern") == ["Alice lives in Bern"]
    await answer(
        pair.a,
        "UpdateRelationship",
        **PAIR,
        relationship={"memory_config": {"remember_personal_facts": False}},
        update_mask=FieldMask(paths=["memory_config.remember_personal_facts"]),
    )
    assert await recalled(pair.b, "Bern") == []


async def test_a_request_that_is_sent_to_both_has_one_effect(pair: Pair) -> None:
    request = {**TALK, "entries": said("Once."), "request_id": "once"}
    first = await answer(pair.a, "AppendEntries", **request)
    again = await answer(pair.b, "AppendEntries", **request)
    assert (again.entry_ids, again.revision) == (first.entry_ids, first.revision)
    for number in range(5):
        both = {**TALK, "entries": said("At once."), "request_id": f"both {number}"}
        one, other = await asyncio.gather(
            *(answer(each, "AppendEntries", **both) for each in (pair.a, pair.b))
        )
        assert one.entry_ids == other.entry_ids
    listed = await answer(pair.b, "ListEntries", **TALK)
    assert len(listed.entries) == 6


async def test_pages_go_on_at_the_other(pair: Pair) -> None:
    texts = [f"Number {number}." for number in range(5)]
    await answer(pair.a, "AppendEntries", **TALK, entries=said(*texts))
    found: list[str] = []
    token = ""
    for channel in (pair.a, pair.b, pair.a):
        page = await answer(channel, "ListEntries", **TALK, page_size=2, page_token=token)
        found += [each.content for each in page.entries]
        token = page.next_page_token
    assert (found, token) == (texts, "")


async def test_an_etag_of_one_is_good_at_the_other_until_it_is_stale(pair: Pair) -> None:
    update = BY_NAME["UpdateUser"]
    etag = (await answer(pair.a, "GetUser", user_id="alice")).user.etag
    request = update.request(
        user_id="alice",
        user={"display_name": "Alice", "etag": etag},
        update_mask=FieldMask(paths=["display_name"]),
    )
    assert not isinstance(await ask(pair.b, update, request), Refused)
    stale = await ask(pair.a, update, request)
    assert isinstance(stale, Refused)
    assert stale.code is grpc.StatusCode.ABORTED


async def test_the_index_has_what_both_have_written(pair: Pair) -> None:
    """Each owner's changes are one server's to apply, wherever they were made."""
    users = [f"user {number}" for number in range(12)]
    for number, user in enumerate(users):
        channel = (pair.a, pair.b)[number % 2]
        session = {"user_id": user, "persona_id": "brad", "session_id": f"of {user}"}
        await answer(channel, "StartSession", **session)
        await answer(channel, "AppendEntries", **session, entries=said(f"I am {user}."))
    await indexed(pair.b)
    job = (await answer(pair.a, "Reconcile")).job
    await at_rest(pair.b)
    done = (await answer(pair.b, "GetJob", job_id=job.job_id)).job
    assert done.result["compared"] == len(users)
    assert done.result["missing"] + done.result["stale"] + done.result["extra"] == 0
