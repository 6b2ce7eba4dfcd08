"""Users over a real database."""

from __future__ import annotations

import uuid
from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.errors import Aborted, AlreadyExists, FailedPrecondition, NotFound
from reverie_server.identity.users.model import Profile, User
from reverie_server.identity.users.service import PROFILE_FIELDS
from reverie_server.paging import PageRequest
from reverie_server.storage import revision
from tests.identity.conftest import RequestOf, Rooms
from tests.identity.strategies import ids, look_alikes, profiles

ADA = Profile(
    display_name="Ada Lovelace",
    address_as="Ada",
    locale="en-GB",
    time_zone="Europe/London",
    preferences={"theme": "dark"},
)

in_fresh_workspaces = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""The database is made once for all examples; each has a workspace of its own."""


def fresh_workspace() -> str:
    return uuid.uuid4().hex


async def create(rooms: Rooms, user_id: str = "u", workspace_id: str = "w") -> User:
    return (await rooms.users.create(workspace_id, user_id, ADA, None)).user


def test_every_field_of_a_profile_can_be_updated() -> None:
    assert {field.name for field in fields(Profile)} == PROFILE_FIELDS


async def test_a_created_user_is_what_was_said(rooms: Rooms) -> None:
    change = await rooms.users.create("w", "u", ADA, None)

    assert change.user.user_id == "u"
    assert change.user.profile == ADA
    assert change.user.create_time == change.user.update_time
    assert change.revision == change.user.revision > 0
    assert await rooms.users.get("w", "u") == change.user


async def test_an_id_is_taken_once_in_a_workspace(rooms: Rooms) -> None:
    first = await create(rooms)

    with pytest.raises(AlreadyExists):
        await rooms.users.create("w", "u", Profile(), None)

    assert await rooms.users.get("w", "u") == first


async def test_another_workspace_has_users_of_its_own(rooms: Rooms) -> None:
    await create(rooms, "u", "w")

    with pytest.raises(NotFound):
        await rooms.users.get("other", "u")
    with pytest.raises(NotFound):
        await rooms.users.update("other", "u", ADA, {"locale"}, None, None)
    with pytest.raises(NotFound):
        await rooms.users.delete("other", "u", None, None)
    assert (await rooms.users.list("other", PageRequest(10))).items == ()

    await rooms.users.create("other", "u", Profile(display_name="Somebody else"), None)
    await rooms.users.delete("other", "u", None, None)
    assert (await rooms.users.get("w", "u")).profile == ADA


@in_fresh_workspaces
@given(user_id=ids)
async def test_ids_come_back_as_they_were_given(rooms: Rooms, user_id: str) -> None:
    workspace_id = fresh_workspace()
    await create(rooms, user_id, workspace_id)

    assert (await rooms.users.get(workspace_id, user_id)).user_id == user_id
    for other in look_alikes(user_id):
        with pytest.raises(NotFound):
            await rooms.users.get(workspace_id, other)


@in_fresh_workspaces
@given(
    before=profiles,
    after=profiles,
    names=st.sets(st.sampled_from(sorted(PROFILE_FIELDS)), min_size=1),
)
async def test_an_update_changes_what_it_names_and_nothing_else(
    rooms: Rooms, before: Profile, after: Profile, names: set[str]
) -> None:
    workspace_id = fresh_workspace()
    created = (await rooms.users.create(workspace_id, "u", before, None)).user

    change = await rooms.users.update(workspace_id, "u", after, names, created.version, None)

    for name in PROFILE_FIELDS:
        source = after if name in names else before
        assert getattr(change.user.profile, name) == getattr(source, name)
    assert change.user.version == change.revision == created.revision + 1
    assert change.user.update_time > created.update_time == change.user.create_time
    assert await rooms.users.get(workspace_id, "u") == change.user


async def test_an_update_from_an_old_version_changes_nothing(rooms: Rooms) -> None:
    created = await create(rooms)
    current = (
        await rooms.users.update(
            "w", "u", replace(ADA, address_as="A."), {"address_as"}, created.version, None
        )
    ).user

    with pytest.raises(Aborted) as stale:
        await rooms.users.update("w", "u", Profile(), {"display_name"}, created.version, None)
    with pytest.raises(Aborted):
        await rooms.users.delete("w", "u", created.version, None)

    assert stale.value.reason == "STALE_ETAG"
    assert await rooms.users.get("w", "u") == current


async def test_memories_move_the_revision_but_not_the_version(rooms: Rooms) -> None:
    created = await create(rooms)

    taken = await rooms.db.transaction(lambda tx: revision.bump(tx, "w", "u"))

    user = await rooms.users.get("w", "u")
    assert user.revision == taken == created.revision + 1
    assert user.version == created.version


@in_fresh_workspaces
@given(
    user_ids=st.sets(ids, max_size=12),
    sizes=st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=4),
)
async def test_pages_of_any_sizes_are_the_whole_list_in_order(
    rooms: Rooms, user_ids: set[str], sizes: list[int]
) -> None:
    workspace_id = fresh_workspace()
    for user_id in user_ids:
        await create(rooms, user_id, workspace_id)

    listed: list[str] = []
    page = await rooms.users.list(workspace_id, PageRequest(sizes[0]))
    listed += [user.user_id for user in page.items]
    turn = 0
    while page.next is not None:
        turn += 1
        size = sizes[turn % len(sizes)]
        page = await rooms.users.list(workspace_id, PageRequest(size, page.next))
        assert 1 <= len(page.items) <= size
        listed += [user.user_id for user in page.items]

    assert listed == sorted(user_ids)


async def test_a_repeated_create_gives_the_stored_answer(
    rooms: Rooms, request_of: RequestOf
) -> None:
    first = await rooms.users.create("w", "u", ADA, request_of("CreateUser", "r", user_id="u"))
    await rooms.users.update("w", "u", Profile(), {"display_name"}, None, None)

    again = await rooms.users.create("w", "u", ADA, request_of("CreateUser", "r", user_id="u"))

    assert again == first
    with pytest.raises(FailedPrecondition) as reused:
        await rooms.users.create(
            "w", "u2", ADA, request_of("CreateUser", "r", user_id="u2", body="another")
        )
    assert reused.value.reason == "REQUEST_ID_REUSED"


async def test_a_refused_create_leaves_no_answer_behind(
    rooms: Rooms, request_of: RequestOf
) -> None:
    await create(rooms)
    with pytest.raises(AlreadyExists):
        await rooms.users.create("w", "u", ADA, request_of("CreateUser", "r", user_id="u"))
    await rooms.users.delete("w", "u", None, None)

    change = await rooms.users.create("w", "u", ADA, request_of("CreateUser", "r", user_id="u"))

    assert await rooms.users.get("w", "u") == change.user


async def test_a_deleted_user_is_gone_and_a_repeated_delete_says_the_same(
    rooms: Rooms, request_of: RequestOf
) -> None:
    created = await create(rooms)

    last = await rooms.users.delete(
        "w", "u", created.version, request_of("DeleteUser", "r", user_id="u")
    )

    assert last > created.revision
    with pytest.raises(NotFound):
        await rooms.users.get("w", "u")
    with pytest.raises(NotFound):
        await rooms.users.delete("w", "u", None, None)
    await create(rooms)
    again = await rooms.users.delete(
        "w", "u", created.version, request_of("DeleteUser", "r", user_id="u")
    )
    assert again == last
    assert (await rooms.users.get("w", "u")).profile == ADA


async def test_a_user_created_again_goes_on_above_the_last_revision(rooms: Rooms) -> None:
    before = await create(rooms)
    for _ in range(3):
        await rooms.users.update("w", "u", ADA, {"locale"}, None, None)
    last = await rooms.users.delete("w", "u", None, None)

    after = await create(rooms)

    assert after.revision > last
    reached = await rooms.db.read(lambda snapshot: revision.current(snapshot, "w", "u"))
    assert reached.removal_revision > last
    with pytest.raises(Aborted):
        await rooms.users.update("w", "u", Profile(), {"locale"}, before.version, None)
