"""The identities that speak and remember."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Character:
    """What the caller says about a persona: the same for every user that talks to it."""

    display_name: str = ""
    description: str = ""
    voice: str = ""
    created_by: str = ""
    is_public: bool = False
    core_prompt: str = ""
    """Who it is at its core."""
    personality_traits: Mapping[str, str] = field(default_factory=dict)
    behavioral_rules: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Persona:
    """An identity that speaks and remembers. Times are microseconds since the epoch, UTC."""

    persona_id: str
    character: Character
    version: int
    """The revision of the workspace's shared part at which the character last changed. Not even a
    persona that is created again under the same id gets an earlier one's versions."""
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class PersonaChange:
    """A persona as a change has left it, and the revision of the workspace's shared part."""

    persona: Persona
    revision: int
