"""A page token is good for the next page of its own query, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from reverie_server.bootstrap import Application
from tests.channels import connect
from tests.rpc.contract import PAGED, Outcome, Refused, Rpc, ask
from tests.rpc.world import World, build_world, valid_request

EVERY_LIST = pytest.mark.parametrize("rpc", PAGED, ids=str)
NOT_THE_QUERY = frozenset({"page_size", "page_token", "min_revision"})


def is_refused(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and (
        outcome.code,
        outcome.reason,
        outcome.domain,
        outcome.fields,
    ) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID", "reverie", ("page_token",))


async def first_page(rpc: Rpc, world: World) -> tuple[Any, Any]:
    """A request for the second page, with the first page's answer."""
    request = valid_request(rpc.name, world)
    request.page_size = 1
    answer = await ask(world.channel, rpc, request)
    assert not isinstance(answer, Refused), answer
    assert answer.next_page_token, "the world has at least two of everything"  # type: ignore[attr-defined]
    request.page_token = answer.next_page_token  # type: ignore[attr-defined]
    return request, answer


def changed(request: Message, **fields: Any) -> Message:
    copy = type(request)()
    copy.CopyFrom(request)
    for name, value in fields.items():
        setattr(copy, name, value)
    return copy


def other_queries(request: Any) -> Iterator[tuple[str, Message]]:
    """The same page of another query: one field is another."""
    for field in request.DESCRIPTOR.fields:
        if field.name in NOT_THE_QUERY or field.message_type is not None:
            continue
        value = getattr(request, field.name)
        if field.is_repeated:
            other = changed(request)
            getattr(other, field.name).append(1)
        elif field.type == FieldDescriptor.TYPE_STRING:
            other = changed(request, **{field.name: value + "x"})
        elif field.type == FieldDescriptor.TYPE_BOOL:
            other = changed(request, **{field.name: not value})
        else:
            other = changed(request, **{field.name: 1})
        yield field.name, other


@EVERY_LIST
async def test_leads_to_the_next_page(rpc: Rpc, untouched: World) -> None:
    second, first = await first_page(rpc, untouched)
    answer = await ask(untouched.channel, rpc, second)
    assert not isinstance(answer, Refused), answer
    (items,) = (
        field.name
        for field in rpc.response.DESCRIPTOR.fields
        if field.is_repeated and field.message_type is not None
    )
    assert len(getattr(first, items)) == len(getattr(answer, items)) == 1
    assert getattr(first, items)[0] != getattr(answer, items)[0]
    # The size and what the reader has seen may change between pages.
    wider = changed(second, page_size=100)
    assert not isinstance(await ask(untouched.channel, rpc, wider), Refused)


@EVERY_LIST
async def test_is_refused_with_another_query(rpc: Rpc, untouched: World) -> None:
    request, _ = await first_page(rpc, untouched)
    accepted = []
    for name, other in other_queries(request):
        outcome = await ask(untouched.channel, rpc, other)
        unknown = isinstance(outcome, Refused) and outcome.code is grpc.StatusCode.NOT_FOUND
        if not (is_refused(outcome) or (name.endswith("_id") and unknown)):
            accepted.append(name)
    assert accepted == []


@EVERY_LIST
async def test_is_refused_when_it_is_not_what_was_given(rpc: Rpc, untouched: World) -> None:
    request, _ = await first_page(rpc, untouched)
    token: str = request.page_token
    forged = [
        token[:-1],
        token[:10],
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        ("A" if token[0] != "A" else "B") + token[1:],
        token + "AAAA",
        token[:8] + "\n" + token[8:],
        token + "=",
        token[4:],
        token.swapcase(),
        "x",
        "é",
        "=" * 20,
        "A" * 8_000,
    ]
    for each in forged:
        assert is_refused(await ask(untouched.channel, rpc, changed(request, page_token=each))), (
            each
        )


@EVERY_LIST
async def test_is_refused_by_every_other_list(rpc: Rpc, untouched: World) -> None:
    request, _ = await first_page(rpc, untouched)
    for other in PAGED:
        if other is not rpc:
            foreign = changed(valid_request(other.name, untouched), page_token=request.page_token)
            assert is_refused(await ask(untouched.channel, other, foreign)), other


async def test_is_refused_in_another_workspace(
    own_server: Application, untouched: World, workspace: str
) -> None:
    async with connect(own_server.address, f"{workspace}-other") as elsewhere:
        same = await build_world(elsewhere)
        for rpc in PAGED:
            request, _ = await first_page(rpc, untouched)
            assert is_refused(await ask(same.channel, rpc, request)), rpc
