"""Candidates from the index: fresh, complete where it matters, and not needed when they fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reverie_server.errors import Unavailable
from reverie_server.tiers.recall.columns import Condition
from reverie_server.tiers.recall.finder import Finder, Question
from tests.recall.house import House
from tests.recall.talk import said


class NobodyHome:
    """An embedder whose provider cannot be reached."""

    name = "away"
    dimension = 256

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise Unavailable("the provider is away", reason="PROVIDER_UNAVAILABLE")


async def test_without_its_embedder_everything_is_scored(house: House) -> None:
    await house.talk.conversation("The storm took the mast.", "Bread is baked at dawn.")
    await house.indexed()
    floors, question = house.floors, Question("Which storm took the mast?", 10)
    finder = Finder(house.views(), floors.index, NobodyHome(), floors.clock, scored_whole=0)
    without, whole = (
        await finder.find(house.reader, question),
        await house.finder().find(house.reader, question),
    )
    assert without.degraded
    assert not whole.degraded
    assert without.found == whole.found


async def test_what_the_index_has_not_got_yet_is_a_candidate(house: House) -> None:
    talk = house.talk
    await talk.start()
    finder = house.finder(scored_whole=0)
    for number in range(20):
        answer = await talk.say(f"Container {number} holds tea.")
        found = await finder.find(
            house.reader,
            Question(f"What holds container {number}?", 50, min_revision=answer.revision),
        )
        assert answer.entry_ids[0] in {each.key[1] for each in found.found}
        assert not found.degraded


async def test_conditions_hold_for_candidates_too(house: House) -> None:
    talk = house.talk
    now = house.floors.clock.now()
    await talk.start()
    answer = await talk.append([said(f"Tea number {n}.", at=now + n) for n in range(40)])
    await house.indexed()
    finder = house.finder(scored_whole=0)
    some = Condition(event_after=now + 10, event_before=now + 13)
    found = await finder.find(house.reader, Question("tea", 100, condition=some))
    assert {each.key[1] for each in found.found} == set(answer.entry_ids[10:13])


async def test_a_word_that_nobody_knows(house: House) -> None:
    await house.talk.conversation("The storm took the mast.", "\u4dc0\u4dc1 \U0001f6a2")
    await house.indexed()
    finder = house.finder(scored_whole=0)
    for text in ("\u4dc0", "\U00010330", "x", "!", "the"):
        await finder.find(house.reader, Question(text, 10))
