"""Where a memory comes from, and how far that can be trusted. Decided here, never by a caller."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class Role(IntEnum):
    """Who an entry is by. Stored as a number; the same as ``reverie.v1.Role``."""

    USER = 1
    ASSISTANT = 2
    SYSTEM = 3
    TOOL = 4
    NOTE = 5


class Source(IntEnum):
    """Who a memory comes from. Stored as a number; the same as ``reverie.v1.MemorySource``."""

    USER = 1
    PERSONA = 2
    TOOL = 3
    APPLICATION = 4
    DERIVED = 5


SOURCE_OF_ROLE: Final[Mapping[Role, Source]] = MappingProxyType(
    {
        Role.USER: Source.USER,
        Role.ASSISTANT: Source.PERSONA,
        Role.SYSTEM: Source.TOOL,
        Role.TOOL: Source.TOOL,
        Role.NOTE: Source.APPLICATION,
    }
)

TRUST: Final[Mapping[Source, float]] = MappingProxyType(
    {
        Source.USER: 0.9,
        Source.APPLICATION: 0.8,
        Source.PERSONA: 0.7,
        Source.TOOL: 0.6,
    }
)
"""0..1. What is derived has the trust of its weakest parent: ``derived_trust``."""

QUARANTINE_BELOW: Final = 0.3
"""What is trusted less stays out of recall and prompts unless it is asked for."""


def derived_trust(parents: Iterable[float]) -> float:
    """The trust, 0..1, of what was derived from memories of these trusts: never above any of
    them. Without parents it is an application's word.
    """
    return min(parents, default=TRUST[Source.APPLICATION])


def is_quarantined(trust: float) -> bool:
    return trust < QUARANTINE_BELOW


def content_hash(*parts: str | float) -> str:
    """Names a state of what the index depends on: text, persona, visibility, session, event time
    and trust, in the order that the kind of memory fixes. BLAKE2b, 16 bytes, as hexadecimal.
    """
    # Strings may hold any separator but NUL, which validation keeps out.
    joined = "\x00".join(map(str, parts))
    return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()
