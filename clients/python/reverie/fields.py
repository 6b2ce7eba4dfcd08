"""What the convenience methods take by keyword: fields of the contract's requests, with types.

What each means stands at the field of that name in ``proto/reverie/v1``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from reverie.v1.common_pb2 import Filter, Tier, Visibility
from reverie.v1.working_memory_service_pb2 import Cost, SuppliedFact, SuppliedStoryline


class SessionFields(TypedDict, total=False):
    """Of ``StartSessionRequest``."""

    session_id: str
    metadata: Mapping[str, str]
    visibility: Visibility
    start_time: datetime


class EntryFields(TypedDict, total=False):
    """Of ``Entry``."""

    timeline: str
    speaker: str
    key: str
    agent: str
    event_time: datetime
    metadata: Mapping[str, str]
    embedding: Sequence[float]


class EntryConditions(TypedDict, total=False):
    """Of ``ListEntriesRequest``."""

    timeline: str
    key: str
    event_after: datetime
    event_before: datetime
    last_n: int
    page_size: int


class SearchConditions(TypedDict, total=False):
    """Of ``SearchEntriesRequest``."""

    timeline: str
    event_after: datetime
    event_before: datetime
    limit: int
    min_score: float
    min_revision: int
    explain: bool
    vector: Sequence[float]


class RecallConditions(TypedDict, total=False):
    """Of ``RecallRequest``."""

    tiers: Sequence[Tier]
    limit: int
    event_after: datetime
    event_before: datetime
    filter: Filter
    min_trust: float
    include_quarantined: bool
    min_score: float
    persona_lens: bool
    as_of: datetime
    known_at: datetime
    min_revision: int
    explain: bool
    vector: Sequence[float]


class SummaryConditions(TypedDict, total=False):
    """Of ``SummarizeSessionRequest``."""

    entry_ids: Sequence[str]
    timeline: str
    instructions: str
    max_sentences: int


class SuppliedFields(TypedDict, total=False):
    """Of ``EndSessionRequest``: what the caller has worked out itself."""

    end_time: datetime
    summary: str
    facts: Sequence[SuppliedFact]
    storylines: Sequence[SuppliedStoryline]
    key_topics: Sequence[str]
    decisions: Sequence[str]
    action_items: Sequence[str]
    emotional_tone: str
    outcome: str
    participants: Sequence[str]
    cost: Cost
    metrics: Mapping[str, float]
