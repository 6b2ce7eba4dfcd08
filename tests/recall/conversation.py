"""A small made-up memory to search in."""

from __future__ import annotations

from functools import cache

from reverie_server.embedding.static import StaticTokenTable
from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.memory_text import MemoryText
from reverie_server.tiers.recall.query import Query, analyze_query
from reverie_server.tiers.recall.rerank import Scored, rank

DAY = 86_400_000_000
NOW = 1_750_000_000_000_000
"""15 June 2025."""
MARCH_3 = 1_740_960_000_000_000
"""3 March 2025, midnight."""


@cache
def table() -> StaticTokenTable:
    return StaticTokenTable.load()


def said(
    session_id: str, position: int, speaker: str, text: str, time: int = MARCH_3
) -> MemoryText:
    """An entry; Ada is the user, Brad the persona."""
    return MemoryText(
        kind=Kind.ENTRY,
        memory_id=f"{session_id}-{position}",
        text=text,
        event_time=time + position,
        session_id=session_id,
        position=position,
        speaker=speaker,
        by_user=speaker == "Ada",
        by_persona=speaker == "Brad",
    )


def conversation() -> list[MemoryText]:
    later = MARCH_3 + 60 * DAY
    return [
        said("garden", 0, "Brad", "Hello! What did you do on the weekend?"),
        said("garden", 1, "Ada", "I planted tomatoes behind the shed with my sister."),
        said("garden", 2, "Brad", "Lovely. Do you water them every day?"),
        said("garden", 3, "Ada", "Every second evening, the soil there stays damp."),
        said("garden", 4, "Brad", "My own balcony only has room for basil."),
        said("trip", 0, "Ada", "We booked a cabin by the lake for August!", later),
        said("trip", 1, "Brad", "How are you getting there?", later),
        said("trip", 2, "Ada", "By night train, my brother is afraid of flying.", later),
        said("trip", 3, "Brad", "Sleep well on the rails then.", later),
        said("trip", 4, "Ada", "Yesterday I bought a warm coat for the boat rides.", later),
    ]


def document(memory_id: str, text: str) -> MemoryText:
    return MemoryText(Kind.DOCUMENT, memory_id, text, event_time=MARCH_3)


def corpus(*more: MemoryText) -> Corpus:
    return Corpus.build([*conversation(), *more], table())


def asked(text: str, within: Corpus) -> Query:
    return analyze_query(text, within, now=NOW)


def search(text: str, within: Corpus, limit: int = 20) -> list[Scored]:
    return rank(within, asked(text, within), None, limit, explain=True)


def ids(hits: list[Scored]) -> list[str]:
    return [hit.key[1] for hit in hits]
