"""What the facts of a user are to a prompt: instructions, data, or only a filter."""

from __future__ import annotations

from reverie_server.bootstrap.prompt_facts import PromptFacts
from reverie_server.identity.prompt.ports import Known as KnownFacts
from reverie_server.tiers.provenance import Source
from tests.facts.conftest import Known, fact


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
