"""What narrows a recall: times, trust, typed filters."""

from __future__ import annotations

from typing import Any

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.clock import MICROSECONDS
from reverie_server.storage import revision
from reverie_server.storage.database import Transaction
from reverie_server.storage.statements import parse
from tests.fresh_database import ManualClock
from tests.recall.house import House
from tests.recall.talk import PERSONA, PROCEDURAL, SEMANTIC, USER, Talk, equals, said

DAY = 86_400 * MICROSECONDS
NOON = 1_760_000_000 * MICROSECONDS


def moment(time: int) -> dict[str, int]:
    """A Timestamp's fields."""
    return {"seconds": time // MICROSECONDS, "nanos": time % MICROSECONDS * 1_000}


async def test_only_what_happened_in_an_interval(talk: Talk) -> None:
    await talk.start()
    await talk.append(
        [
            said("The comet was seen once.", at=NOON - 1),
            said("The comet was seen twice.", at=NOON),
            said("The comet was seen thrice.", at=NOON + DAY),
        ]
    )

    async def seen(**when: Any) -> set[str]:
        return {text.split()[-1] for text in await talk.texts("the comet", **when)}

    assert await seen(event_after=moment(NOON)) == {"twice.", "thrice."}
    assert await seen(event_before=moment(NOON)) == {"once."}
    assert await seen(event_after=moment(NOON), event_before=moment(NOON + DAY)) == {"twice."}
    assert await seen(as_of=moment(NOON)) == {"once.", "twice."}
    assert await seen(as_of=moment(NOON), event_before=moment(NOON)) == {"once."}
    assert await seen(as_of=moment(NOON), event_before=moment(NOON + DAY)) == {"once.", "twice."}
    assert await seen(event_after=moment(NOON + 2 * DAY)) == set()


async def test_only_what_was_known_then(house: House, clock: ManualClock) -> None:
    talk = house.talk
    await talk.start()
    # It happened long ago but was told of only now.
    await talk.append([said("The comet was seen in May.", at=NOON)])
    await talk.document("comet", {"orbit": "76 years"})
    await talk.procedure("comet", "Point the telescope north")
    then = clock.time
    clock.advance(3_600)
    await talk.append([said("The comet was seen in April.", at=NOON - DAY)])
    await talk.document("comet", {"orbit": "75 years"})
    await talk.document("comets", {"orbit": "3 years"})
    await talk.procedure("comet", "Point the telescope south")
    known = await talk.texts("comet orbit telescope", known_at=moment(then))
    # What a document or procedure said then is not kept where it is searched, so it is not found;
    # what it says now was not known.
    assert known == ["The comet was seen in May."]
    assert len(await talk.texts("comet orbit telescope", known_at=moment(clock.time))) == 5


async def test_what_was_replaced_since_is_left_out(house: House, clock: ManualClock) -> None:
    talk = house.talk
    await talk.document("home", {"city": "Paris"})
    await talk.procedure("home", "Answer that home is Paris")
    clock.advance(3_600)
    then = moment(clock.time)
    assert len(await talk.texts("home city", known_at=then)) == 2
    assert len(await talk.texts("home city", as_of=then)) == 2
    clock.advance(3_600)
    await talk.document("home", {"city": "Rome"})
    await talk.procedure("home", "Answer that home is Rome")
    assert await talk.texts("home city", known_at=then) == []
    assert await talk.texts("home city", as_of=then) == []
    now = moment(clock.time)
    assert len(await talk.texts("home city", known_at=now, as_of=now)) == 2


async def test_an_episode_that_was_edited_since_was_not_known(
    house: House, clock: ManualClock
) -> None:
    talk = house.talk

    async def seen(**when: Any) -> list[str]:
        return [text for text in await talk.texts("comet", **when) if "comet" in text]

    await talk.start()
    await talk.say("Hello.")
    ended = await talk.end(summary="The comet is seen in May.")
    await talk.archived(ended)
    clock.advance(3_600)
    then = moment(clock.time)
    assert await seen(known_at=then) == ["The comet is seen in May."]
    clock.advance(3_600)
    edit = episodic.UpdateEpisodeRequest(user_id=USER, persona_id=PERSONA)
    edit.episode.episode_id = ended.session.episode_id
    edit.episode.summary = "The comet is seen in June."
    edit.update_mask.paths.append("summary")
    await talk.episodic.UpdateEpisode(edit)
    assert await seen(known_at=then) == []
    assert await seen(known_at=moment(clock.time)) == ["The comet is seen in June."]
    # When it happened did not change.
    assert await seen(as_of=then) == ["The comet is seen in June."]


async def test_what_is_not_trusted_is_quarantined(house: House) -> None:
    talk = house.talk
    await talk.start()
    answer = await talk.append(
        [
            said("The treasure is in the well."),
            said("The treasure is in the barn.", role=working.ROLE_TOOL),
        ]
    )
    distrust = parse(
        "-- name: distrust\nUPDATE entries SET trust = 0.1, revision = $4"
        " WHERE workspace_id = $1 AND user_id = $2 AND entry_id = $3",
        source="tests",
    )["distrust"]

    async def work(tx: Transaction) -> None:
        taken = await revision.bump(tx, house.workspace, USER)
        await tx.execute(distrust, house.workspace, USER, answer.entry_ids[0], taken)

    await house.floors.database.transaction(work)
    well, barn = "The treasure is in the well.", "The treasure is in the barn."
    assert await talk.texts("treasure") == [barn]
    assert set(await talk.texts("treasure", include_quarantined=True)) == {well, barn}
    assert await talk.texts("treasure", include_quarantined=True, min_trust=0.3) == [barn]
    assert await talk.texts("treasure", min_trust=0.6) == [barn]
    assert await talk.texts("treasure", min_trust=0.61) == []


async def test_a_hit_is_trusted_as_far_as_it_says(talk: Talk) -> None:
    await talk.start()
    await talk.document("lamp", {"lamp": "rub it"})
    await talk.procedure("lamp", "Rub the lamp")
    found = await talk.recall("lamp", tiers=[SEMANTIC, PROCEDURAL])
    assert len(found.hits) == 2
    for hit in found.hits:
        again = await talk.recall("lamp", tiers=[hit.tier], min_trust=hit.trust)
        assert [each.memory_id for each in again.hits] == [hit.memory_id]
        assert not (await talk.recall("lamp", tiers=[hit.tier], min_trust=hit.trust + 0.01)).hits


async def test_typed_filters_over_declared_keys_and_metadata(talk: Talk) -> None:
    await talk.start()
    await talk.append(
        [
            said("The bell rang once.", speaker="Ann", metadata={"tower": "north"}),
            said("The bell rang twice.", agent="listener", role=working.ROLE_NOTE, key="bell"),
            said("The bell rang thrice.", role=working.ROLE_ASSISTANT, timeline="aside"),
        ]
    )
    await talk.document("bell", {"bell": "bronze"}, metadata={"tower": "south"})

    async def rang(condition: common.Filter) -> set[str]:
        return {text.split()[-1] for text in await talk.texts("bell rang", filter=condition)}

    assert await rang(equals("speaker", "Ann")) == {"once."}
    assert await rang(equals("agent", "listener")) == {"twice."}
    assert await rang(equals("role", "note")) == {"twice."}
    assert await rang(equals("role", "assistant")) == {"thrice."}
    assert await rang(equals("key", "bell")) == {"twice."}
    assert await rang(equals("timeline", "aside")) == {"thrice."}
    assert await rang(equals("persona_id", "elena")) == set()
    assert await rang(equals("session_id", "s")) == {"once.", "twice.", "thrice."}
    assert await rang(equals("source", "persona")) == {"thrice."}
    assert await rang(equals("source", "user")) == {"once."}
    assert await rang(equals("metadata.tower", "north")) == {"once."}
    has_tower = common.Filter(exists=common.Filter.Exists(key="metadata.tower"))
    assert await rang(has_tower) == {"once.", '{"bell":"bronze"}'}
    none = common.Filter(none_of=common.Filter.NoneOf(filters=[has_tower]))
    assert await rang(none) == {"twice.", "thrice."}
    both = common.Filter(
        all_of=common.Filter.AllOf(filters=[has_tower, equals("metadata.tower", "south")])
    )
    assert await rang(both) == {'{"bell":"bronze"}'}


async def test_a_filter_finds_what_is_rare_and_fits_badly(house: House) -> None:
    talk = house.talk
    await talk.start()
    common_ones = [said(f"The bell in tower {n} rang.") for n in range(1_000)]
    for _ in range(6):
        await talk.append(common_ones)
    rare = await talk.append(
        [said("Something else altogether.", metadata={"rare": "yes"}) for _ in range(3)]
    )
    for _ in range(2):
        await talk.append(common_ones)
    found = await talk.recall("Which bell rang in tower 7?", filter=equals("metadata.rare", "yes"))
    assert sorted(hit.memory_id for hit in found.hits) == sorted(rare.entry_ids)
