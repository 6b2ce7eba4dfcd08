"""What goes with a memory that is forgotten, what stays, and who may forget what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as fact
from reverie.v1 import relationship_service_pb2 as relationship
from reverie.v1 import working_memory_service_pb2 as working
from tests.forgetting.scene import OTHER, PAIR, USER, Scene, document, open_scene
from tests.rpc.contract import BY_NAME, Refused, ask
from tests.rpc.world import at

EPISODIC, FACT = common.TIER_EPISODIC, common.TIER_FACT
LIVES = fact.NewFact(statement="Lives in Bern.", predicate="lives_in", object="Bern")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path / "data") as scene:
        await scene.put("GetOrCreateRelationship", **PAIR)
        await scene.put("GetOrCreateRelationship", user_id=USER, persona_id=OTHER)
        yield scene


async def texts(scene: Scene, *tiers: int, **more: Any) -> list[str]:
    return [each.text for each in await scene.listed(*tiers, **more)]


async def refused(scene: Scene, name: str = "ForgetMemory", **fields: Any) -> Refused:
    outcome = await ask(scene.channel, BY_NAME[name], BY_NAME[name].request(**fields))
    assert isinstance(outcome, Refused)
    return outcome


def counted(done: relationship.ForgetMemoryResponse) -> dict[int, tuple[int, int]]:
    for each in done.memories:
        assert each.removed_count == len(each.removed_ids)
        assert each.redacted_count == len(each.redacted_ids)
    return {each.tier: (each.removed_count, each.redacted_count) for each in done.memories}


async def add(scene: Scene, *facts: fact.NewFact, persona: str = "brad", **more: Any) -> Any:
    told = await scene.put("AddFacts", user_id=USER, persona_id=persona, facts=facts, **more)
    return list(told.told)


async def test_an_entry_goes_with_its_copies_and_what_rests_on_it_alone(scene: Scene) -> None:
    first, _ = await scene.call("one", "I live in Bern. It is grand.", "I climb a lot myself.")
    await scene.call("two", "I love rock climbing.")
    await scene.put("RehydrateSession", **PAIR, session_id="one", new_session_id="three")
    assert {"Lives in Bern.", "Loves rock climbing."} <= {*await texts(scene, FACT)}
    (entry,) = [each for each in await scene.listed(EPISODIC) if each.memory_id == first]

    done = await scene.forget(entry)

    assert counted(done) == {EPISODIC: (2, 1), FACT: (1, 0)}
    assert not any("Bern" in text for text in await texts(scene))
    assert "Loves rock climbing." in await texts(scene, FACT)
    for session_id in ("one", "three"):
        entries = (await scene.put("ListEntries", **PAIR, session_id=session_id)).entries
        assert [each.content for each in entries] == ["I climb a lot myself."]
        session = (await scene.put("GetSession", **PAIR, session_id=session_id)).session
        assert session.entry_count == 1
    (redone,) = done.redone_summaries
    await scene.house.idle()
    episode = (await scene.put("GetEpisode", **PAIR, episode_id=redone.episode_id)).episode
    assert (redone.session_id, episode.entry_count) == ("one", 1)
    job = (await scene.put("GetJob", **PAIR, job_id=redone.job_id)).job
    assert job.result["entries"] == 1


async def test_a_fact_goes_with_its_past_and_with_what_says_the_same(scene: Scene) -> None:
    (first,) = await add(scene, LIVES)
    thun = fact.NewFact(statement="Lives in Thun.", predicate="lives_in", object="Thun")
    scene.clock.advance(60)
    await add(scene, thun)
    scene.clock.advance(60)
    (again,) = await add(scene, LIVES)
    assert again.fact_id != first.fact_id
    loves = fact.NewFact(statement="Loves tea.", predicate="loves", object="tea", confidence=0.9)
    likes = fact.NewFact(statement="Likes tea.", predicate="likes", object="tea", confidence=0.95)
    await add(scene, loves, likes)
    nora = fact.NewFact(
        statement="Nora lives in Bern.", subject="Nora", predicate="lives_in", object="Bern"
    )
    await add(scene, nora)
    past = [each for each in await scene.listed(FACT) if each.HasField("valid_to")]
    assert {each.text for each in past} == {"Lives in Bern.", "Lives in Thun.", "Loves tea."}
    (current,) = [e for e in await scene.listed(FACT) if e.memory_id == again.fact_id]

    done = await scene.forget(current)

    assert {*done.memories[0].removed_ids} == {first.fact_id, again.fact_id}
    left = await texts(scene, FACT)
    assert sorted(left) == ["Likes tea.", "Lives in Thun.", "Loves tea.", "Nora lives in Bern."]
    for fact_id in (first.fact_id, again.fact_id):
        assert (await refused(scene, "GetFactHistory", **PAIR, fact_id=fact_id)).code is (
            grpc.StatusCode.NOT_FOUND
        )
    await scene.forget(await scene.the(FACT, "Likes tea."))
    assert sorted(await texts(scene, FACT)) == ["Lives in Thun.", "Nora lives in Bern."]


async def test_the_list_shows_what_is_past_and_what_is_doubtful_and_where_it_is_from(
    scene: Scene,
) -> None:
    (entry_id,) = await scene.call("one", "Maybe I am allergic to peanuts.")
    (gone,) = await add(scene, LIVES)
    await scene.put("RetractFact", **PAIR, fact_id=gone.fact_id)
    storyline = working.SuppliedStoryline(topic="The wall", summary="Steep.", follow_up="Done?")
    await scene.call("two", "Hello.", end={"storylines": [storyline]})

    facts = {each.text: each for each in await scene.listed(FACT)}
    assert facts["Lives in Bern."].HasField("retracted_time")
    (doubtful,) = [each for each in facts.values() if "peanuts" in each.text]
    assert (doubtful.session_id, list(doubtful.entry_ids)) == ("one", [entry_id])
    assert doubtful.trust < 0.3
    (told,) = await scene.listed(common.TIER_STORYLINE)
    assert (told.text, told.session_id) == ("The wall\nSteep.\nDone?", "two")
    assert (told.visibility, told.persona_id) == (common.VISIBILITY_PRIVATE, "brad")
    assert await texts(scene, common.TIER_STORYLINE, persona_id=OTHER) == []
    assert await texts(scene, FACT, current_only=True) == [doubtful.text]


async def test_procedures_and_storylines_of_the_pair(scene: Scene) -> None:
    greet = {**PAIR, "key": "greet", "template": "Ahoy {name}, queen of chess!"}
    await scene.put("PutProcedure", **greet)
    await scene.put("PutProcedure", persona_id="brad", key="greet", template="Hi {name}.")
    told = {
        "storylines": [
            working.SuppliedStoryline(topic="The job interview", summary="It is on Monday."),
            working.SuppliedStoryline(topic="The wall"),
        ],
        "summary": "Alice has a job interview. She climbs.",
    }
    await scene.call("one", "I have a job interview soon. I climb.", "Good luck!", end=told)

    await scene.forget(await scene.the(common.TIER_PROCEDURAL, "Ahoy"))
    await scene.forget(await scene.the(common.TIER_STORYLINE, "interview"))
    await scene.house.idle()

    assert await scene.stored_in("Ahoy") == await scene.stored_in("interview") == set()
    got = await scene.put("GetProcedure", **PAIR, key="greet")
    assert got.procedure.template == "Hi {name}."
    assert await texts(scene, common.TIER_STORYLINE) == ["The wall"]
    entries = (await scene.put("ListEntries", **PAIR, session_id="one")).entries
    assert [each.content for each in entries] == ["[redacted] I climb.", "Good luck!"]
    again = await refused(scene, "PutProcedure", **greet)
    assert (again.code, again.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "MEMORY_FORGOTTEN",
    )
    await scene.put("PutProcedure", **{**greet, "template": "Ahoy again, {name}!"})
    await scene.put("PutProcedure", **greet, remember_again=True)
    # What goes on in a later call is new.
    await scene.call("two", "So, the interview!", end={"storylines": told["storylines"][:1]})
    assert len(await texts(scene, common.TIER_STORYLINE)) == 2


async def test_entries_keep_their_words_when_asked_to(scene: Scene) -> None:
    (entry_id,) = await scene.call("one", "I live in Bern. I love rock climbing.")
    done = await scene.forget(await scene.the(FACT, "Bern"), keep_source_text=True)
    await scene.house.idle()

    assert done.redacted_sentence_count == 0
    assert counted(done) == {EPISODIC: (0, 1), FACT: (1, 0)}
    (entry,) = (await scene.put("ListEntries", **PAIR, session_id="one")).entries
    assert (entry.entry_id, "Bern" in entry.content) == (entry_id, True)
    episode = (await scene.put("GetEpisode", **PAIR, session_id="one")).episode
    assert "climbing" in episode.summary
    assert await scene.stored_in("Bern") == {"entries"}
    summary = (await scene.put("SummarizeSession", **PAIR, session_id="one")).summary
    assert "Bern" not in summary


async def test_what_a_caller_summed_up_is_made_anew_or_redacted(scene: Scene) -> None:
    supplied = {
        "summary": "Alice lives in Bern. She climbs.",
        "key_topics": ["Bern", "climbing"],
        "decisions": ["Stay in Bern"],
        "facts": [working.SuppliedFact(statement="Lives in Bern.")],
    }
    await scene.call("one", "I live in Bern. I love rock climbing.", end=supplied)
    alone = {**PAIR, "start_time": at(0), "end_time": at(60), "summary": supplied["summary"]}
    await scene.put("PutEpisode", **alone, session_id="alone")
    await scene.house.idle()

    await scene.forget(await scene.the(FACT, "Bern"))
    at_once = (await scene.put("GetEpisode", **PAIR, session_id="one")).episode
    assert "Bern" not in str(at_once)
    await scene.house.idle()

    assert await scene.stored_in("Bern") == set()
    episode = (await scene.put("GetEpisode", **PAIR, session_id="one")).episode
    assert "climbing" in episode.summary
    assert list(episode.key_topics) == ["climbing"]
    untold = (await scene.put("GetEpisode", **PAIR, session_id="alone")).episode
    assert untold.summary == "[redacted] She climbs."


async def test_what_the_user_says_again_later_is_new(scene: Scene) -> None:
    await scene.call("one", "I live in Bern.")
    await scene.forget(await scene.the(FACT, "Bern"))
    assert await texts(scene, FACT) == []

    (entry_id,) = await scene.call("two", "I live in Bern.")

    known = await scene.the(FACT, "Bern")
    assert list(known.entry_ids) == [entry_id]
    episode = (await scene.put("GetEpisode", **PAIR, session_id="two")).episode
    assert "Bern" in episode.summary


async def test_what_an_application_says_again_needs_to_be_meant(scene: Scene) -> None:
    await add(scene, LIVES)
    await scene.forget(await scene.the(FACT, "Bern"))
    shuffled = fact.NewFact(statement="In Bern lives.")
    other = fact.NewFact(statement="Lives in Thun.", predicate="lives_in", object="Thun")

    told = await add(scene, LIVES, shuffled, other)

    assert [each.outcome for each in told] == [
        fact.FACT_OUTCOME_FORGOTTEN,
        fact.FACT_OUTCOME_FORGOTTEN,
        fact.FACT_OUTCOME_STORED,
    ]
    assert [each.fact_id for each in told[:2]] == ["", ""]
    assert await texts(scene, FACT) == ["Lives in Thun."]
    (meant,) = await add(scene, LIVES, remember_again=True)
    assert meant.outcome == fact.FACT_OUTCOME_STORED
    (once_more,) = await add(scene, LIVES)
    assert once_more.outcome == fact.FACT_OUTCOME_CONFIRMED

    # What ends it stores nothing, and so brings nothing back.
    await scene.forget(await scene.the(FACT, "Bern"))
    over = fact.NewFact(statement="Left.", predicate="lives_in", object="Bern", negated=True)
    assert (await add(scene, over))[0].outcome == fact.FACT_OUTCOME_NOTHING


async def test_an_entry_that_is_later_is_evidence(scene: Scene) -> None:
    old = await scene.call("one", "Hello from Bern, where I live.")
    await add(scene, LIVES)
    await scene.forget(await scene.the(FACT, "Lives in Bern."))
    new = await scene.call("two", "Back home.")

    def resting_on(*entry_ids: str) -> fact.NewFact:
        told = fact.NewFact(entry_ids=entry_ids)
        told.MergeFrom(LIVES)
        return told

    (barred,) = await add(scene, resting_on(*old))
    (stored,) = await add(scene, resting_on(*new))
    assert barred.outcome == fact.FACT_OUTCOME_FORGOTTEN
    assert stored.outcome == fact.FACT_OUTCOME_STORED


async def test_what_is_shared_is_forgotten_by_any_who_reads_it_and_for_all(scene: Scene) -> None:
    await scene.call("hers", "I live in Bern. I love rock climbing.", "Bern, nice!", persona=OTHER)
    shared = await scene.the(FACT, "Bern")
    assert shared.persona_id == OTHER
    hidden = fact.NewFact(visibility=common.VISIBILITY_PRIVATE)
    hidden.MergeFrom(LIVES)
    (private,) = await add(scene, hidden, persona=OTHER)

    done = await scene.forget(shared)
    await scene.house.idle()

    assert private.fact_id not in done.memories[-1].removed_ids
    assert {each.persona_id for each in done.redone_summaries} == {OTHER}
    hers = await texts(scene, persona_id=OTHER)
    assert [text for text in hers if "Bern" in text] == ["Lives in Bern."], "her private one"
    assert not any("Bern" in text for text in await texts(scene))
    (again,) = await add(scene, LIVES, persona=OTHER)
    assert again.outcome == fact.FACT_OUTCOME_FORGOTTEN
    (hers_again,) = await add(scene, hidden, persona=OTHER)
    assert hers_again.outcome == fact.FACT_OUTCOME_CONFIRMED


async def test_what_is_private_is_forgotten_by_its_persona_alone(scene: Scene) -> None:
    private = fact.NewFact(visibility=common.VISIBILITY_PRIVATE)
    private.MergeFrom(LIVES)
    (hers,) = await add(scene, private, persona=OTHER)
    (his,) = await add(scene, private)

    done = await scene.forget(await scene.the(FACT, "Bern"))

    assert [*done.memories[0].removed_ids] == [his.fact_id]
    assert [each.memory_id for each in await scene.listed(FACT, persona_id=OTHER)] == [hers.fact_id]
    (told,) = await add(scene, LIVES, persona=OTHER)
    assert told.outcome == fact.FACT_OUTCOME_STORED, "he alone had it forgotten"


async def test_what_one_may_not_read_is_not_there(scene: Scene) -> None:
    await scene.put("GetOrCreateRelationship", user_id="bob", persona_id="brad")
    private = fact.NewFact(visibility=common.VISIBILITY_PRIVATE)
    private.MergeFrom(LIVES)
    (hers,) = await add(scene, private, persona=OTHER)
    (his,) = await add(scene, LIVES)
    entries = await scene.call(
        "hidden", "Psst.", persona=OTHER, visibility=common.VISIBILITY_PRIVATE
    )
    await scene.put(
        "PutDocument", persona_id="brad", document_id="wall", content=document(text="shared")
    )
    await scene.put("PutProcedure", persona_id="brad", key="hi", template="Hi.")
    before = await scene.stored_in("Bern")
    for pair, tier, memory_id in (
        (PAIR, FACT, hers.fact_id),
        (PAIR, EPISODIC, entries[0]),
        (PAIR, FACT, "nobody-has-this-id"),
        (PAIR, common.TIER_SEMANTIC, "wall"),
        (PAIR, common.TIER_PROCEDURAL, his.fact_id),
        (PAIR, common.TIER_STORYLINE, his.fact_id),
        (PAIR, EPISODIC, his.fact_id),
        ({**PAIR, "user_id": "bob"}, FACT, his.fact_id),
        ({**PAIR, "user_id": "nobody"}, FACT, his.fact_id),
        ({**PAIR, "persona_id": "nobody"}, FACT, his.fact_id),
    ):
        outcome = await refused(scene, **pair, tier=tier, memory_id=memory_id)
        assert (outcome.code, outcome.reason) == (
            grpc.StatusCode.NOT_FOUND,
            "RESOURCE_NOT_FOUND",
        ), (tier, memory_id)
    assert await scene.stored_in("Bern") == before


async def test_a_retry_has_one_effect_and_one_answer(scene: Scene) -> None:
    (told,) = await add(scene, LIVES)
    request = {**PAIR, "tier": FACT, "memory_id": told.fact_id, "request_id": "r"}
    done = await scene.put("ForgetMemory", **request)
    await add(scene, LIVES, remember_again=True)

    assert await scene.put("ForgetMemory", **request) == done
    assert await texts(scene, FACT) == ["Lives in Bern."]
    reused = await refused(scene, **{**request, "keep_source_text": True})
    assert reused.reason == "REQUEST_ID_REUSED"
    assert (await refused(scene, **{**request, "request_id": "s"})).code is (
        grpc.StatusCode.NOT_FOUND
    )


async def test_tombstones_hold_no_words_and_go_with_the_user(scene: Scene) -> None:
    await scene.call("one", "I live in Bern.")
    await scene.forget(await scene.the(FACT, "Bern"))
    assert await scene.stored_in("Bern") == set()
    await scene.put("DeleteUser", user_id=USER)
    await scene.put("GetOrCreateRelationship", **PAIR)
    (told,) = await add(scene, LIVES)
    assert told.outcome == fact.FACT_OUTCOME_STORED, "nobody of that name forgot anything"
