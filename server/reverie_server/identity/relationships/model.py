"""What a persona is to a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DEFAULT_TYPE: Final = "friend"
"""What a persona is to a user when nobody says."""


@dataclass(frozen=True, slots=True)
class MemoryConfig:
    """What is remembered in a relationship."""

    remember_relationship_details: bool = True
    remember_past_conversations: bool = True
    remember_personal_facts: bool = True
    auto_recall_depth: int = 10
    """How many past calls are recalled by themselves, 0..100."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caller says about a relationship."""

    relationship_type: str = DEFAULT_TYPE
    """friend, partner, family, professional, or any other word."""
    custom_prompt: str = ""
    """How this user wants this persona to be."""
    memory_config: MemoryConfig = MemoryConfig()


@dataclass(frozen=True, slots=True)
class Relationship:
    """A user x persona. Times are microseconds since the epoch, UTC."""

    user_id: str
    persona_id: str
    terms: Terms
    total_calls: int
    total_seconds: float
    last_call_time: int | None
    """When the last call ended; None before the first."""
    version: int
    """The user's revision at which the relationship last changed."""
    start_time: int
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class RelationshipState:
    """A relationship, whether it was created just now, and the user's revision."""

    relationship: Relationship
    created: bool
    revision: int
