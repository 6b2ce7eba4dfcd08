"""Prompts as callers get them: over the wire, from what the other services have stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import grpc
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import prompt_service_pb2 as pb
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.embedding.static import StaticTokenTable
from tests.rpc.contract import BY_NAME, Refused, answer, ask
from tests.rpc.world import at_rest

BRAD: Final[Mapping[str, Any]] = {
    "display_name": "Brad",
    "core_prompt": "You are Brad. You are decisive, edgy and confident.",
    "personality_traits": {"humor_type": "dry"},
    "behavioral_rules": ["Give practical advice."],
}
ALICE: Final[Mapping[str, Any]] = {"user_id": "alice", "persona_id": "brad"}
BOB: Final[Mapping[str, Any]] = {"user_id": "bob", "persona_id": "brad"}
TABLE = StaticTokenTable.load()


async def refused(channel: grpc.aio.Channel, name: str, **fields: Any) -> Refused:
    rpc = BY_NAME[name]
    outcome = await ask(channel, rpc, rpc.request(**fields))
    assert isinstance(outcome, Refused), outcome
    return outcome


async def remember(
    channel: grpc.aio.Channel, pair: Mapping[str, Any], *calls: str, first_day: int = 0
) -> None:
    """Past calls, one a day, with summaries."""
    for day, summary in enumerate(calls, first_day):
        start = 1_735_689_600 + day * 86_400
        await answer(
            channel,
            "PutEpisode",
            **pair,
            session_id=f"{pair['user_id']}-call-{day}",
            start_time=Timestamp(seconds=start),
            end_time=Timestamp(seconds=start + 600),
            summary=summary,
        )
    # What is worked out of them later would move the revision.
    await at_rest(channel)


async def document(channel: grpc.aio.Channel, pair: Mapping[str, Any], text: str) -> str:
    content = Struct()
    content.update({"note": text})
    stored = await answer(channel, "PutDocument", **pair, content=content)
    return str(stored.document.document_id)


@pytest.fixture
async def friends(channel: grpc.aio.Channel) -> grpc.aio.Channel:
    """Brad, who is Alice's bro and Bob's boyfriend, with memories of both."""
    await answer(channel, "CreatePersona", persona_id="brad", persona=BRAD)
    await answer(
        channel, "CreateUser", user_id="alice", user={"display_name": "Alice", "address_as": "Al"}
    )
    await answer(channel, "CreateUser", user_id="bob", user={"display_name": "Bob"})
    await answer(
        channel,
        "GetOrCreateRelationship",
        **ALICE,
        relationship_type="friend",
        custom_prompt="You and Alice are close bros. You call her 'dude'.",
    )
    await answer(
        channel,
        "GetOrCreateRelationship",
        **BOB,
        relationship_type="boyfriend",
        custom_prompt="You are Bob's boyfriend. You call him 'babe'.",
    )
    await remember(channel, ALICE, "Alice loves rock climbing.", "Alice argued with Sarah.")
    await remember(channel, BOB, "Bob planned a sailing trip.", "Bob burnt the lasagna.")
    await document(channel, ALICE, "climbing gym membership number quartz")
    await document(channel, BOB, "climbing boots in size velvet")
    await answer(
        channel,
        "PutProcedure",
        persona_id="brad",
        key="greeting_pattern",
        template="Yo {name}, what's up?",
    )
    return channel


def sections(prompt: Any) -> dict[str, Any]:
    return {each.name: each for each in prompt.sections}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


async def test_each_user_has_their_own_brad(friends: grpc.aio.Channel) -> None:
    topic = "climbing gym or climbing boots"
    alice = await answer(friends, "ComposePrompt", **ALICE, topic=topic)
    bob = await answer(friends, "ComposePrompt", **BOB, topic=topic)

    core = sections(alice)["core_identity"].text.encode()
    assert core == sections(bob)["core_identity"].text.encode()
    assert b"decisive, edgy" in core
    assert "'dude'" in alice.prompt
    assert "'babe'" in bob.prompt
    assert "rock climbing" in alice.prompt
    assert "quartz" in alice.prompt
    assert "sailing" in bob.prompt
    assert "velvet" in bob.prompt
    hers = {"dude", "alice", "al", "rock", "sarah", "argued", "quartz", "membership", "gym"}
    his = {"babe", "bob", "sailing", "lasagna", "velvet", "boots", "boyfriend"}
    assert words(alice.prompt) >= {"dude", "quartz"}
    assert not words(alice.prompt) & his
    assert not words(bob.prompt) & hers


async def test_the_answer_says_what_it_is_made_of(friends: grpc.aio.Channel) -> None:
    request = {**ALICE, "topic": "climbing", "explain": True}
    prompt = await answer(friends, "ComposePrompt", **request)
    assert prompt.tokenizer == "llama-2"
    assert prompt.token_count == TABLE.count(prompt.prompt)
    assert prompt.prompt == "\n\n".join(each.text for each in prompt.sections)
    assert [each.name for each in prompt.sections] == [
        "core_identity",
        "relationship",
        "known",
        "recent_context",
        "style",
        "task",
    ]
    data = {each.name for each in prompt.sections if each.kind == pb.PROMPT_SECTION_KIND_DATA}
    assert data == {"known", "recent_context"}
    assert "Greet like this: Yo Al, what's up?" in sections(prompt)["style"].text
    calls = sections(prompt)["recent_context"].text
    assert calls.index("argued with Sarah") < calls.index("rock climbing"), "newest first"
    assert all(each.score_parts for each in prompt.included)
    assert prompt.revision > 0
    assert not prompt.degraded
    assert prompt == await answer(friends, "ComposePrompt", **request)


async def test_what_was_said_in_the_first_call_is_there_in_the_fifth(
    friends: grpc.aio.Channel,
) -> None:
    for day in range(2, 6):
        prompt = await answer(friends, "ComposePrompt", **ALICE)
        assert "Alice loves rock climbing." in prompt.prompt
        await remember(friends, ALICE, f"Small talk {day}.", first_day=day)


async def test_a_budget_below_the_core_names_what_it_needs(friends: grpc.aio.Channel) -> None:
    core = sections(await answer(friends, "ComposePrompt", **ALICE))["core_identity"]
    no = await refused(friends, "ComposePrompt", **ALICE, token_budget=core.token_count - 1)
    assert (no.code, no.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BUDGET_TOO_SMALL")
    assert str(core.token_count) in no.message
    least = await answer(friends, "ComposePrompt", **ALICE, token_budget=core.token_count)
    assert least.prompt == core.text
    assert {each.reason for each in least.dropped} == {pb.DROP_REASON_OVER_BUDGET}


async def test_topics_to_avoid_and_the_memory_config_are_kept(friends: grpc.aio.Channel) -> None:
    await remember(friends, ALICE, "Her father's funeral was in Cleveland.", first_day=2)
    await answer(
        friends,
        "UpdateUser",
        user_id="alice",
        user={"preferences": {"topics_to_avoid": "dad's death (sensitive); weight/body image"}},
        update_mask=FieldMask(paths=["preferences"]),
    )
    bring = await document(friends, ALICE, "Grieves for her dad when climbing")
    prompt = await answer(friends, "ComposePrompt", **ALICE, topic="climbing dad Cleveland")
    assert "Do not bring up: dad's death (sensitive); weight/body image" in prompt.prompt
    assert "Cleveland" not in prompt.prompt
    assert "Grieves" not in prompt.prompt
    avoided = {
        each.memory_id for each in prompt.dropped if each.reason == pb.DROP_REASON_AVOIDED_TOPIC
    }
    assert bring in avoided
    forgetful = await answer(
        friends,
        "PreviewPrompt",
        **ALICE,
        topic="climbing",
        relationship={"memory_config": {"remember_past_conversations": False}},
    )
    assert set(sections(forgetful)) == {"core_identity", "relationship", "known", "style", "task"}


async def test_a_preview_stores_nothing(friends: grpc.aio.Channel) -> None:
    preview = await answer(
        friends,
        "PreviewPrompt",
        user_id="alice",
        persona_id="nobody-yet",
        persona={"display_name": "Zoe", "core_prompt": "You are Zoe."},
        relationship={"relationship_type": "mentor"},
    )
    assert "You are Zoe." in preview.prompt
    assert "You and the user are mentors." in preview.prompt
    no = await refused(friends, "GetPersona", persona_id="nobody-yet")
    assert no.code is grpc.StatusCode.NOT_FOUND
    no = await refused(friends, "PreviewPrompt", user_id="alice", persona_id="nobody-yet")
    assert no.code is grpc.StatusCode.NOT_FOUND


async def test_messages_share_the_budget_with_the_prompt(friends: grpc.aio.Channel) -> None:
    talk = {**ALICE, "session_id": "talk"}
    await answer(friends, "StartSession", **talk)
    texts = [f"Message {number} about the long way home" for number in range(30)]
    roles = [working.ROLE_USER, working.ROLE_ASSISTANT] * 15
    await answer(
        friends,
        "AppendEntries",
        **talk,
        entries=[
            working.Entry(role=role, content=text) for role, text in zip(roles, texts, strict=True)
        ],
    )
    given = await answer(friends, "ComposeMessages", **talk)
    assert [each.content for each in given.messages[1:]] == texts[-20:]
    assert [each.role for each in given.messages[1:3]] == [
        working.ROLE_USER,
        working.ROLE_ASSISTANT,
    ]
    assert given.messages[0].role == working.ROLE_SYSTEM
    assert all(each.token_count == TABLE.count(each.content) for each in given.messages)

    tight = await answer(friends, "ComposeMessages", **talk, token_budget=260)
    assert sum(each.token_count for each in tight.messages) == tight.token_count <= 260
    kept = [each.content for each in tight.messages[1:]]
    assert 0 < len(kept) < 20
    assert kept == texts[-len(kept) :]
    left_out = [each for each in tight.dropped if each.section == "conversation"]
    assert len(left_out) == 20 - len(kept)

    shown = await answer(friends, "ComposePrompt", **talk, recent_entries=2, topic="way home")
    assert sections(shown)["conversation"].text.split("\n")[2:-1] == [
        f"- user: {texts[-2]}",
        f"- assistant: {texts[-1]}",
    ]
    assert "relevant_past" not in sections(shown), "the session's own entries are not recalled"


async def test_texts_are_replaced_by_workspace_and_persona(friends: grpc.aio.Channel) -> None:
    stored = await answer(
        friends, "PutTemplate", key="task.default", template="Talk to {name} {{now}}."
    )
    assert (stored.template.version, stored.template.persona_id) == (1, "")
    prompt = await answer(friends, "ComposePrompt", **ALICE)
    assert prompt.prompt.endswith("Talk to Alice {now}.")

    for template in ("Be {persona}!", "Be {persona} again."):
        stored = await answer(
            friends, "PutTemplate", persona_id="brad", key="task.default", template=template
        )
    assert stored.template.version == 2
    prompt = await answer(friends, "ComposePrompt", **ALICE)
    assert prompt.prompt.endswith("Be Brad again.")
    first = await answer(friends, "GetTemplate", persona_id="brad", key="task.default", version=1)
    assert first.template.template == "Be {persona}!"
    shared = await answer(friends, "GetTemplate", key="task.default")
    assert shared.template.template == "Talk to {name} {{now}}."
    built_in = await answer(friends, "GetTemplate", key="style.avoid")
    assert (built_in.template.version, built_in.template.etag) == (0, "0")

    every = await answer(friends, "ListTemplates", persona_id="brad", page_size=1_000)
    keys = [each.key for each in every.templates]
    assert keys == sorted(keys)
    assert {"task.default", "known.heading", "core_identity.data_notice"} <= set(keys)
    page = await answer(friends, "ListTemplates", key_prefix="style.", page_size=2)
    assert [each.key for each in page.templates] == ["style.advice_format", "style.advice_style"]
    assert page.next_page_token


@pytest.mark.parametrize(
    ("key", "template"),
    [
        ("task.default", "Be {secret}."),
        ("core_identity.heading", "{name}"),
        ("task.default", "a { brace"),
        ("task.heading", "two\nlines"),
    ],
)
async def test_a_malformed_text_is_refused(
    friends: grpc.aio.Channel, key: str, template: str
) -> None:
    no = await refused(friends, "PutTemplate", key=key, template=template)
    assert (no.code, no.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("template",))


async def test_stale_etags_and_unknown_keys_are_refused(friends: grpc.aio.Channel) -> None:
    fields = {"key": "task.default", "template": "Go."}
    first = await answer(friends, "PutTemplate", **fields, etag="0")
    no = await refused(friends, "PutTemplate", **fields, etag="0")
    assert no.reason == "STALE_ETAG"
    second = await answer(friends, "PutTemplate", **fields, etag=first.template.etag)
    assert second.template.version == 2
    no = await refused(friends, "PutTemplate", key="task.nothing", template="Go.")
    assert no.code is grpc.StatusCode.NOT_FOUND


async def test_a_deleted_personas_texts_go_with_it(friends: grpc.aio.Channel) -> None:
    await answer(friends, "CreatePersona", persona_id="zoe", persona={"display_name": "Zoe"})
    await answer(friends, "PutTemplate", persona_id="zoe", key="task.heading", template="Now:")
    await answer(friends, "DeletePersona", persona_id="zoe")
    await answer(friends, "CreatePersona", persona_id="zoe", persona={"display_name": "Zoe"})
    prompt = await answer(friends, "ComposePrompt", persona_id="zoe")
    assert prompt.prompt.endswith("=== YOUR TASK ===\nBe Zoe.")


async def test_section_caps_name_sections(friends: grpc.aio.Channel) -> None:
    capped = await answer(friends, "ComposePrompt", **ALICE, section_caps={"recent_context": 0})
    assert "recent_context" not in sections(capped)
    for name in ("core_identity", "nothing"):
        no = await refused(friends, "ComposePrompt", **ALICE, section_caps={name: 5})
        assert no.code is grpc.StatusCode.INVALID_ARGUMENT


async def test_calls_after_as_of_are_left_out(friends: grpc.aio.Channel) -> None:
    then = Timestamp(seconds=1_735_689_600 + 3_600)
    prompt = await answer(friends, "ComposePrompt", **ALICE, as_of=then)
    assert "rock climbing" in prompt.prompt
    assert "Sarah" not in prompt.prompt


async def test_very_long_instructions_are_there_whole_or_not_at_all(
    friends: grpc.aio.Channel,
) -> None:
    long = {
        **ALICE,
        "persona": {"core_prompt": "You are very patient. " * 2_500},
        "relationship": {"custom_prompt": "Take your time.\n" * 3_500},
    }
    preview = await answer(friends, "PreviewPrompt", **long, token_budget=1_000_000)
    assert preview.token_count == TABLE.count(preview.prompt)
    assert preview.prompt.count("You are very patient.") == 2_500
    assert preview.prompt.count("Take your time.") == 3_500
    core = sections(preview)["core_identity"].token_count
    tight = await answer(friends, "PreviewPrompt", **long, token_budget=core + 200)
    assert tight.prompt.count("You are very patient.") == 2_500
    assert "Take your time." not in tight.prompt
    (left_out,) = (each for each in tight.dropped if each.section == "relationship")
    assert (left_out.memory_id, left_out.reason) == ("", pb.DROP_REASON_OVER_BUDGET)


async def test_a_revision_that_was_never_committed_is_refused(friends: grpc.aio.Channel) -> None:
    prompt = await answer(friends, "ComposePrompt", **ALICE)
    await answer(friends, "ComposePrompt", **ALICE, min_revision=prompt.revision)
    no = await refused(friends, "ComposePrompt", **ALICE, min_revision=prompt.revision + 1)
    assert (no.code, no.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REVISION_UNKNOWN")


async def test_a_storyline_is_followed_up_until_it_is_over(friends: grpc.aio.Channel) -> None:
    sarah = {"topic": "sarah_work_conflict", "summary": "Sarah is passive-aggressive"}
    for status, open_ in (
        (working.STORYLINE_STATUS_ONGOING, True),
        (working.STORYLINE_STATUS_RESOLVED, False),
    ):
        talk = {**ALICE, "session_id": f"talk-{status}"}
        await answer(friends, "StartSession", **talk)
        await answer(
            friends,
            "EndSession",
            **talk,
            summary="They talked.",
            storylines=[{**sarah, "status": status, "follow_up": "How did it go with Sarah?"}],
        )
        prompt = await answer(friends, "ComposePrompt", **ALICE)
        assert ("How did it go with Sarah?" in prompt.prompt) == open_
        bob = await answer(friends, "ComposePrompt", **BOB)
        assert "Sarah" not in bob.prompt
