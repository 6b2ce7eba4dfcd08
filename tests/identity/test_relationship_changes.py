"""Relationships listed, changed and deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from reverie_server.identity.relationships.calls import CallRecords
from reverie_server.identity.relationships.dynamics.model import ScoreState
from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.identity.relationships.model import (
    MEMORY_SETTINGS,
    TERM_FIELDS,
    Relationship,
    Terms,
    edited,
)
from reverie_server.paging import PageRequest
from tests.identity.conftest import RequestOf, Rooms
from tests.identity.strategies import texts

configs = st.builds(MemoryConfig, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 100))
all_terms = st.builds(Terms, texts.filter(bool), texts, configs)


async def make(rooms: Rooms, persona_id: str = "p", terms: Terms | None = None) -> Relationship:
    state = await rooms.relationships.get_or_create("w", "u", persona_id, terms or Terms())
    return state.relationship


async def update(
    rooms: Rooms,
    terms: Terms,
    *fields: str,
    start_time: int | None = None,
    version: int | None = None,
    **more: Any,
) -> Relationship:
    change = await rooms.relationships.update(
        "w", "u", "p", terms, start_time, fields, version, more.get("request")
    )
    assert change.revision == change.relationship.version
    return change.relationship


async def test_an_update_takes_what_it_names_and_leaves_the_rest(rooms: Rooms) -> None:
    before = await make(rooms, terms=Terms("mentor", "Call me Ada.", MemoryConfig(False)))

    after = await update(rooms, Terms("partner", "Be nice."), "relationship_type")

    assert after.terms == replace(before.terms, relationship_type="partner")
    assert after.version > before.version
    assert after.update_time > before.update_time
    assert await rooms.relationships.get("w", "u", "p") == after


@given(before=all_terms, new=all_terms, fields=st.sets(st.sampled_from(sorted(TERM_FIELDS))))
def test_a_mask_names_fields_and_single_settings(
    before: Terms, new: Terms, fields: set[str]
) -> None:
    relationship = Relationship("u", "p", before, 0, 0.0, None, ScoreState(), 1, 5, 6, 7)

    after = edited(relationship, new, 9, fields)

    for name in ("relationship_type", "custom_prompt"):
        expected = new if name in fields else before
        assert getattr(after.terms, name) == getattr(expected, name)
    for name in MEMORY_SETTINGS:
        named = {"memory_config", f"memory_config.{name}"} & fields
        expected = new if named else before
        assert getattr(after.terms.memory_config, name) == getattr(expected.memory_config, name)
    assert after.start_time == (9 if "start_time" in fields else 5)
    assert replace(after, terms=before, start_time=5) == relationship


async def test_an_absent_start_is_when_it_was_created(rooms: Rooms) -> None:
    await make(rooms)
    assert (await update(rooms, Terms(), "start_time", start_time=5)).start_time == 5

    relationship = await update(rooms, Terms(), "start_time")

    assert relationship.start_time == relationship.create_time


async def test_a_change_made_from_an_older_state_is_refused(rooms: Rooms) -> None:
    first = await make(rooms)
    second = await update(rooms, Terms("family"), "relationship_type", version=first.version)

    with pytest.raises(Aborted):
        await update(rooms, Terms("partner"), "relationship_type", version=first.version)
    with pytest.raises(Aborted):
        await rooms.relationships.delete("w", "u", "p", first.version, None)

    assert await rooms.relationships.get("w", "u", "p") == second


async def test_a_repeated_update_is_one(rooms: Rooms, request_of: RequestOf) -> None:
    await make(rooms)
    request = request_of("Update", "r", user_id="u")
    first = await update(rooms, Terms("family"), "relationship_type", request=request)
    later = await update(rooms, Terms("partner"), "relationship_type")

    again = await update(rooms, Terms("family"), "relationship_type", request=request)

    assert again == first
    assert await rooms.relationships.get("w", "u", "p") == later
    other = request_of("Update", "r", user_id="u", body="other")
    with pytest.raises(FailedPrecondition):
        await update(rooms, Terms("family"), "relationship_type", request=other)


async def test_only_a_type_that_is_named_has_to_be_a_word(rooms: Rooms) -> None:
    await make(rooms)
    with pytest.raises(InvalidArgument) as refused:
        await update(rooms, Terms("a\nb"), "relationship_type")
    assert [each.field for each in refused.value.fields] == ["relationship.relationship_type"]
    await update(rooms, Terms("a\nb", "Be nice."), "custom_prompt")


async def test_what_is_not_there_is_not_changed(rooms: Rooms) -> None:
    await make(rooms, "p2")
    for pair in (("w", "u", "p"), ("w", "nobody", "p2"), ("other", "u", "p2")):
        with pytest.raises(NotFound):
            await rooms.relationships.update(*pair, Terms(), None, ["custom_prompt"], None, None)
        with pytest.raises(NotFound):
            await rooms.relationships.delete(*pair, None, None)
    assert await rooms.relationships.get("w", "u", "p2")


async def test_the_list_is_by_recency_and_of_one_user(rooms: Rooms) -> None:
    for persona_id in ("a", "b", "c", "d"):
        await make(rooms, persona_id)
    await rooms.relationships.get_or_create("w", "u2", "z", Terms())
    await rooms.relationships.get_or_create("other", "u", "y", Terms())
    await call(rooms, "b", rooms.clock.now() + MICROSECONDS)
    await call(rooms, "d", 5)

    listed: list[str] = []
    page = PageRequest(1)
    while True:
        found = await rooms.relationships.list("w", "u", page)
        listed += [each.persona_id for each in found.items]
        if found.next is None:
            break
        page = PageRequest(1, found.next)

    assert listed == ["b", "c", "a", "d"]
    with pytest.raises(NotFound):
        await rooms.relationships.list("w", "nobody", PageRequest(1))


async def call(rooms: Rooms, persona_id: str, end_time: int) -> None:
    await rooms.db.transaction(
        lambda tx: CallRecords().add_call(
            tx,
            "w",
            "u",
            persona_id,
            seconds=1.0,
            end_time=end_time,
            revision=1,
            now=rooms.clock.now(),
        )
    )


async def test_a_deleted_relationship_begins_anew(rooms: Rooms, request_of: RequestOf) -> None:
    before = await make(rooms, terms=Terms("partner", "Call me babe."))
    request = replace(request_of("Delete", "r", user_id="u"), persona_id="p")

    deleted = await rooms.relationships.delete("w", "u", "p", before.version, request)

    with pytest.raises(NotFound):
        await rooms.relationships.get("w", "u", "p")
    assert await rooms.users.get("w", "u")
    assert await rooms.personas.get("w", "p")
    again = await make(rooms)
    assert again.terms == Terms()
    assert again.version > deleted
    # The late retry of the deletion does not delete the new one.
    assert await rooms.relationships.delete("w", "u", "p", before.version, request) == deleted
    assert await rooms.relationships.get("w", "u", "p") == again
