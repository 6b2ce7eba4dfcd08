"""A memory as recall's scoring sees it."""

from __future__ import annotations

from dataclasses import dataclass

from reverie_server.index.memory_index import Kind

Key = tuple[Kind, str]
"""(kind, memory id): identifies a memory of one owner."""


@dataclass(frozen=True, slots=True)
class MemoryText:
    """One memory's text and place. Fields that do not apply keep their defaults."""

    kind: Kind
    memory_id: str
    text: str
    event_time: int
    """Microseconds since the epoch, UTC."""
    session_id: str = ""
    """Empty for what has no neighbours: everything but entries."""
    timeline: str = ""
    """Neighbours are of one timeline of one session."""
    position: int = 0
    """Order within the timeline; gaps are fine, equal positions go by memory id."""
    speaker: str = ""
    """Name of who said it, empty if nobody did."""
    by_user: bool = False
    """Whether the user himself said it (what "I" means in a query)."""
    by_persona: bool = False
    """Whether the persona said it (what "you" means in a query)."""

    @property
    def key(self) -> Key:
        return (self.kind, self.memory_id)
