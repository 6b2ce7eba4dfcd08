"""The identity services as callers meet them: over the wire, on a whole server."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import MessageToDict
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from reverie.v1 import (
    persona_service_pb2,
    persona_service_pb2_grpc,
    relationship_service_pb2,
    relationship_service_pb2_grpc,
    user_service_pb2,
    user_service_pb2_grpc,
)
from reverie_server.bootstrap import Application
from tests.channels import connect


@pytest.fixture
def users(channel: grpc.aio.Channel) -> Any:
    return user_service_pb2_grpc.UserServiceStub(channel)


@pytest.fixture
def personas(channel: grpc.aio.Channel) -> Any:
    return persona_service_pb2_grpc.PersonaServiceStub(channel)


@pytest.fixture
def relationships(channel: grpc.aio.Channel) -> Any:
    return relationship_service_pb2_grpc.RelationshipServiceStub(channel)


async def refusal(call: Awaitable[Any]) -> tuple[str, str]:
    """The status code and the reason with which a call is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    call_of: Any = refused.value  # it has what from_call reads, without being a Call
    status = rpc_status.from_call(call_of)
    assert status is not None
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return refused.value.code().name, info.reason
    raise AssertionError("a refusal without ErrorInfo")


ADA = user_service_pb2.User(
    display_name="Ada Lovelace",
    address_as="Ada",
    locale="en-GB",
    time_zone="Europe/London",
    preferences={"theme": "dark"},
)
BRAD = persona_service_pb2.Persona(
    display_name="Brad",
    description="A laid-back friend",
    voice="warm",
    created_by="system",
    is_public=True,
    core_prompt="You are Brad.",
    personality_traits={"humor_type": "dry"},
    behavioral_rules=["Never lecture.", "Ask back."],
    metadata={"team": "companions"},
)


def said(message: Any) -> dict[str, Any]:
    """A user or persona without what the server sets."""
    fields: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    for name in ("user_id", "persona_id", "create_time", "update_time", "revision", "etag"):
        fields.pop(name, None)
    return fields


async def test_the_life_of_a_user(users: Any) -> None:
    pb = user_service_pb2
    created = await users.CreateUser(pb.CreateUserRequest(user_id="ada", user=ADA))
    assert said(created.user) == said(ADA)
    assert (await users.GetUser(pb.GetUserRequest(user_id="ada"))).user == created.user

    updated = await users.UpdateUser(
        pb.UpdateUserRequest(
            user_id="ada",
            user=pb.User(address_as="Countess", etag=created.user.etag),
            update_mask=FieldMask(paths=["address_as", "preferences"]),
        )
    )
    expected = pb.User()
    expected.CopyFrom(ADA)
    expected.address_as = "Countess"
    expected.ClearField("preferences")
    assert said(updated.user) == said(expected)
    assert updated.revision == updated.user.revision > created.revision

    deleted = await users.DeleteUser(
        pb.DeleteUserRequest(user_id="ada", etag=updated.user.etag, request_id="d")
    )
    assert deleted.revision > updated.revision
    assert await refusal(users.GetUser(pb.GetUserRequest(user_id="ada"))) == (
        "NOT_FOUND",
        "RESOURCE_NOT_FOUND",
    )
    again = await users.DeleteUser(
        pb.DeleteUserRequest(user_id="ada", etag=updated.user.etag, request_id="d")
    )
    assert again == deleted
    reborn = await users.CreateUser(pb.CreateUserRequest(user_id="ada"))
    assert reborn.revision > deleted.revision


async def test_refusals_of_users(users: Any) -> None:
    pb = user_service_pb2
    created = await users.CreateUser(pb.CreateUserRequest(user_id="ada", request_id="c"))

    def update(*paths: str, **fields: Any) -> Awaitable[Any]:
        return users.UpdateUser(  # type: ignore[no-any-return]
            pb.UpdateUserRequest(
                user_id="ada", user=pb.User(**fields), update_mask=FieldMask(paths=paths)
            )
        )

    await update("locale", locale="de", etag=created.user.etag)

    assert await refusal(users.CreateUser(pb.CreateUserRequest(user_id="ada"))) == (
        "ALREADY_EXISTS",
        "RESOURCE_EXISTS",
    )
    assert await refusal(users.CreateUser(pb.CreateUserRequest(user_id="bob", request_id="c"))) == (
        "FAILED_PRECONDITION",
        "REQUEST_ID_REUSED",
    )
    assert await refusal(update("locale", locale="fr", etag=created.user.etag)) == (
        "ABORTED",
        "STALE_ETAG",
    )
    assert await refusal(update("locale", locale="fr", etag="mine")) == ("ABORTED", "STALE_ETAG")
    assert await refusal(update("locale", locale="en_GB")) == (
        "INVALID_ARGUMENT",
        "INVALID_FIELD",
    )
    assert await refusal(update("time_zone", time_zone="CET/Berlin")) == (
        "INVALID_ARGUMENT",
        "INVALID_FIELD",
    )
    assert await refusal(update("revision")) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert await refusal(update(locale="fr")) == ("INVALID_ARGUMENT", "FIELD_REQUIRED")
    assert (await users.GetUser(pb.GetUserRequest(user_id="ada"))).user.locale == "de"


async def test_users_come_in_pages_by_id(users: Any) -> None:
    pb = user_service_pb2
    ids = ["a", "a\u0301", "A", "zoë", "\u4e16", "\U0001f600", "with space", "-"]
    for user_id in ids:
        await users.CreateUser(pb.CreateUserRequest(user_id=user_id))

    listed: list[str] = []
    token = ""
    for size in (3, 1, 2, 5, 5):
        page = await users.ListUsers(pb.ListUsersRequest(page_size=size, page_token=token))
        listed += [user.user_id for user in page.users]
        token = page.next_page_token
        if not token:
            break

    assert listed == sorted(ids)
    assert not token


async def test_a_page_token_belongs_to_its_list_and_its_workspace(
    server: Application, users: Any, personas: Any
) -> None:
    for user_id in ("a", "b"):
        await users.CreateUser(user_service_pb2.CreateUserRequest(user_id=user_id))
    page = await users.ListUsers(user_service_pb2.ListUsersRequest(page_size=1))
    foreign = ("INVALID_ARGUMENT", "PAGE_TOKEN_INVALID")

    assert (
        await refusal(
            personas.ListPersonas(
                persona_service_pb2.ListPersonasRequest(page_token=page.next_page_token)
            )
        )
        == foreign
    )
    async with connect(server.address, "somebody-elses") as channel:
        theirs: Any = user_service_pb2_grpc.UserServiceStub(channel)
        assert (
            await refusal(
                theirs.ListUsers(user_service_pb2.ListUsersRequest(page_token=page.next_page_token))
            )
            == foreign
        )


async def test_the_life_of_a_persona(personas: Any, relationships: Any) -> None:
    pb = persona_service_pb2
    created = await personas.CreatePersona(
        pb.CreatePersonaRequest(persona_id="brad", persona=BRAD, request_id="c")
    )
    assert said(created.persona) == said(BRAD)
    again = await personas.CreatePersona(
        pb.CreatePersonaRequest(persona_id="brad", persona=BRAD, request_id="c")
    )
    assert again == created

    updated = await personas.UpdatePersona(
        pb.UpdatePersonaRequest(
            persona_id="brad",
            persona=pb.Persona(behavioral_rules=["Listen."], etag=created.persona.etag),
            update_mask=FieldMask(paths=["behavioral_rules", "voice"]),
        )
    )
    expected = pb.Persona()
    expected.CopyFrom(BRAD)
    expected.voice = ""
    expected.behavioral_rules[:] = ["Listen."]
    assert said(updated.persona) == said(expected)
    assert updated.revision > created.revision
    listed = await personas.ListPersonas(pb.ListPersonasRequest())
    assert list(listed.personas) == [updated.persona]

    await relationships.GetOrCreateRelationship(
        relationship_service_pb2.GetOrCreateRelationshipRequest(user_id="u", persona_id="brad")
    )
    assert await refusal(personas.DeletePersona(pb.DeletePersonaRequest(persona_id="brad"))) == (
        "FAILED_PRECONDITION",
        "WRONG_STATE",
    )
    deleted = await personas.DeletePersona(
        pb.DeletePersonaRequest(persona_id="brad", etag=updated.persona.etag, force=True)
    )
    assert deleted.revision > updated.revision
    assert await refusal(personas.GetPersona(pb.GetPersonaRequest(persona_id="brad"))) == (
        "NOT_FOUND",
        "RESOURCE_NOT_FOUND",
    )


async def test_the_start_of_a_relationship(relationships: Any, users: Any, personas: Any) -> None:
    pb = relationship_service_pb2
    request = pb.GetOrCreateRelationshipRequest(
        user_id="u",
        persona_id="p",
        custom_prompt="Call me Ada.",
        memory_config=pb.MemoryConfig(remember_past_conversations=False, auto_recall_depth=0),
    )

    first = await relationships.GetOrCreateRelationship(request)
    again = await relationships.GetOrCreateRelationship(
        pb.GetOrCreateRelationshipRequest(user_id="u", persona_id="p", relationship_type="family")
    )
    got = await relationships.GetRelationship(
        pb.GetRelationshipRequest(user_id="u", persona_id="p")
    )

    assert (first.created, again.created) == (True, False)
    assert first.relationship == again.relationship == got.relationship
    assert got.relationship.relationship_type == "friend"
    assert got.relationship.custom_prompt == "Call me Ada."
    assert got.relationship.memory_config == pb.MemoryConfig(
        remember_relationship_details=True,
        remember_past_conversations=False,
        remember_personal_facts=True,
        auto_recall_depth=0,
    )
    assert not got.relationship.HasField("last_call_time")
    user = await users.GetUser(user_service_pb2.GetUserRequest(user_id="u"))
    assert first.revision == again.revision == user.user.revision
    persona = await personas.GetPersona(persona_service_pb2.GetPersonaRequest(persona_id="p"))
    assert persona.persona.display_name == "p"


async def test_another_workspace_sees_nothing_of_it(
    server: Application, users: Any, relationships: Any
) -> None:
    pb = relationship_service_pb2
    await relationships.GetOrCreateRelationship(
        pb.GetOrCreateRelationshipRequest(user_id="u", persona_id="p")
    )
    nothing = ("NOT_FOUND", "RESOURCE_NOT_FOUND")

    async with connect(server.address, "somebody-elses") as channel:
        theirs: Any = relationship_service_pb2_grpc.RelationshipServiceStub(channel)
        their_users: Any = user_service_pb2_grpc.UserServiceStub(channel)
        their_personas: Any = persona_service_pb2_grpc.PersonaServiceStub(channel)
        for call in (
            theirs.GetRelationship(pb.GetRelationshipRequest(user_id="u", persona_id="p")),
            their_users.GetUser(user_service_pb2.GetUserRequest(user_id="u")),
            their_users.DeleteUser(user_service_pb2.DeleteUserRequest(user_id="u")),
            their_personas.GetPersona(persona_service_pb2.GetPersonaRequest(persona_id="p")),
            their_personas.DeletePersona(
                persona_service_pb2.DeletePersonaRequest(persona_id="p", force=True)
            ),
        ):
            assert await refusal(call) == nothing

    assert await relationships.GetRelationship(
        pb.GetRelationshipRequest(user_id="u", persona_id="p")
    )
