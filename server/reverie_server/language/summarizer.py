"""The Summarizer port: from the turns of a session to what remains of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the session to summarise, in order."""

    entry_id: str
    speaker: str
    """Who said it, as it should read in the summary ("Alice"); empty for notes."""
    content: str
    event_time: int
    """Microseconds since the epoch, UTC."""


@dataclass(frozen=True, slots=True)
class Summary:
    summary: str
    entry_ids: tuple[str, ...]
    """The entries that the summary's sentences were taken from, in order."""
    key_topics: tuple[str, ...]
    decisions: tuple[str, ...]
    action_items: tuple[str, ...]
    emotional_tone: str
    """One of: positive, negative, mixed, neutral."""


class Summarizer(Protocol):
    @property
    def name(self) -> str: ...

    async def summarize(
        self, turns: Sequence[Turn], *, instructions: str = "", max_sentences: int | None = None
    ) -> Summary:
        """An empty session gives an empty summary.

        Args:
            instructions: a caller's own system prompt; a summariser without an LLM ignores it.
            max_sentences: at most so many sentences; by default it grows with the session.

        Raises:
            Unavailable: the provider cannot be reached.
        """
        ...
