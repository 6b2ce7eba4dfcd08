"""A memory's texts as they are compared and shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from reverie_server.clock import MICROSECONDS
from reverie_server.identity.prompt.lines import LONGEST_LINE, cut
from reverie_server.identity.prompt.model import Origin, Remembered
from reverie_server.identity.prompt.quoting import quoted

LONGEST_READ: Final = 4 * LONGEST_LINE
"""Characters of a memory that are looked at: what is shown is among them."""
KEPT: Final = 2_048
"""Memories whose wording is kept: a bot asks for prompts about the same ones turn after turn."""
_DATED: Final = frozenset({Origin.CALL, Origin.CONVERSATION, Origin.STORYLINE})


@dataclass(frozen=True, slots=True)
class Wording:
    """What is made of a memory's texts."""

    line: str
    """As it stands in the prompt."""
    said: str
    """All that it says, for topics to avoid."""
    told: str
    """What it says and of whom, to be compared with the topic."""
    sameness: str
    """Equal for memories that say the same; empty where nothing is said."""


def wording_of(memory: Remembered) -> Wording:
    """
    Args:
        memory: a head, see ``head_of``.
    """
    return _wording(memory.origin, memory.about, memory.text, memory.follow_up, memory.time)


@lru_cache(maxsize=KEPT)
def _wording(origin: Origin, about: str, text: str, follow_up: str, time: int | None) -> Wording:
    return Wording(
        line=_line(origin, about, text, follow_up, time),
        said=f"{text} {follow_up}" if follow_up else text,
        told=f"{about} {text}".strip(),
        sameness=sameness((about, text)),
    )


def _line(origin: Origin, about: str, text: str, follow_up: str, time: int | None) -> str:
    """One line of data."""
    shown = quoted(text)
    of_whom = quoted(about)
    if of_whom and origin is not Origin.CALL:
        shown = f"{of_whom}: {shown}" if shown else of_whom
    if follow_up:
        shown = f"{shown} - ask: {quoted(follow_up)}"
    if time is not None and origin in _DATED:
        shown = f"{date_of(time)}: {shown}"
    return f"- {cut(shown)}"


def head_of(memory: Remembered) -> Remembered:
    """The memory without what is too far behind to be shown."""
    if max(len(memory.about), len(memory.text), len(memory.follow_up)) <= LONGEST_READ:
        return memory
    return replace(
        memory,
        about=memory.about[:LONGEST_READ],
        text=memory.text[:LONGEST_READ],
        follow_up=memory.follow_up[:LONGEST_READ],
    )


def date_of(time: int) -> str:
    """The day, UTC: it stays the same from call to call, as "two days ago" would not."""
    try:
        return datetime.fromtimestamp(time / MICROSECONDS, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return "undated"


def sameness(texts: Iterable[str]) -> str:
    """Equal for memories that say the same: letter case, spaces and a full stop do not count."""
    return " ".join(" ".join(texts).casefold().split()).rstrip(".!? ")
