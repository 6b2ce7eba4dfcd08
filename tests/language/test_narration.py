"""Who said what must stay who said what: every rewriting is exact or left undone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.language.narration import narrate
from reverie_server.language.words import words


def told(sentence: str) -> str:
    return narrate(sentence, "Rosalind", ["Melinda"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I went to a cooking class yesterday.", "Rosalind went to a cooking class yesterday."),
        ("I don't eat meat.", "Rosalind doesn't eat meat."),
        ("I never went to the beach.", "Rosalind never went to the beach."),
        ("No, I haven't decided yet.", "No, Rosalind hasn't decided yet."),
        ("I was tired and I was sad.", "Rosalind was tired and they were sad."),
        ("I've been working on my novel.", "Rosalind has been working on their novel."),
        ("I'm keen on it, it's part of me.", "Rosalind is keen on it, it's part of them."),
        ("My mom taught me chess.", "Rosalind's mom taught them chess."),
        ("It means a lot to me.", "It means a lot to Rosalind."),
        (
            "Last Friday I took my kids to a workshop.",
            "Last Friday Rosalind took their kids to a workshop.",
        ),
        ("We took the kids to the lake.", "Rosalind said they took the kids to the lake."),
        ("I'd love to go with her.", "Rosalind said they'd love to go with her."),
        (
            "I love dancing and want to open a studio.",
            "Rosalind said they love dancing and want to open a studio.",
        ),
        ("Yeah, I painted that lake!", "Rosalind painted that lake!"),
        ("Hey Mel, I painted that lake!", "Rosalind painted that lake!"),
    ],
)
def test_first_person_becomes_the_speaker(said: str, expected: str) -> None:
    assert told(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "I told them about my trip.",  # "their trip" would be somebody else's
        "My sister has type I diabetes.",
        "I read about how World War I ended.",
        "My brother and I started a shop.",
        "I moved to the US.",
        "I worked in a mine near my house.",
        "I ragazzi sono andati a casa.",
        "Me gusta mi casa.",
        "I LOVE MY DOG!",
        "Gonna continue my studies.",
        "I, for one, am glad of it.",
        "Let's take my car.",
        "The sky was clear.",
    ],
)
def test_what_is_not_certain_is_quoted_as_said(said: str) -> None:
    assert told(said) == f'Rosalind said: "{said}"'


def test_who_is_spoken_to() -> None:
    assert told("Your painting moved me.") == 'Rosalind told Melinda: "Your painting moved me."'
    assert told("Do you paint?") == 'Rosalind asked Melinda: "Do you paint?"'
    assert narrate("Do you paint?", "Ann", ["Bo", "Cy"]) == 'Ann asked: "Do you paint?"'
    assert narrate("Do you paint?", "Ann") == 'Ann asked: "Do you paint?"'


def test_quotation_marks_inside_are_kept_apart() -> None:
    assert told('She said "I love it" to me.') == 'Rosalind said: “She said "I love it" to me.”'


def test_names_and_interjections_around_the_statement_go() -> None:
    assert told("Wow, Melinda, that was brave, Mel!") == 'Rosalind said: "That was brave!"'


def test_a_refusal_is_never_taken_for_an_interjection() -> None:
    assert told("No, never again.") == 'Rosalind said: "No, never again."'


def test_a_note_is_told_as_it_stands() -> None:
    assert narrate("I called at noon.", "") == "I called at noon."


def test_names_that_end_in_s() -> None:
    assert narrate("My dog is ill.", "James", ["Ann"]) == "James' dog is ill."


WORDS = st.sampled_from(
    [
        "I",
        "i",
        "I'm",
        "I’ve",
        "my",
        "me",
        "we",
        "us",
        "our",
        "you",
        "they",
        "was",
        "am",
        "went",
        "love",
        "not",
        "never",
        "no",
        "the",
        "and",
        "it's",
        "US",
        '"',
        "?",
        "!",
        ",",
        "Rosalind",
        "Melinda",
        "Mel",
        "because",
        "yesterday",
        "don't",
        "to",
        "a",
        "of",
        "hate",
        "wasn't",
        "let's",
    ]
)


@given(
    st.lists(WORDS, max_size=14).map(" ".join), st.sampled_from(["Rosalind", "Dr. (X) [", "你好"])
)
@settings(max_examples=500)
def test_negations_and_speaker_survive_any_sentence(said: str, speaker: str) -> None:
    result = narrate(said, speaker, ["Melinda"])
    assert speaker in result
    for negation in ("not", "never", "no"):
        assert words(result).count(negation) == words(said).count(negation)
    quoted = f"{speaker} said:", f"{speaker} told", f"{speaker} asked"
    if not result.startswith(quoted):
        assert "you" not in result.split()
        assert " I " not in f" {result} "


@given(st.text(max_size=80), st.text(max_size=10), st.lists(st.text(max_size=10), max_size=3))
@settings(max_examples=200)
def test_any_text_can_be_told(said: str, speaker: str, others: list[str]) -> None:
    assert narrate(said, speaker, others) == narrate(said, speaker, others)
