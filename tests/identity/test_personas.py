"""Personas over a real database. What they share with users is shown in brief."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.errors import Aborted, AlreadyExists, FailedPrecondition, NotFound
from reverie_server.identity.personas.model import Character, Persona
from reverie_server.identity.personas.service import CHARACTER_FIELDS
from reverie_server.identity.relationships.model import Terms
from reverie_server.paging import MAX_PAGE_BYTES, PageRequest
from tests.identity.conftest import RequestOf, Rooms
from tests.identity.strategies import characters, ids
from tests.identity.test_users import fresh_workspace, in_fresh_workspaces

BRAD = Character(
    display_name="Brad",
    description="A laid-back friend",
    voice="warm",
    created_by="system",
    is_public=True,
    core_prompt="You are Brad.",
    personality_traits={"humor_type": "dry"},
    behavioral_rules=("Never lecture.", "Ask back."),
    metadata={"team": "companions"},
)


async def create(rooms: Rooms, persona_id: str = "p", workspace_id: str = "w") -> Persona:
    return (await rooms.personas.create(workspace_id, persona_id, BRAD, None)).persona


def test_every_field_of_a_character_can_be_updated() -> None:
    assert {field.name for field in fields(Character)} == CHARACTER_FIELDS


async def test_a_created_persona_is_what_was_said(rooms: Rooms) -> None:
    change = await rooms.personas.create("w", "p", BRAD, None)

    assert change.persona.character == BRAD
    assert change.revision == change.persona.version > 0
    assert await rooms.personas.get("w", "p") == change.persona


async def test_a_persona_without_a_name_goes_by_its_id(rooms: Rooms) -> None:
    created = (await rooms.personas.create("w", "p", Character(), None)).persona
    assert created.character == Character(display_name="p")

    await rooms.personas.update("w", "p", BRAD, {"display_name"}, None, None)
    await rooms.personas.update("w", "p", Character(), {"display_name"}, None, None)

    assert (await rooms.personas.get("w", "p")).character == Character(display_name="p")


async def test_an_id_is_taken_once_in_a_workspace(rooms: Rooms) -> None:
    first = await create(rooms)

    with pytest.raises(AlreadyExists):
        await rooms.personas.create("w", "p", Character(), None)

    assert await rooms.personas.get("w", "p") == first


async def test_another_workspace_has_personas_of_its_own(rooms: Rooms) -> None:
    await create(rooms, "p", "w")
    await rooms.relationships.get_or_create("w", "u", "p", Terms())

    with pytest.raises(NotFound):
        await rooms.personas.get("other", "p")
    with pytest.raises(NotFound):
        await rooms.personas.update("other", "p", BRAD, {"voice"}, None, None)
    with pytest.raises(NotFound):
        await rooms.personas.delete("other", "p", None, None, force=True)

    await rooms.personas.create("other", "p", Character(), None)
    assert len((await rooms.personas.list("other", PageRequest(10))).items) == 1
    await rooms.personas.delete("other", "p", None, None, force=True)
    assert (await rooms.personas.get("w", "p")).character == BRAD
    assert await rooms.relationships.get("w", "u", "p")


@in_fresh_workspaces
@given(
    before=characters,
    after=characters,
    names=st.sets(st.sampled_from(sorted(CHARACTER_FIELDS)), min_size=1),
)
async def test_an_update_changes_what_it_names_and_nothing_else(
    rooms: Rooms, before: Character, after: Character, names: set[str]
) -> None:
    workspace_id = fresh_workspace()
    created = (await rooms.personas.create(workspace_id, "p", before, None)).persona

    change = await rooms.personas.update(workspace_id, "p", after, names, created.version, None)

    for name in CHARACTER_FIELDS:
        source = after if name in names else before
        assert getattr(change.persona.character, name) == getattr(source, name)
    assert change.revision == change.persona.version > created.version
    assert await rooms.personas.get(workspace_id, "p") == change.persona


async def test_a_change_from_an_old_version_changes_nothing(rooms: Rooms) -> None:
    created = await create(rooms)
    current = (
        await rooms.personas.update("w", "p", BRAD, {"voice"}, created.version, None)
    ).persona

    with pytest.raises(Aborted):
        await rooms.personas.update("w", "p", Character(), {"voice"}, created.version, None)
    with pytest.raises(Aborted):
        await rooms.personas.delete("w", "p", created.version, None, force=True)

    assert await rooms.personas.get("w", "p") == current


@in_fresh_workspaces
@given(persona_ids=st.sets(ids, max_size=8), size=st.integers(min_value=1, max_value=4))
async def test_pages_are_the_whole_list_in_order(
    rooms: Rooms, persona_ids: set[str], size: int
) -> None:
    workspace_id = fresh_workspace()
    for persona_id in persona_ids:
        await create(rooms, persona_id, workspace_id)

    page = await rooms.personas.list(workspace_id, PageRequest(size))
    listed = [persona.persona_id for persona in page.items]
    while page.next is not None:
        page = await rooms.personas.list(workspace_id, PageRequest(size, page.next))
        listed += [persona.persona_id for persona in page.items]

    assert listed == sorted(persona_ids)


async def test_a_page_ends_before_it_grows_too_large(rooms: Rooms) -> None:
    prompt = "x" * 64 * 1024
    count = MAX_PAGE_BYTES // len(prompt) + 8
    for number in range(count):
        await rooms.personas.create("w", f"{number:04}", Character(core_prompt=prompt), None)

    first = await rooms.personas.list("w", PageRequest(1000))
    second = await rooms.personas.list("w", PageRequest(1000, first.next))

    assert sum(len(each.character.core_prompt) for each in first.items) <= MAX_PAGE_BYTES
    assert len(first.items) + len(second.items) == count
    assert second.next is None


async def test_a_repeated_create_gives_the_stored_answer(
    rooms: Rooms, request_of: RequestOf
) -> None:
    first = await rooms.personas.create("w", "p", BRAD, request_of("CreatePersona", "r"))
    await rooms.personas.update("w", "p", Character(), {"voice"}, None, None)

    again = await rooms.personas.create("w", "p", BRAD, request_of("CreatePersona", "r"))

    assert again == first


async def test_a_persona_with_relationships_is_only_deleted_by_force(rooms: Rooms) -> None:
    await create(rooms)
    await rooms.relationships.get_or_create("w", "u", "p", Terms())
    await rooms.relationships.get_or_create("w", "u", "other", Terms())
    user = await rooms.users.get("w", "u")

    with pytest.raises(FailedPrecondition) as refused:
        await rooms.personas.delete("w", "p", None, None, force=False)
    assert refused.value.reason == "WRONG_STATE"
    assert await rooms.relationships.get("w", "u", "p")

    await rooms.personas.delete("w", "p", None, None, force=True)

    with pytest.raises(NotFound):
        await rooms.personas.get("w", "p")
    with pytest.raises(NotFound):
        await rooms.relationships.get("w", "u", "p")
    assert await rooms.relationships.get("w", "u", "other")
    assert (await rooms.users.get("w", "u")).revision > user.revision


async def test_a_repeated_delete_does_not_touch_who_came_after(
    rooms: Rooms, request_of: RequestOf
) -> None:
    created = await create(rooms)
    deleted = await rooms.personas.delete(
        "w", "p", created.version, request_of("DeletePersona", "r"), force=True
    )
    reborn = await create(rooms)
    await rooms.relationships.get_or_create("w", "u", "p", Terms())

    again = await rooms.personas.delete(
        "w", "p", created.version, request_of("DeletePersona", "r"), force=True
    )

    assert again == deleted
    assert reborn.version > deleted
    assert await rooms.personas.get("w", "p") == reborn
    assert await rooms.relationships.get("w", "u", "p")
