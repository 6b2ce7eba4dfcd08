"""What is asked to be forgotten, and what went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reverie_server.scope import Reader
from reverie_server.storage.outbox import Change
from reverie_server.storage.tombstones import EVERYBODY, Mark
from reverie_server.tiers.forgotten import ForgottenFacts, RedoneSummary
from reverie_server.tiers.marks import text_marks
from reverie_server.tiers.recall.model import Tier


@dataclass(frozen=True, slots=True)
class OneOf:
    """Memories of one tier."""

    tier: Tier
    memory_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, as a request record stores it: ids and no texts."""

    removed: tuple[OneOf, ...]
    redacted: tuple[OneOf, ...]
    """What is still there without something that quoted the memory."""
    redacted_sentences: int
    redone: tuple[RedoneSummary, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class Moment:
    """The change that forgets, and who asks for it."""

    reader: Reader
    keep_text: bool
    """Entries keep the sentences that the memory came from."""
    revision: int
    now: int


@dataclass(slots=True)
class Account:
    """What has gone so far in this change."""

    removed: dict[Tier, dict[str, None]] = field(default_factory=dict)
    redacted: dict[Tier, dict[str, None]] = field(default_factory=dict)
    sentences: int = 0
    redone: list[RedoneSummary] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    shared: bool = False
    """Whether other personas could read any of it."""

    def remove(self, tier: Tier, memory_ids: Iterable[str]) -> None:
        self.removed.setdefault(tier, {}).update(dict.fromkeys(memory_ids))

    def redact(self, tier: Tier, memory_ids: Iterable[str]) -> None:
        self.redacted.setdefault(tier, {}).update(dict.fromkeys(memory_ids))

    def remove_facts(self, facts: ForgottenFacts) -> None:
        self.remove(Tier.FACT, facts.fact_ids)
        self.marks += (*facts.marks, *text_marks(facts.statements))
        self.shared = self.shared or facts.shared

    def personas(self, reader: Reader) -> list[str]:
        """Whom tombstones keep it from: who forgot it and, if it was shared, whoever shares."""
        everybody = [EVERYBODY] if self.shared and reader.reads_shared else []
        return [reader.persona_id, *everybody]

    def answer(self, revision: int) -> Forgotten:
        return Forgotten(
            _by_tier(self.removed), _by_tier(self.redacted), self.sentences, tuple(self.redone),
            revision,
        )  # fmt: skip


def _by_tier(found: dict[Tier, dict[str, None]]) -> tuple[OneOf, ...]:
    return tuple(OneOf(tier, tuple(found[tier])) for tier in sorted(found) if found[tier])
