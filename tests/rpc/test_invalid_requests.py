"""Whatever is wrong with a request to any RPC, the caller is told what, and nothing breaks."""

from __future__ import annotations

from typing import Any
from unittest import mock

import grpc
import grpc.aio
import pytest

from reverie.v1 import common_pb2, recall_service_pb2
from reverie_server.errors import InvalidArgument
from reverie_server.rpc import validation
from tests.rpc.contract import RPCS, Outcome, Refused, Rpc, ask
from tests.rpc.spoiled import Case, at_the_limit, spoiled
from tests.rpc.unknown_ids import CONDITIONS, CREATES, READS_WHAT_IS_SHARED, unknown_ids
from tests.rpc.world import World, valid_request

EVERY_RPC = pytest.mark.parametrize("rpc", RPCS, ids=str)
BROKEN = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})


def complaint(case: Case, outcome: Outcome) -> str:
    """What is wrong with the answer to a request that must be refused; empty: nothing."""
    if not isinstance(outcome, Refused):
        return f"{case.what}: was accepted"
    named = any(
        field == case.field or (case.field.endswith(("[", ".")) and field.startswith(case.field))
        for field in outcome.fields
    )
    if outcome.code is not grpc.StatusCode.INVALID_ARGUMENT or not named:
        return f"{case.what}: {outcome.code.name} {outcome.reason} {outcome.fields}"
    if outcome.domain != "reverie":
        return f"{case.what}: domain {outcome.domain!r}"
    # A message that is made to hold the field may lack others, which come first.
    if len(outcome.fields) == 1 and outcome.reason not in case.reasons:
        return f"{case.what}: {outcome.reason}"
    return ""


@EVERY_RPC
async def test_names_the_field_that_is_wrong(rpc: Rpc, untouched: World) -> None:
    valid = valid_request(rpc.name, untouched)
    complaints = [
        complaint(case, await ask(untouched.channel, rpc, case.request)) for case in spoiled(valid)
    ]
    assert [each for each in complaints if each] == []


@EVERY_RPC
async def test_what_is_just_allowed_breaks_nothing(rpc: Rpc, world: World) -> None:
    valid = valid_request(rpc.name, world)
    complaints = []
    for case in at_the_limit(valid):
        outcome = await ask(world.channel, rpc, case.request)
        if isinstance(outcome, Refused) and (
            outcome.code in BROKEN or "FIELD_TOO_LARGE" in outcome.reason
        ):
            complaints.append(f"{case.what}: {outcome}")
    assert complaints == []


@EVERY_RPC
async def test_what_is_not_there_is_not_found(rpc: Rpc, world: World) -> None:
    complaints = []
    for path, request in unknown_ids(valid_request(rpc.name, world)):
        outcome = await ask(world.channel, rpc, request)
        code = outcome.code if isinstance(outcome, Refused) else grpc.StatusCode.OK
        if code not in _expected(f"{rpc.name}.{path}"):
            complaints.append(f"{path}: {outcome}")
        elif isinstance(outcome, Refused):
            assert outcome.reason in {"RESOURCE_NOT_FOUND", "RESOURCE_EXISTS"}
    assert complaints == []


def _expected(field: str) -> frozenset[grpc.StatusCode]:
    if field in CREATES:
        # Unless the request's other ids are taken.
        return frozenset({grpc.StatusCode.OK, grpc.StatusCode.ALREADY_EXISTS})
    if field in READS_WHAT_IS_SHARED | CONDITIONS:
        return frozenset({grpc.StatusCode.OK})
    return frozenset({grpc.StatusCode.NOT_FOUND})


SEARCHES = [rpc for rpc in RPCS if rpc.has("query")]


@pytest.mark.parametrize("rpc", SEARCHES, ids=str)
@pytest.mark.parametrize("query", ["", " \t\n", "\u00a0\u2003"])
async def test_a_search_needs_something_to_look_for(rpc: Rpc, query: str, untouched: World) -> None:
    request = valid_request(rpc.name, untouched)
    request.query = query
    outcome = await ask(untouched.channel, rpc, request)
    assert isinstance(outcome, Refused)
    assert (outcome.code.name, outcome.reason) == ("INVALID_ARGUMENT", "FIELD_REQUIRED")
    assert outcome.fields == ("query",)


@pytest.mark.parametrize("rpc", [rpc for rpc in SEARCHES if rpc.has("vector")], ids=str)
@pytest.mark.parametrize("query", ["", "climbing"])
async def test_a_vector_is_refused_where_the_server_embeds_by_itself(
    rpc: Rpc, query: str, untouched: World
) -> None:
    request = valid_request(rpc.name, untouched)
    request.query = query
    request.vector.extend([0.5] * 256)
    outcome = await ask(untouched.channel, rpc, request)
    assert isinstance(outcome, Refused), "its vector was taken for nothing"
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.fields == (
        ("vector",) if query or rpc.name != "SearchProcedures" else ("query",)
    )


@pytest.mark.parametrize("query", ["🧗", "?!", "\u200b", "ä" * 4_096, "\x01\x02", "NaN", "%_'\"\\"])
@pytest.mark.parametrize("rpc", SEARCHES, ids=str)
async def test_a_search_takes_any_text(rpc: Rpc, query: str, untouched: World) -> None:
    request = valid_request(rpc.name, untouched)
    request.query = query
    outcome = await ask(untouched.channel, rpc, request)
    assert not isinstance(outcome, Refused), outcome
    assert "score: nan" not in str(outcome)


@pytest.mark.parametrize("rpc", [rpc for rpc in RPCS if rpc.has("min_revision")], ids=str)
async def test_a_revision_that_never_was_is_refused_at_once(rpc: Rpc, untouched: World) -> None:
    request = valid_request(rpc.name, untouched)
    request.min_revision = 2**62
    outcome = await ask(untouched.channel, rpc, request)
    assert isinstance(outcome, Refused)
    assert (outcome.code.name, outcome.reason) == ("FAILED_PRECONDITION", "REVISION_UNKNOWN")


def test_a_filter_of_very_many_conditions_is_refused_at_its_first_ones() -> None:
    request = recall_service_pb2.RecallRequest(user_id="u", persona_id="p", query="x")
    for _ in range(1_000):
        request.filter.any_of.filters.add().all_of.filters.extend([common_pb2.Filter()] * 100)
    visited = []
    check = validation._condition

    def counted(*args: Any) -> None:
        visited.append(args)
        check(*args)

    with mock.patch.object(validation, "_condition", counted), pytest.raises(InvalidArgument):
        validation.validate(request)

    assert len(visited) < 200
