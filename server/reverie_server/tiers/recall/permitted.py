"""What a relationship's settings let its persona recall."""

from __future__ import annotations

from dataclasses import replace

from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.columns import Condition


def permitted(condition: Condition, config: MemoryConfig) -> Condition:
    """The condition, without what is switched off. What the persona is told now, the entries of
    active sessions, always counts, and so do procedures, which are instructions.
    """
    if not config.recalls_conversations:
        kinds = condition.kinds - {Kind.EPISODE}
        condition = replace(condition, kinds=kinds, ended_entries=False)
    return replace(
        condition,
        personal=condition.personal and config.keeps_personal_facts,
        of_pair=condition.of_pair and config.keeps_relationship_facts,
    )
