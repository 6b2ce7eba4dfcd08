"""Who speaks in a corpus, by number, and who of them is the user or a persona."""

from __future__ import annotations

from collections import Counter
from typing import Final

from reverie_server.tiers.recall.memory_text import MemoryText

NOBODY: Final = -1
"""The number of no speaker, and of no neighbour."""


class Speakers:
    """Counts what each has said. Numbers are never given anew."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._spoken: Counter[str] = Counter()
        self._as_user: Counter[int] = Counter()
        self._as_persona: Counter[int] = Counter()

    def add(self, memory: MemoryText) -> int:
        """A memory came: gives its speaker's number, NOBODY if there is none."""
        if not memory.speaker:
            return NOBODY
        number = self._numbers.setdefault(memory.speaker, len(self._numbers))
        self._count(memory, number, 1)
        return number

    def remove(self, memory: MemoryText) -> None:
        """A memory that was added went."""
        if memory.speaker:
            self._count(memory, self._numbers[memory.speaker], -1)

    def _count(self, memory: MemoryText, number: int, by: int) -> None:
        self._spoken[memory.speaker] += by
        self._as_user[number] += by * memory.by_user
        self._as_persona[number] += by * memory.by_persona

    @property
    def names(self) -> dict[str, int]:
        """Numbers by name, of those who have said any of what is there."""
        return {name: self._numbers[name] for name, count in self._spoken.items() if count}

    @property
    def users(self) -> frozenset[int]:
        """Those that are the user himself."""
        return frozenset(number for number, count in self._as_user.items() if count)

    @property
    def personas(self) -> frozenset[int]:
        """Those that are personas."""
        return frozenset(number for number, count in self._as_persona.items() if count)
