"""What every RPC of the contract keeps to. A new RPC fails here until it has been thought of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
from pydantic import SecretStr

from reverie_server.bootstrap import Application
from tests.backends import settings_of
from tests.channels import connect
from tests.rpc.contract import RPCS, Refused, Rpc, ask
from tests.rpc.source_comments import rpc_comments
from tests.rpc.world import ROWS, World, valid_request

KEY = "a key that nobody else has"
EVERY_RPC = pytest.mark.parametrize("rpc", RPCS, ids=str)

STARTS_A_JOB = frozenset({"RetryJob", "Reindex", "Reconcile", "Compact", "Backup"})
"""Their effect on memory, if any, comes later; the answer names the job."""

WITHOUT_REQUEST_ID = {
    "OpenTimeline": "idempotent: an open timeline stays open",
    "CloseTimeline": "idempotent: a closed timeline stays closed",
    "GetOrCreateRelationship": "idempotent by its name",
    "RetryJob": "what waits already stays as it is",
    "Reindex": "one that is under way is joined",
    "Reconcile": "a second run finds nothing left to do",
    "Compact": "a second run finds nothing left to do",
}

ONE_PAGE = {
    "SearchEntries": "at most 200 hits of one session, told by `limit`",
}

ALSO_IN_PAGES = frozenset({"GetFactHistory"})
"""Lists by another name."""

ID_NUMBERS = {"user_id": 1, "persona_id": 2, "session_id": 3}


@EVERY_RPC
def test_has_a_row_in_the_table(rpc: Rpc) -> None:
    assert rpc.name in ROWS, "add a valid request to tests/rpc/world.py"


def test_no_row_is_left_over() -> None:
    assert set(ROWS) == {rpc.name for rpc in RPCS}
    assert len(ROWS) == len(RPCS), "names are unique across services"


@EVERY_RPC
def test_has_a_comment_that_names_its_errors(rpc: Rpc) -> None:
    assert len(rpc_comments()[rpc.path]) > 10


@EVERY_RPC
def test_is_named_after_itself(rpc: Rpc) -> None:
    assert rpc.request.DESCRIPTOR.full_name == f"reverie.v1.{rpc.name}Request"
    assert rpc.response.DESCRIPTOR.full_name == f"reverie.v1.{rpc.name}Response"


@EVERY_RPC
def test_ids_have_their_numbers(rpc: Rpc) -> None:
    for field in rpc.request.DESCRIPTOR.fields:
        if field.name in ID_NUMBERS:
            assert field.number == ID_NUMBERS[field.name], field.name
        else:
            assert field.number > 3 or field.name == "persona_ids", field.name


@EVERY_RPC
def test_what_has_no_revision_only_reads(rpc: Rpc) -> None:
    looks = rpc.name.startswith(("Get", "List", "Search", "Recall", "Compare", "Render", "Summ"))
    looks = looks or rpc.name.startswith(("Detect", "Compose", "Preview", "Export"))
    assert rpc.reads == (looks and rpc.name != "GetOrCreateRelationship")
    fields = rpc.response.DESCRIPTOR.fields_by_name
    if rpc.name in STARTS_A_JOB:
        assert "job" in fields
    elif not rpc.reads:
        assert "revision" in fields


@EVERY_RPC
def test_a_retry_is_harmless(rpc: Rpc) -> None:
    if rpc.reads:
        assert not rpc.has("request_id")
    else:
        assert rpc.has("request_id") == (rpc.name not in WITHOUT_REQUEST_ID)


@EVERY_RPC
def test_lists_and_searches_have_pages(rpc: Rpc) -> None:
    is_list = rpc.name.startswith(("List", "Search")) or rpc.name in ALSO_IN_PAGES
    if is_list and rpc.name not in ONE_PAGE:
        assert rpc.has("page_size")
        assert rpc.has("page_token")
        assert "next_page_token" in rpc.response.DESCRIPTOR.fields_by_name
    else:
        assert not rpc.has("page_token")


@EVERY_RPC
async def test_is_served(rpc: Rpc, world: World) -> None:
    outcome = await ask(world.channel, rpc, valid_request(rpc.name, world))
    assert not isinstance(outcome, Refused), outcome


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server with credentials."""
    folder: Path = tmp_path_factory.mktemp("guarded")
    settings = await settings_of(folder / "data", api_keys={"acme": SecretStr(KEY)})
    application = await Application.start(settings)
    async with grpc.aio.insecure_channel(application.address) as channel:
        yield channel
    await application.stop()


@EVERY_RPC
async def test_is_behind_authentication(rpc: Rpc, guarded: grpc.aio.Channel) -> None:
    bearer = ("authorization", f"Bearer {KEY}")
    for metadata in ((), (("authorization", "Bearer not the key"),), (("authorization", KEY),)):
        outcome = await ask(guarded, rpc, rpc.request(), metadata)
        assert isinstance(outcome, Refused)
        assert outcome.code is grpc.StatusCode.UNAUTHENTICATED
        assert (outcome.reason, outcome.domain) == ("CREDENTIALS_INVALID", "reverie")

    outcome = await ask(guarded, rpc, rpc.request(), (bearer, ("reverie-workspace", "acme")))
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.PERMISSION_DENIED
    assert outcome.reason == "WORKSPACE_FORBIDDEN"

    outcome = await ask(guarded, rpc, rpc.request(), (bearer,))
    assert not isinstance(outcome, Refused) or outcome.code not in {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    }


async def test_comparing_personas_needs_its_own_permission(guarded: grpc.aio.Channel) -> None:
    (rpc,) = (rpc for rpc in RPCS if rpc.name == "CompareAcrossPersonas")
    request = rpc.request(user_id="alice", persona_ids=["brad"], query="climbing")
    outcome = await ask(guarded, rpc, request, (("authorization", f"Bearer {KEY}"),))
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.PERMISSION_DENIED
    assert outcome.reason == "PERMISSION_MISSING"


async def test_an_unknown_method_is_told_so(own_server: Application, workspace: str) -> None:
    async with connect(own_server.address, workspace) as channel:
        unknown = Rpc("reverie.v1.UserService", "Nothing", RPCS[0].request, RPCS[0].response, True)
        outcome = await ask(channel, unknown, b"")
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.UNIMPLEMENTED
    assert (outcome.reason, outcome.domain) == ("METHOD_UNKNOWN", "reverie")
