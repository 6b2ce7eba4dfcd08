"""Hands out tokens to a prompt's sections, line by line, and knows what each line costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reverie_server.identity.prompt.model import Content, Reason, Section, Wish
from reverie_server.identity.prompt.quoting import CLOSE, OPEN
from reverie_server.identity.prompt.tokens import TokenCounter


@dataclass(slots=True)
class Candidate:
    """A memory that may get its place."""

    memory_id: str
    tier: int
    section: Section
    slot: str
    """Which list of the section it stands in: the key of its label, or nothing."""
    line: str
    cost: int
    """Of the line behind another one, with its end."""
    rank: tuple[float, ...]
    """In its section, the smaller the better."""
    worth: float
    """Between sections."""
    parts: Mapping[str, float]


@dataclass(slots=True)
class Part:
    """A section that is being filled."""

    heading: str
    content: Content
    chosen: dict[str, list[tuple[int, str, Candidate | None]]] = field(default_factory=dict)
    """By slot: position, line and memory."""
    used: int = 0

    def blocks(self, labels: Mapping[str, str]) -> list[str]:
        found = [self.heading] if self.heading else []
        for slot in labels:
            if lines := sorted(self.chosen.get(slot, ()), key=lambda each: each[0]):
                inside = [line for _, line, _ in lines]
                if self.content is Content.DATA:
                    inside = [OPEN, *inside, CLOSE]
                found += [labels[slot], *inside] if labels[slot] else inside
        return found


class Desk:
    """Hands out tokens to sections."""

    def __init__(
        self, counter: TokenCounter, wish: Wish, used: int, headings: Mapping[Section, str]
    ) -> None:
        self._counter = counter
        self._caps = wish.section_caps
        self._headings = headings
        self._fence = counter.block(OPEN) + counter.block(CLOSE)
        self.budget = wish.token_budget
        self.used = used
        self.parts: dict[Section, Part] = {}
        self.labels: dict[Section, dict[str, str]] = {}

    def place(
        self,
        section: Section,
        content: Content,
        slot: str,
        line: str,
        position: int,
        candidate: Candidate | None,
        allowance: int | None = None,
    ) -> Reason | None:
        """Takes the line in, or says why not. ``allowance``: what the section may use now."""
        part = self.parts.get(section)
        heading = self._headings[section] if part is None else ""
        cost = self._counter.block(line) if candidate is None else candidate.cost
        if part is None and heading:
            cost += self._counter.block(heading)
        if part is None or slot not in part.chosen:
            label = self.labels[section].get(slot, "")
            cost += self._counter.block(label) if label else 0
            cost += self._fence if content is Content.DATA else 0
        in_section = cost + (part.used if part else 0)
        cap = self._caps.get(section)
        if cap is not None and in_section - 1 > cap:
            return Reason.SECTION_CAP
        # A blank line stands before a section.
        cost += 1 if part is None else 0
        if self.used + cost > self.budget or (allowance is not None and in_section > allowance):
            return Reason.OVER_BUDGET
        if part is None:
            part = self.parts[section] = Part(self._headings[section], content)
        part.chosen.setdefault(slot, []).append((position, line, candidate))
        part.used = in_section
        self.used += cost
        return None
