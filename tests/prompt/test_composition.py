"""The composer on pure material: its budget, its order, what is dropped, and that nothing breaks
out of its delimiters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reverie_server.embedding.static import StaticTokenTable
from reverie_server.identity.prompt.avoidance import Avoidance
from reverie_server.identity.prompt.composition import compose
from reverie_server.identity.prompt.lines import core_text
from reverie_server.identity.prompt.meanings import Meanings
from reverie_server.identity.prompt.model import (
    Bond,
    BudgetTooSmall,
    Composed,
    Content,
    Layout,
    Material,
    Origin,
    Person,
    Reason,
    Remembered,
    Said,
    Section,
    Wish,
)
from reverie_server.identity.prompt.quoting import CLOSE, HEADING, OPEN
from reverie_server.identity.prompt.tokens import TokenCounter
from tests.prompt.materials import BRAD, MATERIALS, TEXTS, WISHES, calls, full

TABLE = StaticTokenTable.load()
COUNTER = TokenCounter(TABLE, name="llama-2")
MEANINGS = Meanings(TABLE)


def composed(material: Material, wish: Wish) -> Composed:
    topics = material.person.filtering_topics if material.person else ()
    avoidance = Avoidance(topics, MEANINGS)
    return compose(material, wish, COUNTER, avoidance.forbids, MEANINGS.relevance)


def section_text(prompt: Composed, section: Section) -> str:
    return next((each.text for each in prompt.sections if each.section is section), "")


@given(TEXTS)
def test_counts_exactly_as_the_tokenizer(text: str) -> None:
    assert COUNTER.count(text) == TABLE.count(text)


@given(MATERIALS, WISHES)
def test_never_exceeds_its_budget_and_keeps_the_core_whole(material: Material, wish: Wish) -> None:
    core = core_text(material.identity, material.texts)
    needed = TABLE.count(core)
    if wish.token_budget < needed:
        with pytest.raises(BudgetTooSmall) as refused:
            composed(material, wish)
        assert refused.value.needed == needed
        return
    prompt = composed(material, wish)
    assert prompt.token_count == TABLE.count(prompt.prompt) <= wish.token_budget
    assert prompt.prompt.startswith(core)
    assert prompt.prompt == "\n\n".join(each.text for each in prompt.sections)
    for each in prompt.sections:
        assert each.token_count == TABLE.count(each.text)
        assert each.token_count <= wish.section_caps.get(each.section, each.token_count)
    assert prompt == composed(material, wish)


@given(MATERIALS, WISHES)
def test_accounts_for_every_memory(material: Material, wish: Wish) -> None:
    needed = COUNTER.count(core_text(material.identity, material.texts))
    prompt = composed(material, replace(wish, token_budget=wish.token_budget + needed))
    found = Counter(each.memory_id for each in prompt.included)
    found += Counter(each.memory_id for each in prompt.dropped)
    del found[""]
    wanted = Counter(each.memory_id for each in material.memories)
    wanted += Counter(each.memory_id for each in material.recent_entries)
    assert found == wanted


@given(MATERIALS, WISHES)
def test_nothing_breaks_out_of_the_delimiters(material: Material, wish: Wish) -> None:
    needed = COUNTER.count(core_text(material.identity, material.texts))
    prompt = composed(material, replace(wish, token_budget=wish.token_budget + needed))
    for each in prompt.sections:
        if each.section is Section.CORE:
            continue
        lines = each.text.split("\n")
        assert lines == each.text.splitlines()
        assert sum(HEADING.match(line) is not None for line in lines) <= 1
        assert not any(HEADING.match(line) for line in lines[1:])
        inside = False
        for line in lines:
            if line in {OPEN, CLOSE}:
                assert inside == (line == CLOSE)
                assert each.content is Content.DATA
                inside = not inside
            elif inside:
                assert line.startswith("- ")
                assert "<" not in line.replace("<3", "")
        assert not inside


@given(st.integers(0, 5_000))
def test_any_budget_from_the_cores_own_size_on(extra: int) -> None:
    needed = COUNTER.count(core_text(BRAD, {}))
    prompt = composed(full(), Wish(needed + extra, topic="climbing"))
    assert TABLE.count(prompt.prompt) <= needed + extra


def test_a_full_memory_fits_two_thousand_tokens_and_the_rest_is_listed() -> None:
    prompt = composed(full(), Wish(2_000, topic="rock climbing"))
    assert 1_900 < prompt.token_count <= 2_000
    assert {each.reason for each in prompt.dropped} == {Reason.OVER_BUDGET}
    assert len(prompt.included) + len(prompt.dropped) == 47 + 10 + 3 + 1
    known = [each for each in prompt.included if each.section is Section.KNOWN]
    assert known[0].memory_id == "fact-11", "what is pinned comes first"
    fits = [each.parts["relevance"] for each in known[1:]]
    assert fits == sorted(fits, reverse=True)
    assert "fact-06" in {each.memory_id for each in known}
    assert {f"story-{index}" for index in range(3)} <= {each.memory_id for each in prompt.included}
    recent = section_text(prompt, Section.RECENT)
    assert recent.index("2025-01-07: Alice") < recent.index("2025-01-06: Alice")


def test_sections_stand_in_their_order() -> None:
    standard = composed(full(), Wish(4_000, scenario="A late call."))
    assert [each.section for each in standard.sections] == [
        Section.CORE,
        Section.RELATIONSHIP,
        Section.JOKES,
        Section.KNOWN,
        Section.RECENT,
        Section.STYLE,
        Section.SCENARIO,
        Section.TASK,
    ]
    stable = composed(full(), Wish(4_000, layout=Layout.CACHE_STABLE))
    order = [each.section for each in stable.sections]
    assert order.index(Section.STYLE) < order.index(Section.KNOWN)


def test_what_is_stable_stays_the_same_whatever_the_topic() -> None:
    first, second = (
        composed(full(), Wish(1_500, topic=topic, layout=Layout.CACHE_STABLE)).prompt
        for topic in ("rock climbing", "buses")
    )
    until = first.index("=== WHAT YOU KNOW ABOUT ALICE ===")
    assert first[:until] == second[:until]
    assert "what's up?" in first[:until]


def test_without_anything_there_are_no_empty_sections() -> None:
    prompt = composed(Material(BRAD, Bond("brother"), Person("")), Wish(500))
    assert [each.section for each in prompt.sections] == [
        Section.CORE,
        Section.RELATIONSHIP,
        Section.TASK,
    ]
    assert "You and the user are brothers." in prompt.prompt
    assert prompt.prompt.endswith("the user is talking to you right now. Be Brad.")


def test_a_persona_without_a_user_has_its_own_prompt() -> None:
    prompt = composed(Material(BRAD), Wish(500))
    assert [each.section for each in prompt.sections] == [Section.CORE, Section.TASK]


@pytest.mark.parametrize(
    ("bond", "left_out"),
    [
        (Bond(personal_facts=False), {Origin.FACT, Origin.KNOWLEDGE}),
        (
            Bond(details=False),
            {Origin.JOKE, Origin.RELATIONSHIP_FACT, Origin.STORYLINE},
        ),
        (
            Bond(conversations=False),
            {Origin.CALL, Origin.STORYLINE, Origin.CONVERSATION},
        ),
    ],
)
def test_the_memory_config_decides(bond: Bond, left_out: set[Origin]) -> None:
    memories = tuple(
        Remembered(origin.name, 3, origin, f"Text of {origin.name}") for origin in Origin
    )
    prompt = composed(Material(BRAD, bond, Person("Alice"), memories), Wish(2_000))
    switched_off = {e.memory_id for e in prompt.dropped if e.reason is Reason.MEMORY_CONFIG}
    assert switched_off == {origin.name for origin in left_out}
    assert not any(f"Text of {origin.name}" in prompt.prompt for origin in left_out)


def test_topics_to_avoid_filter_memories_and_nothing_else() -> None:
    person = Person("Alice", topics_to_avoid=("dad's death (sensitive)",))
    bond = Bond("friend", "Her dad's death changed you both.")
    memories = (
        Remembered("gone", 3, Origin.FACT, "Passed away 2018", about="dad"),
        Remembered("boat", 3, Origin.FACT, "Has a boat", about="dad"),
        Remembered("call", 2, Origin.CALL, "She cried at her father's funeral."),
        Remembered("story", 2, Origin.STORYLINE, "Grieving for dad", about="grief"),
    )
    prompt = composed(Material(BRAD, bond, person, memories), Wish(2_000))
    avoided = {e.memory_id for e in prompt.dropped if e.reason is Reason.AVOIDED_TOPIC}
    assert avoided == {"gone", "call", "story"}
    assert "Do not bring up: dad's death (sensitive)" in prompt.prompt
    assert bond.custom_prompt in prompt.prompt
    assert "dad: Has a boat" in prompt.prompt
    assert "2018" not in prompt.prompt


def test_a_derived_topic_leaves_memories_out_and_is_not_named() -> None:
    person = Person("Alice", topics_to_avoid=("politics",), derived_topics=("her boat",))
    memories = (Remembered("boat", 3, Origin.FACT, "Has a boat"),)
    prompt = composed(Material(BRAD, Bond(), person, memories), Wish(2_000))
    assert "boat" not in prompt.prompt
    assert avoid_line(prompt) == "Do not bring up: politics"
    assert [(e.memory_id, e.reason) for e in prompt.dropped] == [("boat", Reason.AVOIDED_TOPIC)]


def avoid_line(prompt: Composed) -> str:
    lines = section_text(prompt, Section.STYLE).split("\n")
    return next((line for line in lines if line.startswith("Do not bring up: ")), "")


def test_of_too_many_topics_to_avoid_the_first_stand() -> None:
    topics = tuple(f"topic {n} {'x' * 500}" for n in range(60))
    prompt = composed(Material(BRAD, Bond(), Person("Alice", topics_to_avoid=topics)), Wish(4_000))
    shown = avoid_line(prompt).removeprefix("Do not bring up: ").split("; ")
    assert [each.split()[1] for each in shown] == [f"{n}" for n in range(len(shown))]
    assert len(shown) >= 4
    assert len(avoid_line(prompt)) <= 1_100
    assert all(len(each) <= 200 for each in shown)
    assert [each.section for each in prompt.dropped] == [Section.STYLE] * (60 - len(shown))


def test_a_line_of_topics_that_does_not_fit_loses_single_topics() -> None:
    topics = ("politics", "her boss", "money and what it is for", "the house in the hills")
    material = Material(BRAD, Bond(), Person("Alice", topics_to_avoid=topics))
    seen = set()
    for cap in range(80):
        prompt = composed(material, Wish(2_000, section_caps={Section.STYLE: cap}))
        shown = tuple(
            filter(None, avoid_line(prompt).removeprefix("Do not bring up: ").split("; "))
        )
        assert shown == topics[: len(shown)]
        assert len([e for e in prompt.dropped if e.section is Section.STYLE]) == 4 - len(shown)
        seen.add(len(shown))
    assert seen == {0, 1, 2, 3, 4}


def test_what_says_the_same_stands_once() -> None:
    memories = (
        Remembered("a", 3, Origin.FACT, "Likes tea."),
        Remembered("b", 3, Origin.FACT, "likes TEA"),
        Remembered("call-00", 2, Origin.CONVERSATION, "Other words"),
        calls(1)[0],
    )
    prompt = composed(Material(BRAD, Bond(), Person("Alice"), memories), Wish(2_000))
    assert [(each.memory_id, each.reason) for each in prompt.dropped] == [
        ("b", Reason.DUPLICATE),
        ("call-00", Reason.DUPLICATE),
    ]


def test_a_cap_holds_and_zero_leaves_a_section_out() -> None:
    caps = {Section.KNOWN: 150, Section.RECENT: 0}
    prompt = composed(full(), Wish(4_000, section_caps=caps))
    known = section_text(prompt, Section.KNOWN)
    assert 100 < TABLE.count(known) <= 150
    assert section_text(prompt, Section.RECENT) == ""
    assert {each.reason for each in prompt.dropped} == {Reason.SECTION_CAP}


def test_the_last_entries_are_shown_oldest_first() -> None:
    said = tuple(Said(f"e{index}", "user", "Alice", f"Words {index}") for index in range(3))
    material = replace(full(), recent_entries=said)
    text = section_text(composed(material, Wish(4_000)), Section.CONVERSATION)
    assert text.split("\n")[2:-1] == [f"- Alice: Words {index}" for index in range(3)]


def test_replaced_texts_take_the_place_of_the_usual_ones() -> None:
    texts = {"task.default": "{persona}, answer {name}.", "known.heading": "", "style.avoid": ""}
    prompt = composed(replace(full(), texts=texts), Wish(4_000))
    assert prompt.prompt.endswith("=== YOUR TASK ===\nBrad, answer Alice.")
    assert "WHAT YOU KNOW" not in prompt.prompt
    assert "Do not bring up" not in prompt.prompt


@given(MATERIALS)
def test_a_core_knows_nothing_of_its_user(material: Material) -> None:
    core = core_text(material.identity, {})
    assume(TABLE.count(core) < 900)
    mine = composed(material, Wish(1_000))
    other = composed(Material(material.identity, Bond(), Person("Bob")), Wish(1_000))
    assert mine.sections[0].text == other.sections[0].text == core


def test_a_very_long_memory_is_shown_in_part_and_costs_no_more_than_that() -> None:
    memories = tuple(
        Remembered(f"m{index}", 3, Origin.FACT, f"{index} " + "word " * 200_000)
        for index in range(3)
    )
    prompt = composed(Material(BRAD, Bond(), Person("Alice"), memories), Wish(2_000))
    lines = section_text(prompt, Section.KNOWN).split("\n")[2:-1]
    assert [len(line) <= 1_002 and line.endswith("…") for line in lines] == [True] * 3
