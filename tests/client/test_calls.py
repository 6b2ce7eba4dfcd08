"""What every call of the client gets."""

from __future__ import annotations

import asyncio

import grpc
import pytest

import reverie as client
from reverie import Reverie
from reverie.v1.common_pb2 import TIER_SEMANTIC
from reverie.v1.persona_service_pb2 import CreatePersonaRequest, CreatePersonaResponse
from reverie.v1.recall_service_pb2 import RecallRequest, RecallResponse
from reverie.v1.semantic_memory_service_pb2 import PutDocumentRequest, PutDocumentResponse
from reverie.v1.user_service_pb2 import (
    CreateUserRequest,
    DeleteUserRequest,
    DeleteUserResponse,
    GetUserRequest,
    GetUserResponse,
    User,
)
from reverie.v1.working_memory_service_pb2 import (
    AppendEntriesRequest,
    AppendEntriesResponse,
    Entry,
)
from reverie_server.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ReverieError,
    Unavailable,
)
from tests.client.scripted_server import ScriptedServer
from tests.server_process import free_port

SHORT = 0.3
"""Seconds in which what must fail by its deadline fails."""


async def test_an_error_is_typed_and_says_where(reverie: Reverie) -> None:
    with pytest.raises(client.InvalidArgumentError) as failed:
        await reverie.users.CreateUser(CreateUserRequest(user_id=""))

    assert failed.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failed.value.reason == "FIELD_REQUIRED"
    assert [each.field for each in failed.value.fields] == ["user_id"]
    assert failed.value.fields[0].description
    assert failed.value.request_id


async def test_what_is_not_there_and_what_is_there_already(reverie: Reverie) -> None:
    with pytest.raises(client.NotFoundError) as missing:
        await reverie.users.GetUser(GetUserRequest(user_id="nobody"))
    await reverie.users.CreateUser(CreateUserRequest(user_id="alice"))
    with pytest.raises(client.AlreadyExistsError) as taken:
        await reverie.users.CreateUser(CreateUserRequest(user_id="alice"))

    assert missing.value.reason == "RESOURCE_NOT_FOUND"
    assert missing.value.metadata == {"resource": "user"}
    assert taken.value.reason == "RESOURCE_EXISTS"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidArgument.of("query", "is empty"), client.InvalidArgumentError),
        (FailedPrecondition("ended", reason="SESSION_ENDED"), client.FailedPreconditionError),
    ],
)
async def test_what_cannot_succeed_is_not_tried_again(
    scripted: ScriptedServer, error: ReverieError, kind: type[client.ReverieError]
) -> None:
    scripted.answers.append(error)

    async with Reverie(scripted.address) as reverie:
        with pytest.raises(kind):
            await reverie.users.GetUser(GetUserRequest(user_id="alice"))

    assert len(scripted.requests) == 1


async def test_an_incident_can_be_reported(scripted: ScriptedServer) -> None:
    scripted.answers.append("incident-7")

    async with Reverie(scripted.address) as reverie:
        with pytest.raises(client.InternalError) as failed:
            await reverie.users.GetUser(GetUserRequest(user_id="alice"))

    assert failed.value.incident_id == "incident-7"


async def test_unavailable_says_when_to_try_again(scripted: ScriptedServer) -> None:
    away = Unavailable("away", reason="STORAGE_UNAVAILABLE", retry_after_seconds=2.5)
    scripted.answers.extend([away] * 5)

    async with Reverie(scripted.address) as reverie:
        with pytest.raises(client.UnavailableError) as failed:
            await reverie.users.GetUser(GetUserRequest(user_id="alice"))

    assert failed.value.reason == "STORAGE_UNAVAILABLE"
    assert failed.value.retry_delay == 2.5
    assert len(scripted.requests) == 5


async def test_a_mutation_is_tried_again_with_the_same_request_id(
    scripted: ScriptedServer,
) -> None:
    scripted.answers.extend([Unavailable("away"), Unavailable("away")])
    scripted.answers.append(AppendEntriesResponse(entry_ids=["e1"], revision=3))
    request = AppendEntriesRequest(user_id="alice", persona_id="brad", session_id="s")

    async with Reverie(scripted.address) as reverie:
        response = await reverie.working.AppendEntries(request)

    sent = [AppendEntriesRequest.FromString(each) for each in scripted.requests]
    assert response.entry_ids == ["e1"]
    assert len(sent) == 3
    assert len({each.request_id for each in sent}) == 1
    assert sent[0].request_id
    assert not request.request_id, "the caller's message is the caller's"


async def test_two_calls_have_two_request_ids_and_a_given_one_stays(
    scripted: ScriptedServer,
) -> None:
    scripted.answers.extend([AppendEntriesResponse()] * 3)
    request = AppendEntriesRequest(user_id="alice", persona_id="brad", session_id="s")

    async with Reverie(scripted.address) as reverie:
        await reverie.working.AppendEntries(request)
        await reverie.working.AppendEntries(request)
        request.request_id = "mine"
        await reverie.working.AppendEntries(request)

    first, second, third = (AppendEntriesRequest.FromString(each) for each in scripted.requests)
    assert first.request_id != second.request_id
    assert third.request_id == "mine"


async def test_a_batch_of_two_megabytes_is_tried_again_too(scripted: ScriptedServer) -> None:
    scripted.answers.extend([Unavailable("away"), AppendEntriesResponse(revision=1)])
    entries = [Entry(content="x" * 32 * 1024)] * 64

    async with Reverie(scripted.address) as reverie:
        await reverie.working.AppendEntries(AppendEntriesRequest(entries=entries))

    assert len(scripted.requests) == 2
    assert len(scripted.requests[0]) > 2 * 1024 * 1024


async def test_every_call_has_a_deadline(scripted: ScriptedServer) -> None:
    scripted.answers.extend([GetUserResponse()] * 3)
    request = GetUserRequest(user_id="alice")

    async with Reverie(scripted.address) as reverie:
        await reverie.users.GetUser(request)
        await reverie.users.GetUser(request, timeout=50)
    async with Reverie(scripted.address, timeout=100) as reverie:
        await reverie.users.GetUser(request)

    default, named, of_client = scripted.seconds_left
    # gRPC rounds a deadline up on its way.
    assert 0 < default < 11 < named < 51 < of_client < 101


async def test_without_a_server_the_deadline_passes() -> None:
    address = f"127.0.0.1:{free_port()}"
    async with Reverie(address, timeout=SHORT) as reverie:
        with pytest.raises(
            client.DeadlineExceededError, match=f"{address} .* no connection"
        ) as failed:
            await reverie.users.CreateUser(CreateUserRequest(user_id="alice"))

    assert failed.value.request_id


async def test_a_server_that_comes_later_is_waited_for() -> None:
    peer = ScriptedServer()
    await peer.start()
    await peer.stop()
    peer.answers.append(GetUserResponse(user=User(user_id="alice")))

    async with Reverie(peer.address) as reverie:
        call = asyncio.create_task(reverie.users.GetUser(GetUserRequest(user_id="alice")))
        later = ScriptedServer(answers=peer.answers)
        await later.start(peer.address)
        response = await call
    await later.stop()

    assert response.user.user_id == "alice"


async def test_a_server_that_drains_is_left_alone_until_it_serves(
    scripted: ScriptedServer,
) -> None:
    await scripted.set_serving(False)
    request = GetUserRequest(user_id="alice")

    async with Reverie(scripted.address) as reverie:
        with pytest.raises(client.DeadlineExceededError):
            await reverie.users.GetUser(request, timeout=SHORT)
        assert scripted.requests == []

        scripted.answers.append(GetUserResponse())
        call = asyncio.create_task(reverie.users.GetUser(request))
        await scripted.set_serving(True)
        await call


async def test_credentials_and_workspace_travel_with_every_call(scripted: ScriptedServer) -> None:
    scripted.answers.extend([GetUserResponse()] * 2)
    request = GetUserRequest(user_id="alice")

    async with Reverie(scripted.address, api_key="a-key-of-sixteen") as reverie:
        await reverie.users.GetUser(request)
    async with Reverie(scripted.address, workspace="team") as reverie:
        await reverie.users.GetUser(request)

    with_key, with_workspace = scripted.metadata
    assert with_key["authorization"] == "Bearer a-key-of-sixteen"
    assert "reverie-workspace" not in with_key
    assert with_workspace["reverie-workspace"] == "team"
    assert "authorization" not in with_workspace


async def test_a_message_of_another_method_is_refused_before_it_is_sent(
    scripted: ScriptedServer,
) -> None:
    async with Reverie(scripted.address) as reverie:
        with pytest.raises(TypeError, match="GetUserRequest"):
            await reverie.users.GetUser(DeleteUserRequest(user_id="alice"))  # type: ignore[arg-type]

    assert scripted.requests == []


async def test_a_search_names_what_its_user_has_written(scripted: ScriptedServer) -> None:
    scripted.answers.extend(
        [
            AppendEntriesResponse(revision=7),
            RecallResponse(),
            RecallResponse(),
            RecallResponse(),
        ]
    )

    async with Reverie(scripted.address) as reverie:
        await reverie.working.AppendEntries(AppendEntriesRequest(user_id="alice"))
        await reverie.memories.Recall(RecallRequest(user_id="alice"))
        await reverie.memories.Recall(RecallRequest(user_id="bob"))
        await reverie.memories.Recall(RecallRequest(user_id="alice", min_revision=5))

    recalls = [RecallRequest.FromString(each).min_revision for each in scripted.requests[1:]]
    assert recalls == [7, 0, 5]


async def test_revisions_of_the_shared_part_are_not_a_users(scripted: ScriptedServer) -> None:
    scripted.answers.extend(
        [
            CreatePersonaResponse(revision=90),
            PutDocumentResponse(revision=91),
            RecallResponse(),
        ]
    )

    async with Reverie(scripted.address) as reverie:
        await reverie.personas.CreatePersona(CreatePersonaRequest(persona_id="brad"))
        await reverie.semantic.PutDocument(PutDocumentRequest(persona_id="brad"))
        await reverie.memories.Recall(RecallRequest(user_id="alice"))
        assert reverie.revisions.of("") == 91

    assert RecallRequest.FromString(scripted.requests[-1]).min_revision == 0


async def test_reading_moves_no_revision(scripted: ScriptedServer) -> None:
    scripted.answers.append(RecallResponse(revision=50))

    async with Reverie(scripted.address) as reverie:
        await reverie.memories.Recall(RecallRequest(user_id="alice"))
        assert reverie.revisions.of("alice") == 0


async def test_answers_out_of_order_do_not_take_a_revision_back(scripted: ScriptedServer) -> None:
    scripted.answers.extend([AppendEntriesResponse(revision=8), AppendEntriesResponse(revision=7)])

    async with Reverie(scripted.address) as reverie:
        await reverie.working.AppendEntries(AppendEntriesRequest(user_id="alice"))
        await reverie.working.AppendEntries(AppendEntriesRequest(user_id="alice"))
        assert reverie.revisions.of("alice") == 8


async def test_a_deleted_users_revision_is_forgotten(scripted: ScriptedServer) -> None:
    scripted.answers.extend([AppendEntriesResponse(revision=8), DeleteUserResponse(revision=9)])

    async with Reverie(scripted.address) as reverie:
        await reverie.working.AppendEntries(AppendEntriesRequest(user_id="alice"))
        await reverie.users.DeleteUser(DeleteUserRequest(user_id="alice"))
        assert reverie.revisions.of("alice") == 0


async def test_after_a_restore_the_lost_revision_is_forgotten_and_the_search_repeated(
    scripted: ScriptedServer,
) -> None:
    unknown = FailedPrecondition("never committed", reason="REVISION_UNKNOWN")
    scripted.answers.extend([AppendEntriesResponse(revision=8), unknown, RecallResponse()])

    async with Reverie(scripted.address) as reverie:
        await reverie.working.AppendEntries(AppendEntriesRequest(user_id="alice"))
        await reverie.memories.Recall(RecallRequest(user_id="alice", tiers=[TIER_SEMANTIC]))
        assert reverie.revisions.of("alice") == 0

    first, second = (RecallRequest.FromString(each) for each in scripted.requests[1:])
    assert (first.min_revision, second.min_revision) == (8, 0)
    assert second.tiers == [TIER_SEMANTIC]


async def test_a_revision_that_the_caller_named_is_the_callers(scripted: ScriptedServer) -> None:
    scripted.answers.append(FailedPrecondition("never committed", reason="REVISION_UNKNOWN"))

    async with Reverie(scripted.address) as reverie:
        with pytest.raises(client.FailedPreconditionError):
            await reverie.memories.Recall(RecallRequest(user_id="alice", min_revision=99))

    assert len(scripted.requests) == 1


async def test_the_repeated_search_fails_as_it_does(scripted: ScriptedServer) -> None:
    unknown = FailedPrecondition("never committed", reason="REVISION_UNKNOWN")
    scripted.answers.extend([AppendEntriesResponse(revision=8), unknown, NotFound.of("user", "a")])

    async with Reverie(scripted.address) as reverie:
        await reverie.working.AppendEntries(AppendEntriesRequest(user_id="alice"))
        with pytest.raises(client.NotFoundError):
            await reverie.memories.Recall(RecallRequest(user_id="alice"))
