"""Topics to avoid, on labelled pairs and on the rules that they follow."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from reverie_server.embedding.static import StaticTokenTable
from reverie_server.identity.prompt.avoidance import MOST_ALTERNATIVES, MOST_OF_A_TOPIC, Avoidance
from reverie_server.identity.prompt.meanings import Meanings
from tests.prompt.avoided_pairs import HELD_OUT, TUNING, Pair


@pytest.fixture(scope="module")
def meanings() -> Meanings:
    return Meanings(StaticTokenTable.load())


def rates(pairs: Sequence[Pair], meanings: Meanings) -> tuple[float, float]:
    """Of what is to be avoided the share that is, and of what is to be kept the share that is
    avoided, too."""
    found: dict[bool, list[bool]] = {True: [], False: []}
    for pair in pairs:
        avoidance = Avoidance([pair.topic], meanings)
        found[pair.avoided].append(avoidance.forbids(pair.about, pair.text))
    return tuple(sum(found[label]) / len(found[label]) for label in (True, False))  # type: ignore[return-value]


def test_there_are_pairs_enough() -> None:
    assert len(TUNING) + len(HELD_OUT) >= 100
    assert not {pair.topic for pair in TUNING} & {pair.topic for pair in HELD_OUT}
    assert Pair("dad's death (sensitive)", "dad", "Passed away 2018", avoided=True) in TUNING


@pytest.mark.parametrize("pairs", [TUNING, HELD_OUT], ids=["tuning", "held out"])
def test_finds_what_is_meant_and_little_else(pairs: Sequence[Pair], meanings: Meanings) -> None:
    recall, false_drops = rates(pairs, meanings)
    assert recall >= 0.9
    assert false_drops <= 0.1


@pytest.mark.parametrize(
    ("topic", "about", "text", "avoided"),
    [
        ("dad's death", "mom", "Passed away in May", False),
        ("dad's death", "dad", "Has a boat", False),
        ("my dad", "dad", "Has a boat", True),
        ("Trevor", "", "trevor called", True),
        ("Sarah's wedding", "", "Sarah likes cake", False),
        ("Sarah's wedding", "", "The wedding of Sarah is in June", True),
        ("ｗｅｉｇｈｔ", "", "Plays chess", False),
        ("", "", "Anything", False),
        ("(sensitive)", "", "Anything", False),
        ("death", "", "Her phone died on Monday", False),
        ("dad\u2019s death", "", "Dad\u2019s funeral was long", True),
        ("weight", "", "She is over\u200bweight", True),
    ],
)
def test_all_that_a_topic_asks_for_is_needed(
    topic: str, about: str, text: str, avoided: bool, meanings: Meanings
) -> None:
    assert Avoidance([topic], meanings).forbids(about, text) is avoided


def test_asking_twice_gives_the_same(meanings: Meanings) -> None:
    avoidance = Avoidance(["politics", "her ex Trevor"], meanings)
    first = [avoidance.forbids("", pair.text) for pair in TUNING]
    assert first == [avoidance.forbids("", pair.text) for pair in TUNING]
    assert True in first
    assert False in first


def test_a_topic_has_so_many_parts_and_all_topics_have(meanings: Meanings) -> None:
    names = [f"Zyx{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(676)]
    within, beyond = names[MOST_OF_A_TOPIC - 1], names[MOST_OF_A_TOPIC]
    one = Avoidance(["/".join(names[: MOST_OF_A_TOPIC + 1])], meanings)
    assert one.forbids("", f"{within} called")
    assert not one.forbids("", f"{beyond} called")

    step = MOST_OF_A_TOPIC
    many = Avoidance(
        ["/".join(names[start : start + step]) for start in range(0, 676, step)], meanings
    )
    assert many.forbids("", f"{names[MOST_ALTERNATIVES - 1]} called")
    assert not many.forbids("", f"{names[MOST_ALTERNATIVES]} called")
    # The same part again takes no room.
    again = Avoidance(["/".join(["Zyxaa"] * 30), "Trevor"], meanings)
    assert again.forbids("", "Trevor called")
