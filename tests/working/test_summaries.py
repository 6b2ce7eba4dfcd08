"""Sessions summarised as they stand."""

from __future__ import annotations

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import FailedPrecondition, NotFound
from reverie_server.identity.users.model import Profile
from reverie_server.language.summarizer import Turn
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import NewEntry, SessionKey
from tests.working.rooms import EXPIRY, Rooms, answered, said


async def turns(rooms: Rooms) -> list[Turn]:
    return await rooms.db.read(lambda snapshot: rooms.records.turns(snapshot, "w", "u", "s"))


async def talk(rooms: Rooms) -> tuple[SessionKey, tuple[str, ...]]:
    key = await rooms.start()
    second = MICROSECONDS
    ids = await rooms.append(
        key,
        said("I started climbing at the new gym last month.", at=0),
        answered("That sounds exciting! Do you climb alone?", at=10 * second),
        said("With my sister. We decided to book a trip.", timeline="plan", at=30 * second),
    )
    return key, ids


async def test_a_session_is_summarised_as_it_stands(rooms: Rooms) -> None:
    key, ids = await talk(rooms)
    before = await rooms.revisions()
    made = await rooms.working.summaries.summarize(key)
    assert made.summary
    assert set(made.entry_ids) <= set(ids)
    assert (made.entry_count, made.timeline_count, made.duration_seconds) == (3, 2, 30.0)
    assert made.summarizer
    assert await rooms.revisions() == before


async def test_some_entries_or_one_timeline(rooms: Rooms) -> None:
    key, ids = await talk(rooms)
    some = await rooms.working.summaries.summarize(key, entry_ids=[ids[2], ids[0], ids[2]])
    assert (some.entry_count, some.timeline_count, some.duration_seconds) == (2, 2, 30.0)
    assert set(some.entry_ids) <= {ids[0], ids[2]}
    one = await rooms.working.summaries.summarize(key, timeline="plan", max_sentences=1)
    assert (one.entry_count, one.entry_ids) == (1, (ids[2],))
    for attempt in (
        rooms.working.summaries.summarize(key, entry_ids=["no such"]),
        rooms.working.summaries.summarize(key, entry_ids=[ids[0]], timeline="plan"),
    ):
        with pytest.raises(NotFound) as refused:
            await attempt
        assert refused.value.metadata == {"resource": "entry"}


async def test_an_empty_session_has_an_empty_summary(rooms: Rooms) -> None:
    made = await rooms.working.summaries.summarize(await rooms.start())
    assert (made.summary, made.entry_ids, made.entry_count) == ("", (), 0)
    assert (made.timeline_count, made.duration_seconds) == (0, 0.0)


async def test_instructions_of_the_application_are_left_out_unless_named(rooms: Rooms) -> None:
    key = await rooms.start()
    instruction, _ = await rooms.append(key, NewEntry("Be kind.", Role.SYSTEM), said("I climb."))
    assert (await rooms.working.summaries.summarize(key)).entry_count == 1
    named = await rooms.working.summaries.summarize(key, entry_ids=[instruction])
    assert named.entry_ids == (instruction,)
    assert [turn.content for turn in await turns(rooms)] == ["I climb."]


async def test_an_expired_session_is_not_summarised(rooms: Rooms) -> None:
    key, _ = await talk(rooms)
    await rooms.end(key)
    assert (await rooms.working.summaries.summarize(key)).entry_count == 3
    rooms.clock.time += EXPIRY
    with pytest.raises(FailedPrecondition) as refused:
        await rooms.working.summaries.summarize(key)
    assert refused.value.reason == "SESSION_EXPIRED"
    # The job that archives it reads it all the same.
    assert len(await turns(rooms)) == 3


async def test_speakers_are_called_as_they_should_read(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(
        key,
        said("a"),
        answered("b"),
        NewEntry("c"),
        NewEntry("d", Role.TOOL),
        NewEntry("e", Role.USER, speaker="Nora"),
    )
    assert [turn.speaker for turn in await turns(rooms)] == ["u", "p", "", "", "Nora"]
    await rooms.users.update("w", "u", Profile(display_name="Ada"), {"display_name"}, None, None)
    assert [turn.speaker for turn in await turns(rooms)] == ["Ada", "p", "", "", "Nora"]
