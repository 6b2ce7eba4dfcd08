"""A request sent many times under one id has one effect and one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import grpc
import grpc.aio
import pytest

from reverie_server.bootstrap import Application
from reverie_server.tiers.working import entries as entries_module
from tests.channels import connect
from tests.rpc.contract import BY_NAME, REPEATABLE, Refused, Rpc, answer, ask
from tests.rpc.world import PAIR, SESSION, USER, World, at_rest, build_world, valid_request

DUPLICATES = 50
EVERY_REPEATABLE = pytest.mark.parametrize("rpc", REPEATABLE, ids=str)

OTHER_BODY: Mapping[str, Mapping[str, Any]] = {
    "StartSession": {"session_id": "another"},
    "AppendEntries": {"session_id": "idle"},
    "DeleteEntry": {"session_id": "idle"},
    "UpdateContext": {"session_id": "idle"},
    "BookmarkSession": {"bookmark_id": "another"},
    "EndSession": {"summary": "Something else."},
    "PutEpisode": {"summary": "Something else."},
    "UpdateEpisode": {"user_id": "bob"},
    "DeleteEpisode": {"etag": "1"},
    "RehydrateSession": {"summary_only": True},
    "PutDocument": {"document_id": "bread"},
    "DeleteDocument": {"document_id": "bread"},
    "AddFacts": {"session_id": "idle"},
    "ExtractFacts": {"session_id": "idle"},
    "RetractFact": {"etag": "1"},
    "RestoreFact": {"etag": "1"},
    "ConfirmFact": {"confidence": 0.5},
    "UpdateFact": {"user_id": "bob"},
    "PutProcedure": {"description": "Something else."},
    "DeleteProcedure": {"key": "part"},
    "RecordProcedureOutcome": {"outcome": 2},
    "PutTemplate": {"template": "Something else."},
    "MarkUsed": {"session_id": "idle"},
    "CreateUser": {"user_id": "another"},
    "UpdateUser": {"user_id": "bob"},
    "DeleteUser": {"user_id": "bob"},
    "CreatePersona": {"persona_id": "another"},
    "UpdatePersona": {"persona_id": "carol"},
    "DeletePersona": {"persona_id": "carol"},
    "UpdateRelationship": {"persona_id": "carol"},
    "DeleteRelationship": {"persona_id": "carol"},
    "RecordInteraction": {"persona_id": "carol"},
    "UpdateStoryline": {"persona_id": "carol"},
    "ForgetMemory": {"keep_source_text": True},
    "ImportUser": {"user_id": "another"},
    "Backup": {"name": "another"},
}
"""By RPC: what makes it another request."""


async def footprint(channel: grpc.aio.Channel) -> Any:
    """What calls leave behind, apart from ids and times."""
    counts = (await at_rest(channel)).counts
    procedure = await ask(channel, BY_NAME["GetProcedure"], _greeting())
    successes = None if isinstance(procedure, Refused) else procedure.procedure  # type: ignore[attr-defined]
    return (
        dict(counts),
        getattr(successes, "success_count", None),
        getattr(successes, "version", None),
    )


def _greeting() -> Any:
    return BY_NAME["GetProcedure"].request(**PAIR, key="greet")


async def many(world: World, rpc: Rpc) -> list[bytes]:
    """The same request from many callers at once; gives the answers' bytes."""
    request = valid_request(rpc.name, world)
    request.request_id = "once"
    outcomes = await asyncio.gather(*(ask(world.channel, rpc, request) for _ in range(DUPLICATES)))
    for outcome in outcomes:
        assert not isinstance(outcome, Refused), outcome
    return [outcome.SerializeToString(deterministic=True) for outcome in outcomes]  # type: ignore[union-attr]


@pytest.fixture
async def twin(own_server: Application, workspace: str) -> Any:
    """The same world again, elsewhere."""
    async with connect(own_server.address, f"{workspace}-twin") as channel:
        yield await build_world(channel)


@EVERY_REPEATABLE
async def test_many_at_once_are_one(rpc: Rpc, world: World, twin: World) -> None:
    answers = await many(world, rpc)
    assert len(set(answers)) == 1, "one answer"

    once = await ask(twin.channel, rpc, valid_request(rpc.name, twin))
    assert not isinstance(once, Refused)
    assert await footprint(world.channel) == await footprint(twin.channel), "one effect"


@EVERY_REPEATABLE
async def test_another_body_under_the_same_id_is_refused(rpc: Rpc, world: World) -> None:
    request = valid_request(rpc.name, world)
    request.request_id = "once"
    first = await ask(world.channel, rpc, request)
    assert not isinstance(first, Refused)
    before = await footprint(world.channel)

    other = type(request)()
    other.CopyFrom(request)
    for name, value in OTHER_BODY[rpc.name].items():
        setattr(other, name, value)
    assert other != request
    outcome = await ask(world.channel, rpc, other)
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.FAILED_PRECONDITION, outcome
    assert (outcome.reason, outcome.domain) == ("REQUEST_ID_REUSED", "reverie")
    assert await footprint(world.channel) == before

    again = await ask(world.channel, rpc, request)
    if isinstance(again, Refused):
        # What it made, or whom it was about, is gone; it is not done a second time.
        assert again.code is grpc.StatusCode.NOT_FOUND
    else:
        assert again == first


async def test_the_same_id_is_another_one_in_another_method(world: World) -> None:
    for name in ("StartSession", "PutDocument", "BookmarkSession"):
        request = valid_request(name, world)
        request.request_id = "once"
        assert not isinstance(await ask(world.channel, BY_NAME[name], request), Refused), name


async def test_the_same_id_is_another_one_in_another_workspace(world: World, twin: World) -> None:
    for each in (world, twin):
        request = valid_request("StartSession", each)
        request.request_id = "once"
        outcome = await ask(each.channel, BY_NAME["StartSession"], request)
        assert not isinstance(outcome, Refused)


async def test_what_failed_may_be_tried_again(world: World) -> None:
    rpc = BY_NAME["AppendEntries"]
    request = valid_request(rpc.name, world)
    request.session_id, request.request_id = "later", "once"
    outcome = await ask(world.channel, rpc, request)
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.NOT_FOUND
    await answer(world.channel, "StartSession", **PAIR, session_id="later")
    assert not isinstance(await ask(world.channel, rpc, request), Refused)


async def test_without_the_protection_duplicates_are_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unprotected(
        _tx: object, _request: object, _type: object, work: Callable[[], Awaitable[Any]]
    ) -> Any:
        return await work()

    monkeypatch.setattr(entries_module, "once", unprotected)
    answers = await many(world, BY_NAME["AppendEntries"])
    assert len(set(answers)) == DUPLICATES
    listed = await answer(world.channel, "ListEntries", **SESSION, page_size=1_000)
    assert len(listed.entries) == 3 * (DUPLICATES + 1)


async def test_a_deleted_user_is_not_deleted_again_when_created_anew(world: World) -> None:
    request = valid_request("DeleteUser", world)
    request.request_id = "once"
    rpc = BY_NAME["DeleteUser"]
    first = await ask(world.channel, rpc, request)
    assert not isinstance(first, Refused)
    await answer(world.channel, "CreateUser", user_id=USER)
    again = await ask(world.channel, rpc, request)
    assert isinstance(again, Refused) or again == first
    await answer(world.channel, "GetUser", user_id=USER)


async def test_a_retried_update_is_not_taken_for_a_stale_one(world: World) -> None:
    user = (await answer(world.channel, "GetUser", user_id=USER)).user
    request = valid_request("UpdateUser", world)
    request.user.etag, request.request_id = user.etag, "once"
    rpc = BY_NAME["UpdateUser"]

    assert await ask(world.channel, rpc, request) == await ask(world.channel, rpc, request)

    request.request_id = "another"
    late = await ask(world.channel, rpc, request)
    assert isinstance(late, Refused)
    assert late.reason == "STALE_ETAG"
