"""What a persona is to a user."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from reverie_server.identity.relationships.dynamics.model import ScoreState
from reverie_server.identity.relationships.memory_config import REMEMBERS_ALL, MemoryConfig

DEFAULT_TYPE: Final = "friend"
"""What a persona is to a user when nobody says."""

_SETTING: Final = "memory_config."
MEMORY_SETTINGS: Final = (
    "remember_relationship_details",
    "remember_past_conversations",
    "remember_personal_facts",
    "auto_recall_depth",
)
"""The fields of ``MemoryConfig``."""
TERM_FIELDS: Final = frozenset(
    {
        "relationship_type",
        "custom_prompt",
        "memory_config",
        "start_time",
        *(_SETTING + name for name in MEMORY_SETTINGS),
    }
)
"""What an update can name."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caller says about a relationship."""

    relationship_type: str = DEFAULT_TYPE
    """friend, partner, family, professional, or any other word."""
    custom_prompt: str = ""
    """How this user wants this persona to be."""
    memory_config: MemoryConfig = REMEMBERS_ALL


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
    score_state: ScoreState
    version: int
    """The user's revision at which the relationship last changed."""
    start_time: int
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class RelationshipOverview:
    """That there is a relationship, and how often and when the two talked."""

    user_id: str
    persona_id: str
    total_calls: int
    total_seconds: float
    last_call_time: int | None
    start_time: int
    create_time: int

    @property
    def active_time(self) -> int:
        """When the last call ended, or else when the relationship was created."""
        return self.create_time if self.last_call_time is None else self.last_call_time


@dataclass(frozen=True, slots=True)
class RelationshipState:
    """A relationship, whether it was created just now, and the user's revision."""

    relationship: Relationship
    created: bool
    revision: int


@dataclass(frozen=True, slots=True)
class RelationshipChange:
    """A relationship as a change has left it, and the user's revision with it."""

    relationship: Relationship
    revision: int


def edited(
    relationship: Relationship, terms: Terms, start_time: int | None, fields: Collection[str]
) -> Relationship:
    """The relationship with the named fields (of ``TERM_FIELDS``) taken from the new terms."""
    changes: dict[str, Any] = {
        name: getattr(terms, name)
        for name in ("relationship_type", "custom_prompt", "memory_config")
        if name in fields
    }
    kept = changes.pop("memory_config", relationship.terms.memory_config)
    settings = {
        name: getattr(terms.memory_config, name)
        for name in MEMORY_SETTINGS
        if _SETTING + name in fields
    }
    changes["memory_config"] = replace(kept, **settings)
    if "start_time" in fields:
        started = relationship.create_time if start_time is None else start_time
        relationship = replace(relationship, start_time=started)
    return replace(relationship, terms=replace(relationship.terms, **changes))
