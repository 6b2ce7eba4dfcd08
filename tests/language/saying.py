"""Utterances of tests, and what is extracted from them."""

from __future__ import annotations

from datetime import UTC, datetime

from reverie_server.language.extraction.embedded import extract
from reverie_server.language.fact_extractor import ExtractedFact, Utterance

NOON = int(datetime(2024, 5, 15, 12, tzinfo=UTC).timestamp()) * 1_000_000
"""A Wednesday."""
DAY = 86_400_000_000


def said(content: str, event_time: int = NOON, entry_id: str = "e1") -> Utterance:
    return Utterance(entry_id, "user", "Alice", content, event_time, by_user=True)


def facts(content: str, event_time: int = NOON) -> tuple[ExtractedFact, ...]:
    return extract([said(content, event_time)]).facts


def statements(content: str, event_time: int = NOON) -> list[str]:
    return [fact.statement for fact in facts(content, event_time)]


def triples(content: str) -> list[tuple[str, str, str, bool]]:
    return [(f.subject, f.predicate, f.object, f.negated) for f in facts(content)]


def micros(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000
