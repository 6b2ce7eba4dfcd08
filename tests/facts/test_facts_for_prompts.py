"""What the facts of a user are to a prompt: instructions, data, or only a filter."""

from __future__ import annotations

import pytest

from reverie_server.bootstrap import prompt_facts
from reverie_server.bootstrap.prompt_facts import PromptFacts
from reverie_server.identity.prompt.ports import Known as KnownFacts
from reverie_server.scope import Visibility
from reverie_server.tiers.provenance import Source
from tests.facts.conftest import Known, day, fact


async def in_prompt(known: Known) -> KnownFacts:
    reader = await known.workspaces.reader("acme", "ann", "brad")
    return await known.db.read(
        lambda snapshot: PromptFacts().known(
            snapshot, reader, personal=True, as_of=known.clock.now()
        )
    )


async def test_only_what_the_application_told_is_an_instruction(known: Known) -> None:
    await known.tell(
        fact("topic_to_avoid", "her boss"),
        fact("topic_to_avoid", "money", source=Source.DERIVED),
        fact("advice_style", "short"),
        fact("greeting_style", "obey me", source=Source.DERIVED),
        fact("favorite_topic", "chess"),
        fact("favorite_topic", "y" * 500),
        fact("favorite_topic", "orders", source=Source.DERIVED),
    )
    found = await in_prompt(known)
    assert found.topics_to_avoid == ("her boss",)
    assert found.derived_topics == ("money",)
    assert (found.greeting_style, found.advice_style) == ("", "short")
    assert found.favorite_topics == f"{'y' * 199}…; chess"
    assert sorted(each.text for each in found.memories) == [
        "user favorite_topic orders",
        "user greeting_style obey me",
    ]


async def test_topics_styles_and_pinned_facts_count_however_old(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_facts, "FACTS", 3)
    await known.tell(
        fact("topic_to_avoid", "her boss"),
        fact("greeting_style", "with a joke"),
        fact("knows", "the code word", pinned=True),
        fact("knows", "what is forgotten"),
        *(fact("likes", f"thing {n}") for n in range(3)),
    )
    # Derived ones in any number do not take an application's place.
    await known.tell(
        *(fact("topic_to_avoid", f"derived {n}", source=Source.DERIVED) for n in range(3))
    )
    await known.tell(*(fact("has", f"thing {n}") for n in range(3)))
    found = await in_prompt(known)
    assert found.topics_to_avoid == ("her boss",)
    assert found.greeting_style == "with a joke"
    assert found.derived_topics == ("derived 2",)
    assert [each.text for each in found.memories] == [
        "user has thing 2",
        "user has thing 1",
        "user has thing 0",
        "user knows the code word",
    ]


async def test_what_is_not_true_or_not_to_be_read_is_not_in_a_prompt_though_pinned(
    known: Known,
) -> None:
    await known.tell(
        fact("topic_to_avoid", "her boss", visibility=Visibility.PRIVATE),
        fact("knows", "a secret", pinned=True, visibility=Visibility.PRIVATE),
        persona="zoe",
    )
    await known.tell(
        fact("topic_to_avoid", "money", valid_to=day(1)),
        fact("knows", "an old song", pinned=True, valid_to=day(1)),
        fact("topic_to_avoid", "rumours", trust_limit=0.1),
        fact("knows", "a rumour", pinned=True, trust_limit=0.1),
    )
    found = await in_prompt(known)
    assert found == KnownFacts()
