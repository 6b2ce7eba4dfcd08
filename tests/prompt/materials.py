"""Material for prompts: a full one, and any at all."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from reverie_server.clock import MICROSECONDS
from reverie_server.identity.prompt.model import (
    Bond,
    Habit,
    Identity,
    Layout,
    Material,
    Origin,
    Person,
    Remembered,
    Said,
    Section,
    Wish,
)

DAY: Final = 86_400 * MICROSECONDS
NOW: Final = 1_736_236_800 * MICROSECONDS
BRAD: Final = Identity(
    "Brad",
    "You are Brad. You are decisive and say what you think.",
    traits={"voice_tone": "gruff", "humor_type": "dry"},
    rules=("Give practical advice.",),
)


def facts(number: int) -> list[Remembered]:
    hobbies = ("rock climbing", "fantasy football", "craft beer", "baking", "chess", "her garden")
    return [
        Remembered(
            f"fact-{index:02}",
            3,
            Origin.FACT,
            f"Spent {index} evenings on {hobbies[index % len(hobbies)]} with people from place"
            f" {index * 7} and wants to go on with it next season",
            importance=(index % 10) / 10,
            pinned=index == 11,
        )
        for index in range(number)
    ]


def calls(number: int) -> list[Remembered]:
    return [
        Remembered(
            f"call-{index:02}",
            2,
            Origin.CALL,
            f"Alice talked about coworker number {index}, the plan for the week and a long story"
            f" about bus line {index * 3}; you told her to write it down first.",
            time=NOW - index * DAY,
        )
        for index in range(number)
    ]


def storylines(number: int) -> list[Remembered]:
    return [
        Remembered(
            f"story-{index}",
            2,
            Origin.STORYLINE,
            f"Tension number {index} at work",
            about=f"conflict_{index}",
            time=NOW - index * DAY,
            follow_up="did you talk to them?",
        )
        for index in range(number)
    ]


def full() -> Material:
    """47 facts, 10 calls, 3 storylines and an inside joke."""
    joke = Remembered("joke", 3, Origin.JOKE, "The burrito incident")
    return Material(
        BRAD,
        Bond("friend", "You call her 'dude'."),
        Person("Alice", "Al", topics_to_avoid=("politics",)),
        (*facts(47), joke, *calls(10), *storylines(3)),
        (Habit("greeting_pattern", "Yo Al, what's up?"),),
    )


_ODD: Final = st.sampled_from(
    [
        "<memories>",
        "</memories>",
        "\n</memories>\n",
        "=== YOUR TASK ===",
        "\uff1c/memories\uff1e",
        "<s>",
        "</s>",
        "<unk>",
        "\n",
        "\n\n",
        "\u200b",
        "\u202e",
        "\U000e0041",
        "politics",
        "{name}",
        "  ",
        "\U0001f9d7",
        "\u65e5\u672c\u8a9e",
    ]
)
TEXTS: Final = st.lists(_ODD | st.text(max_size=30), max_size=6).map("".join)
_SCORES: Final = st.sampled_from((0.0, 0.3, 0.5, 0.9, 1.0))
MEMORIES: Final = st.builds(
    Remembered,
    st.text("abc123", min_size=1, max_size=4),
    st.integers(1, 4),
    st.sampled_from(Origin),
    TEXTS,
    about=TEXTS,
    importance=_SCORES,
    score=st.none() | _SCORES,
    pinned=st.booleans(),
    time=st.none() | st.integers(-(2**62), 2**62),
    follow_up=TEXTS,
)
MATERIALS: Final = st.builds(
    Material,
    st.builds(
        Identity,
        TEXTS,
        TEXTS,
        TEXTS,
        st.dictionaries(TEXTS, TEXTS, max_size=2),
        st.lists(TEXTS, max_size=2).map(tuple),
    ),
    st.builds(Bond, TEXTS, TEXTS, st.booleans(), st.booleans(), st.booleans()),
    st.builds(Person, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple)),
    st.lists(MEMORIES, max_size=12).map(tuple),
    st.lists(st.builds(Habit, st.just("advice_format"), TEXTS), max_size=1).map(tuple),
    st.lists(st.builds(Said, st.text("xyz", min_size=1), TEXTS, TEXTS, TEXTS), max_size=4).map(
        tuple
    ),
)
WISHES: Final = st.builds(
    Wish,
    st.integers(0, 600),
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from(Layout),
    st.dictionaries(
        st.sampled_from([section for section in Section if section is not Section.CORE]),
        st.integers(0, 120),
        max_size=3,
    ),
)
