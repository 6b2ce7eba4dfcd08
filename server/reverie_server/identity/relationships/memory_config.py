"""What may be remembered in a relationship: the one place that says what each switch does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INSIDE_JOKE: Final = "inside_joke"
"""The category of facts that are details of the relationship whatever they are said of."""


@dataclass(frozen=True, slots=True)
class MemoryConfig:
    """The switches of a relationship. Who remembers or recalls asks the properties.

    A switch that is turned off forgets nothing: it keeps new things from being remembered, and
    what is there from being recalled by itself.
    """

    remember_relationship_details: bool = True
    remember_past_conversations: bool = True
    remember_personal_facts: bool = True
    auto_recall_depth: int = 10
    """How many past calls are recalled by themselves, 0..100."""

    @property
    def archives_calls(self) -> bool:
        """Whether a session that ends becomes an episode."""
        return self.remember_past_conversations

    @property
    def recalls_conversations(self) -> bool:
        """Whether episodes, and what was said in sessions that have ended, are recalled."""
        return self.remember_past_conversations

    @property
    def keeps_storylines(self) -> bool:
        """Whether storylines are kept and recalled: details of the relationship, and what was
        talked about."""
        return self.remember_relationship_details and self.remember_past_conversations

    @property
    def keeps_personal_facts(self) -> bool:
        """Whether facts about the user are extracted, kept and recalled."""
        return self.remember_personal_facts

    @property
    def keeps_relationship_facts(self) -> bool:
        """Whether facts about the two of them and inside jokes are extracted, kept, recalled."""
        return self.remember_relationship_details

    @property
    def recalled_calls(self) -> int:
        """How many past calls are recalled by themselves."""
        return self.auto_recall_depth if self.remember_past_conversations else 0


REMEMBERS_ALL: Final = MemoryConfig()
"""What holds where nobody has said anything."""
