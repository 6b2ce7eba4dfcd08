"""The default summariser, on made-up sessions and on anything."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.embedding.static import StaticTokenTable
from reverie_server.language.decisions import MOST
from reverie_server.language.extractive import (
    MOST_SENTENCES,
    ExtractiveSummarizer,
    sentence_count,
)
from reverie_server.language.summarizer import Summary, Turn

MINUTE = 60_000_000
START = 1_700_000_000_000_000  # 14 November 2023, 22:13 UTC


@cache
def table() -> StaticTokenTable:
    return StaticTokenTable.load()


def session(*said: tuple[str, str], start: int = START) -> list[Turn]:
    return [
        Turn(f"e{n}", speaker, content, start + n * MINUTE if start else 0)
        for n, (speaker, content) in enumerate(said)
    ]


async def summarize(turns: list[Turn], max_sentences: int | None = None) -> Summary:
    return await ExtractiveSummarizer(table()).summarize(turns, max_sentences=max_sentences)


CALL = session(
    ("Priya", "Hey Tom! How are you?"),
    ("Tom", "Hi Priya! Good, thanks. What's new?"),
    (
        "Priya",
        "My landlord is selling the flat, so I have to leave Bristol before the end of March.",
    ),
    ("Tom", "Oh no! That's awful."),
    ("Priya", "We decided to rent a narrowboat instead of looking for another flat."),
    ("Tom", "Wow, nice! Is it cold in winter?"),
    ("Priya", "The boat has a wood stove, and my uncle Ravi will teach us how to steer the boat."),
    ("Tom", "I'll send you the number of the boat surveyor tomorrow."),
    ("Priya", "Cool, thanks! I don't want to buy a boat, though."),
    ("Tom", "Great! Talk to you soon!"),
    ("Priya", "Bye!"),
)


async def test_what_the_call_was_about_is_there() -> None:
    result = await summarize(CALL)
    assert "We decided to rent a narrowboat" in result.summary or (
        "Priya said they decided to rent a narrowboat" in result.summary
    )
    assert "Priya's landlord is selling the flat" in result.summary or (
        "My landlord is selling the flat" in result.summary
    )
    for filler in ("Bye", "How are you", "What's new", "Talk to you soon", "That's awful"):
        assert filler not in result.summary
    assert {"e2", "e4"} <= set(result.entry_ids)


async def test_opening_line() -> None:
    result = await summarize(CALL)
    opening = result.summary.partition(".")[0]
    assert opening.startswith("On 14 November 2023 at 10:13 pm UTC, Priya and Tom talked about ")
    assert "boat" in opening
    undated = await summarize(session(("Ann", "I sold the old piano to a museum."), start=0))
    assert undated.summary.startswith("Ann spoke")
    bare = await ExtractiveSummarizer(table(), opening=False).summarize(CALL)
    assert "talked about" not in bare.summary
    assert bare.entry_ids == result.entry_ids


async def test_decisions_actions_and_tone() -> None:
    result = await summarize(CALL)
    assert result.decisions == (
        "Priya: We decided to rent a narrowboat instead of looking for another flat.",
    )
    assert "Tom: I'll send you the number of the boat surveyor tomorrow." in result.action_items
    assert len(result.action_items) == 2  # and Priya's "I have to leave Bristol"
    assert any("boat" in topic for topic in result.key_topics)


@pytest.mark.parametrize(
    ("said", "is_action"),
    [
        ("Remind me to call the dentist.", True),
        ("Can you send the report to Ana?", True),
        ("I need to renew my passport by Friday.", True),
        ("Let's meet at the station at nine.", True),
        ("The deadline for the grant is in May.", True),
        ("That reminds me of my old school.", False),
        ("Will you marry the baker?", False),
        ("It's light but still lets you move freely.", False),
        ("I'll always remember that sunset.", False),
        ("I should have called the dentist.", False),
        ("I'll keep believing in science.", False),
    ],
)
async def test_action_items(said: str, is_action: bool) -> None:
    result = await summarize(session(("Ann", said)))
    assert result.action_items == ((f"Ann: {said}",) if is_action else ())


@pytest.mark.parametrize(
    ("said", "is_decision"),
    [
        ("I've decided against the surgery.", True),
        ("I'm quitting the orchestra.", True),
        ("I won't sell the farm.", True),
        ("We agreed on the blue curtains.", True),
        ("Have you decided on the curtains?", False),
        ("I picked up the curtains.", False),
        ("I have not decided on the curtains.", False),
        ("We never agreed on the curtains.", False),
        ("If we decided on curtains, it would be warmer.", False),
    ],
)
async def test_decisions(said: str, is_decision: bool) -> None:
    result = await summarize(session(("Ann", said)))
    assert result.decisions == ((f"Ann: {said}",) if is_decision else ())


@pytest.mark.parametrize(
    ("said", "tone"),
    [
        ([], "neutral"),
        (["The bus leaves at nine.", "The table is made of oak."], "neutral"),
        (["I love this wonderful garden!", "Winning the prize made me so happy."], "positive"),
        (["My dog died and I feel terrible.", "I hate being so lonely and miserable."], "negative"),
        (
            ["I love my wonderful new job.", "My father's death was horrible, I am devastated."],
            "mixed",
        ),
    ],
)
async def test_emotional_tone(said: list[str], tone: str) -> None:
    turns = session(*(("Ann", sentence) for sentence in said))
    assert (await summarize(turns)).emotional_tone == tone


async def test_a_negation_is_kept() -> None:
    result = await summarize(session(("Ann", "I never took the medicine that Dr. Lee prescribed.")))
    assert "Ann never took the medicine that Dr. Lee prescribed." in result.summary


async def test_speakers_are_not_confused() -> None:
    result = await summarize(
        session(
            ("Ann", "I bought a sailing boat in Marseille last summer."),
            ("Bob", "I failed my pilot examination in Toulouse last winter."),
        )
    )
    assert "Ann bought a sailing boat" in result.summary
    assert "Bob failed their pilot examination" in result.summary


async def test_nothing_is_said_twice_and_the_order_is_kept() -> None:
    line = "I planted forty apple trees behind the old barn in Devon."
    other = "The harvest festival in October needs more volunteers from the village."
    turns = session(("Ann", line), ("Bob", other), ("Ann", line), ("Bob", other.upper()))
    result = await ExtractiveSummarizer(table(), opening=False).summarize(turns)
    assert result.summary.count("forty apple trees") == 1
    assert result.summary.lower().count("harvest festival") == 1
    assert result.summary.index("apple trees") < result.summary.index("estival")


async def test_an_empty_session_has_an_empty_summary() -> None:
    empty = Summary("", (), (), (), (), "neutral")
    assert await summarize([]) == empty
    assert await summarize(session(("Ann", ""), ("", " \n"))) == empty


async def test_notes_have_no_speaker() -> None:
    result = await summarize(session(("", "Customer asked for a refund of the broken kettle.")))
    assert result.summary == "Customer asked for a refund of the broken kettle."
    assert result.entry_ids == ("e0",)


async def test_many_speakers_are_counted() -> None:
    turns = session(*((f"P{n}", f"I brought {n} chairs to the meeting hall.") for n in range(6)))
    assert "P0, P1, P2 and 3 others talked" in (await summarize(turns)).summary


@pytest.mark.parametrize("most", [0, 1, 2, 3, 4])
async def test_at_most_so_many_sentences(most: int) -> None:
    result = await summarize(CALL, max_sentences=most)
    opening = most > 2
    assert result.summary.startswith("On 14 November") == opening
    assert len(result.entry_ids) == most - opening


def test_the_count_grows_slower_than_the_session() -> None:
    counts = [sentence_count(n) for n in range(20_001)]
    assert counts == sorted(counts)
    assert counts[:4] == [0, 1, 2, 3]
    assert counts[-1] == MOST_SENTENCES


async def test_a_huge_session_is_summarised_in_another_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: set[str] = set()
    encode = table().encode

    def spy(texts: list[str]) -> object:
        threads.add(threading.current_thread().name)
        return encode(texts)

    monkeypatch.setattr(table(), "encode", spy)
    turns = session(
        *(
            ("Ann", f"I counted {n} herons at the lake. We decided to count again.")
            for n in range(5_000)
        )
    )
    result = await summarize(turns)
    assert 0 < len(result.entry_ids) <= MOST_SENTENCES
    assert len(result.decisions) <= MOST
    assert threads
    assert threading.main_thread().name not in threads


async def test_huge_entries() -> None:
    turns = session(
        *(("Ann", "lorem ipsum dolor " * 3_600) for _ in range(3)), ("Bob", "x" * 65_536)
    )
    result = await summarize(turns)
    assert len(result.summary) < 10_000


SPEAKERS = st.sampled_from(["", "Ann", "Bob", "Zoë\nY", "(*", "小明"])
SAID = st.one_of(
    st.text(max_size=120),
    st.lists(
        st.sampled_from(
            [
                "I",
                "we",
                "my",
                "you",
                "they",
                "decided",
                "went",
                "boat",
                "not",
                "love",
                "hate",
                "the",
                "a",
                "?",
                ".",
                "!",
                "\n",
                "你好。",
            ]
        ),
        max_size=20,
    ).map(" ".join),
)


@given(
    st.lists(st.tuples(SPEAKERS, SAID, st.integers(-(2**62), 2**62)), max_size=8),
    st.one_of(st.none(), st.integers(0, 6)),
)
@settings(max_examples=150)
def test_invariants(said: list[tuple[str, str, int]], most: int | None) -> None:
    turns = [Turn(f"e{n}", who, text, time) for n, (who, text, time) in enumerate(said)]
    summarizer = ExtractiveSummarizer(table())
    result = asyncio.run(summarizer.summarize(turns, max_sentences=most))
    assert result == asyncio.run(summarizer.summarize(turns, max_sentences=most))
    numbers = [int(entry_id[1:]) for entry_id in result.entry_ids]
    assert numbers == sorted(set(numbers))
    assert all(0 <= number < len(turns) for number in numbers)
    assert result.emotional_tone in {"positive", "negative", "mixed", "neutral"}
    everything = "\n".join(turn.content for turn in turns)
    for line in (*result.decisions, *result.action_items):
        assert line in everything or line.split(": ", 1)[-1] in everything


def test_a_server_that_starts_loads_no_language_library() -> None:
    program = (
        "import sys\n"
        "import reverie_server.language.extractive\n"
        "print([m for m in ('yake', 'vaderSentiment') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
