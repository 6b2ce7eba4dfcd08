"""Recall over the wire: what is found, by whom, at once."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import recall_service_pb2 as pb
from reverie.v1 import user_service_pb2 as users
from reverie.v1 import working_memory_service_pb2 as working
from tests.recall.talk import EPISODIC, PROCEDURAL, SEMANTIC, USER, WORKING, Talk, said
from tests.refusals import refusal


@pytest.mark.parametrize("with_revision", [True, False])
async def test_what_was_appended_is_found_at_once(talk: Talk, with_revision: bool) -> None:
    await talk.start()
    for number in range(20):
        answer = await talk.say(f"My locker at gym {number} has the code {number}{number}{number}.")
        found = await talk.recall(
            f"What is the code of the locker at gym {number}?",
            min_revision=answer.revision if with_revision else 0,
        )
        assert answer.entry_ids[0] in {hit.memory_id for hit in found.hits}
        assert found.revision >= answer.revision
        assert not found.degraded


async def test_a_revision_that_was_never_committed_is_refused_at_once(talk: Talk) -> None:
    await talk.start()
    answer = await talk.say("I collect stamps.")
    refused = await refusal(talk.recall("stamps", min_revision=answer.revision + 1_000))
    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "REVISION_UNKNOWN"
    assert await talk.texts("stamps", min_revision=answer.revision) == ["I collect stamps."]


async def test_nobody_and_no_session(talk: Talk) -> None:
    missing = await refusal(talk.recall("anything", user="nobody"))
    assert (missing.code, missing.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND")
    await talk.conversation("I collect stamps.")
    assert (await refusal(talk.recall("stamps", session_id="other"))).code is (
        grpc.StatusCode.NOT_FOUND
    )
    await talk.conversation("I paint.", session_id="elena", persona="elena")
    # Another persona's session is no context of this one's.
    assert (await refusal(talk.recall("stamps", session_id="elena"))).code is (
        grpc.StatusCode.NOT_FOUND
    )
    assert await talk.texts("stamps", session_id="s") == ["I collect stamps.", "I paint."]


async def test_each_tier_has_its_memories(talk: Talk) -> None:
    await talk.conversation("The kayak is blue.", session_id="now")
    await talk.conversation("The kayak was red.", session_id="past")
    ended = await talk.end("past", summary="They spoke of a red kayak.")
    await talk.archived(ended)
    await talk.document("boats", {"kayak": "kept in the shed"})
    await talk.document("rules", {"kayak": "two people at most"}, user="")
    await talk.procedure("kayak.greeting", "Ahoy from the kayak, {{name}}!")

    async def tiers(*wanted: common.Tier) -> list[tuple[str, str]]:
        found = await talk.recall("kayak", tiers=wanted)
        return sorted((common.Tier.Name(hit.tier), hit.text) for hit in found.hits)

    working_ = [("TIER_WORKING", "The kayak is blue.")]
    episodic = [
        ("TIER_EPISODIC", "The kayak was red."),
        ("TIER_EPISODIC", "They spoke of a red kayak."),
    ]
    semantic = [
        ("TIER_SEMANTIC", '{"kayak":"kept in the shed"}'),
        ("TIER_SEMANTIC", '{"kayak":"two people at most"}'),
    ]
    procedural = [("TIER_PROCEDURAL", "Ahoy from the kayak, {{name}}!")]
    assert await tiers(WORKING) == working_
    assert await tiers(EPISODIC) == episodic
    assert await tiers(SEMANTIC) == semantic
    assert await tiers(PROCEDURAL) == procedural
    assert await tiers(WORKING, SEMANTIC) == sorted(working_ + semantic)
    assert await tiers() == sorted(working_ + episodic + semantic + procedural)


async def test_hits_say_where_they_come_from(talk: Talk) -> None:
    await talk.start()
    answer = await talk.append(
        [
            said(
                "The ferry leaves at noon.",
                at=1_700_000_000_000_000,
                speaker="Ann Miller",
                agent="dock-bot",
                key="plan",
                timeline="travel",
                metadata={"port": "Oban"},
            )
        ]
    )
    (hit,) = (await talk.recall("When does the ferry leave?")).hits
    assert hit.memory_id == answer.entry_ids[0]
    assert list(hit.entry_ids) == [hit.memory_id]
    assert (hit.user_id, hit.persona_id, hit.session_id) == ("ann", "brad", "s")
    assert (hit.speaker, hit.agent, hit.key) == ("Ann Miller", "dock-bot", "plan")
    assert hit.timeline == "travel"
    assert dict(hit.metadata) == {"port": "Oban"}
    assert hit.event_time.ToMicroseconds() == 1_700_000_000_000_000
    assert hit.source == common.MEMORY_SOURCE_USER
    assert hit.trust == pytest.approx(0.9)
    assert hit.visibility == common.VISIBILITY_SHARED
    assert not hit.score_parts


async def test_a_nearer_procedure_stands_for_those_behind_it(talk: Talk) -> None:
    await talk.start()
    await talk.procedure("greeting", "Good day from the workspace")
    await talk.procedure("farewell", "So long from the workspace")
    everybody = {"Good day from the workspace", "So long from the workspace"}
    query = "How to say good day and so long?"
    assert set(await talk.texts(query, tiers=[PROCEDURAL])) == everybody
    await talk.procedure("greeting", "Good day from Brad", persona="brad")
    brads = {"Good day from Brad", "So long from the workspace"}
    assert set(await talk.texts(query, tiers=[PROCEDURAL])) == brads
    await talk.procedure("greeting", "Good day from Brad to Ann", persona="brad", user=USER)
    pairs = {"Good day from Brad to Ann", "So long from the workspace"}
    assert set(await talk.texts(query, tiers=[PROCEDURAL])) == pairs
    # Elena has none of her own, and Bob only what the persona has.
    await talk.start("e", persona="elena")
    assert set(await talk.texts(query, persona="elena", tiers=[PROCEDURAL])) == everybody
    await talk.start("b", user="bob")
    assert set(await talk.texts(query, user="bob", tiers=[PROCEDURAL])) == brads


async def test_overridden_procedures_take_no_place_from_others(talk: Talk) -> None:
    await talk.start()
    for number in range(12):
        await talk.procedure(f"anchor.{number}", "Drop the anchor, drop the anchor!")
        await talk.procedure(f"anchor.{number}", "Quite otherwise", persona="brad")
    for number in range(8):
        await talk.procedure(f"other.{number}", f"When the sea is calm, an anchor helps ({number})")
    found = await talk.texts("drop the anchor", tiers=[PROCEDURAL], limit=8)
    assert len(found) == 8
    assert "Drop the anchor, drop the anchor!" not in found


async def test_a_limit_bounds_and_is_reached(talk: Talk) -> None:
    await talk.conversation(*(f"Parcel {number} is in the depot." for number in range(230)))
    assert len(await talk.texts("parcel depot")) == 10
    assert len(await talk.texts("parcel depot", limit=3)) == 3
    found = await talk.recall("parcel depot", limit=200)
    assert len({hit.memory_id for hit in found.hits}) == 200
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    await talk.conversation("Just one parcel.", session_id="few", user="bob")
    assert await talk.texts("parcel", user="bob", limit=200) == ["Just one parcel."]


async def test_weak_hits_can_be_left_out(talk: Talk) -> None:
    await talk.conversation("My violin needs new strings.", "The weather is mild.")
    best, weak = (await talk.recall("Which instrument needs strings, the violin?")).hits
    assert best.text == "My violin needs new strings."
    assert weak.score < best.score
    query = "Which instrument needs strings, the violin?"
    between = (weak.score + best.score) / 2
    assert await talk.texts(query, min_score=between) == [best.text]
    assert await talk.texts(query, min_score=1.0) == []


async def test_an_explanation_adds_up(talk: Talk) -> None:
    await talk.conversation("My violin needs new strings.", "Did you call the shop on Monday?")
    await talk.document("instruments", {"violin": "made in 1910"})
    plain = await talk.recall("When does the violin get its strings?")
    lens = await talk.recall(
        "When does the violin get its strings?", explain=True, persona_lens=True
    )
    assert [hit.memory_id for hit in plain.hits] == [hit.memory_id for hit in lens.hits]
    for hit in lens.hits:
        parts = dict(hit.score_parts)
        assert {"relevance", "recency", "persona_lens", "own_words", "meaning"} <= set(parts)
        factors = parts["recency"] * parts["persona_lens"]
        assert hit.score == pytest.approx(parts["relevance"] * factors, rel=1e-6)


async def test_what_this_persona_learnt_itself_comes_first_through_its_lens(talk: Talk) -> None:
    await talk.conversation("The harbour has a lighthouse.", session_id="b")
    await talk.conversation("The harbour has a lighthouse.", session_id="e", persona="elena")
    for persona in ("brad", "elena"):
        found = await talk.recall("lighthouse", persona=persona, persona_lens=True)
        assert found.hits[0].persona_id == persona
        assert found.hits[0].score > found.hits[1].score
    without = await talk.recall("lighthouse")
    assert without.hits[0].score == pytest.approx(without.hits[1].score, rel=1e-3)


async def test_reading_writes_nothing(talk: Talk) -> None:
    await talk.conversation("I collect stamps.")
    before = await talk.recall("stamps")
    for _ in range(3):
        again = await talk.recall("stamps", explain=True)
        assert again.revision == before.revision
        assert again.hits[0].score == pytest.approx(before.hits[0].score, rel=1e-6)


async def test_two_personas_and_what_is_private(talk: Talk) -> None:
    private = common.VISIBILITY_PRIVATE
    await talk.conversation("I hid the gift in the cellar.", session_id="b", visibility=private)
    await talk.conversation("The gift was a success.", session_id="e", persona="elena")
    assert set(await talk.texts("gift")) == {
        "I hid the gift in the cellar.",
        "The gift was a success.",
    }
    assert await talk.texts("gift", persona="elena") == ["The gift was a success."]
    await talk.conversation("I got a gift.", session_id="bob", user="bob")
    assert await talk.texts("gift", user="bob") == ["I got a gift."]


async def test_a_new_name_of_the_user_is_understood(talk: Talk) -> None:
    await talk.users.CreateUser(users.CreateUserRequest(user_id=USER))
    await talk.start()
    await talk.append(
        [
            said("I sold the old caravan.", role=working.ROLE_USER),
            said("I sold the old caravan.", role=working.ROLE_ASSISTANT),
        ]
    )

    async def speaker_part() -> dict[int, float]:
        found = await talk.recall("What did Philippa sell?", explain=True)
        return {hit.source: hit.score_parts["speaker"] for hit in found.hits}

    assert not any((await speaker_part()).values())
    update = users.UpdateUserRequest(user_id=USER, user=users.User(display_name="Philippa"))
    update.update_mask.paths.append("display_name")
    await talk.users.UpdateUser(update)
    parts = await speaker_part()
    assert parts[common.MEMORY_SOURCE_USER] > parts[common.MEMORY_SOURCE_PERSONA]


@pytest.mark.parametrize(
    "query",
    [
        "?",
        "the of and",
        "🙂",
        "¿Dónde está el faro?",
        "灯台はどこですか",
        "أين المنارة؟",
        "\u200b?",
    ],
)
async def test_any_question_gets_an_answer(talk: Talk, query: str) -> None:
    await talk.conversation("The lighthouse stands on the cliff.", "灯台は崖の上にあります", "🙂🙂")
    found = await talk.recall(query, explain=True)
    assert all(0 <= hit.score <= 1 for hit in found.hits)


async def test_other_scripts_are_found(talk: Talk) -> None:
    await talk.conversation("灯台は崖の上にあります", "El faro está en el acantilado.", "Nothing.")
    assert (await talk.texts("灯台"))[0] == "灯台は崖の上にあります"
    assert (await talk.texts("faro"))[0] == "El faro está en el acantilado."


async def test_the_longest_question(talk: Talk) -> None:
    await talk.conversation("The lighthouse stands on the cliff.", "Bread is baked at dawn.")
    query = ("Where does the lighthouse stand? " * 300)[: 8 * 1024]
    assert (await talk.texts(query))[0] == "The lighthouse stands on the cliff."
    refused = await refusal(talk.recall("x" * (8 * 1024 + 1)))
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("query",))


@pytest.mark.parametrize("query", ["", "   ", "\t\n"])
async def test_a_question_is_required(talk: Talk, query: str) -> None:
    await talk.start()
    refused = await refusal(talk.recall(query))
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("query",))


async def test_a_vector_needs_the_embedder_that_takes_them(talk: Talk) -> None:
    await talk.start()
    refused = await refusal(talk.recall("stamps", vector=[0.5] * 256))
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("vector",))


async def test_comparing_personas_needs_its_permission(talk: Talk) -> None:
    await talk.start()
    refused = await refusal(
        talk.memories.CompareAcrossPersonas(
            pb.CompareAcrossPersonasRequest(user_id=USER, persona_ids=["brad"], query="stamps")
        )
    )
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "PERMISSION_MISSING",
    )


async def test_many_recalls_of_one_reader_while_entries_come(talk: Talk) -> None:
    await talk.start()
    total = 60

    async def append() -> None:
        for number in range(total):
            await talk.say(f"Crate {number} was loaded onto the ship.")

    async def ask() -> list[int]:
        return [
            len((await talk.recall("crates on the ship", limit=200, explain=True)).hits)
            for _ in range(6)
        ]

    appending = asyncio.create_task(append())
    counts = await asyncio.gather(*(ask() for _ in range(32)))
    await appending
    for each in counts:
        assert each == sorted(each), "what was there is there later, too"
    assert len((await talk.recall("crates on the ship", limit=200)).hits) == total


async def test_capabilities_tell_the_truth(talk: Talk) -> None:
    can = await talk.memories.GetCapabilities(pb.GetCapabilitiesRequest())
    stats = await talk.operations.GetStats(operations.GetStatsRequest())
    assert can.index_ready
    assert can.embedder == stats.embedder
    assert can.embedding_dimension > 0
    assert can.limits
