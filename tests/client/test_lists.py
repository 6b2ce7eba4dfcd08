"""Lists as async iterators."""

from __future__ import annotations

from reverie import Reverie
from reverie.v1.semantic_memory_service_pb2 import PutDocumentRequest, SearchDocumentsRequest
from reverie.v1.user_service_pb2 import (
    CreateUserRequest,
    ListUsersRequest,
    ListUsersResponse,
    User,
)
from tests.client.scripted_server import ScriptedServer


async def test_all_items_come_in_order_page_by_page(reverie: Reverie) -> None:
    names = [f"user-{number}" for number in range(7)]
    for name in names:
        await reverie.users.CreateUser(CreateUserRequest(user_id=name))
    request = ListUsersRequest(page_size=3)

    listed = [user.user_id async for user in reverie.users.ListUsers.items(request)]
    pages = [len(page.users) async for page in reverie.users.ListUsers.pages(request)]

    assert listed == names
    assert pages == [3, 3, 1]
    assert request == ListUsersRequest(page_size=3), "the caller's message is the caller's"


async def test_a_page_is_fetched_when_it_is_needed(scripted: ScriptedServer) -> None:
    scripted.answers.append(
        ListUsersResponse(users=[User(user_id="a"), User(user_id="b")], next_page_token="more")
    )

    async with Reverie(scripted.address) as reverie:
        async for user in reverie.users.ListUsers.items(ListUsersRequest()):
            if user.user_id == "b":
                break

    assert len(scripted.requests) == 1


async def test_an_empty_page_is_not_the_end(scripted: ScriptedServer) -> None:
    scripted.answers.extend(
        [
            ListUsersResponse(next_page_token="more"),
            ListUsersResponse(users=[User(user_id="a")]),
        ]
    )

    async with Reverie(scripted.address) as reverie:
        found = [user.user_id async for user in reverie.users.ListUsers.items(ListUsersRequest())]

    assert found == ["a"]
    assert ListUsersRequest.FromString(scripted.requests[1]).page_token == "more"


async def test_a_write_between_two_pages_does_not_end_the_search(reverie: Reverie) -> None:
    async def put(number: int) -> None:
        request = PutDocumentRequest(user_id="alice", persona_id="brad", document_id=f"{number}")
        request.content.update({"note": f"climbing shoes, pair {number}"})
        await reverie.semantic.PutDocument(request)

    for number in range(5):
        await put(number)
    request = SearchDocumentsRequest(
        user_id="alice", persona_id="brad", query="climbing shoes", page_size=2
    )
    pages = reverie.semantic.SearchDocuments.pages(request)
    first = await anext(pages)
    await put(5)
    second = await anext(pages)

    assert len(first.hits) == len(second.hits) == 2
