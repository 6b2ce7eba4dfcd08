"""Every limit on what a request may hold, in one table. docs/limits.md shows it; a test compares.

A field has the limit of its name where one is listed, else that of its kind. So a new field is
limited from the day it is added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB

ID_BYTES = 128
MAX_MESSAGE_BYTES = 4 * MIB
"""gRPC itself refuses a larger request: RESOURCE_EXHAUSTED without details."""
BATCH_BYTES = 2 * MIB
BATCHES = frozenset({"entries", "facts", "lines"})
"""Repeated fields that are limited by their bytes, too."""
PAGE_SIZE_LARGEST = 1_000
METADATA_KEYS = 64
METADATA_BYTES = KIB
TEXT_BYTES = KIB
"""A string field that is neither an id nor listed below: a name, a title, a mood."""
LIST_ITEMS = 100
"""A repeated field that is not listed below."""
FILTER_CONDITIONS = 64
FILTER_DEPTH = 8
FILTER_VALUES = 100
"""Values of one condition of a filter."""

STRING_BYTES: Mapping[str, int] = {
    "content": 64 * KIB,
    "query": 8 * KIB,
    "summary": 64 * KIB,
    "statement": 64 * KIB,
    "template": 64 * KIB,
    "core_prompt": 64 * KIB,
    "custom_prompt": 64 * KIB,
    "instructions": 64 * KIB,
    "description": 8 * KIB,
    "behavioral_rules": 8 * KIB,
    "decisions": 8 * KIB,
    "action_items": 8 * KIB,
    "outcome": 8 * KIB,
    "scenario": 8 * KIB,
    "task": 8 * KIB,
    "page_token": 8 * KIB,
    "request_id": ID_BYTES,
    "key": ID_BYTES,
    "timeline": ID_BYTES,
    "agent": ID_BYTES,
}
"""Bytes of UTF-8 by field name."""

DOCUMENT_BYTES = MIB
"""A document's content, as JSON text."""

ITEMS: Mapping[str, int] = {
    "entries": 1_000,
    "entry_ids": 1_000,
    "facts": 1_000,
    "lines": 1_000,
    "memories": 200,
    "persona_ids": 20,
    "embedding": 8_192,
    "vector": 8_192,
    "metrics": METADATA_KEYS,
}
"""Items of a repeated or map field by field name."""

MAP_VALUE_BYTES: Mapping[str, int] = {"values": 64 * KIB}
"""Bytes of a map's values by field name; METADATA_BYTES where it is not listed."""


@dataclass(frozen=True, slots=True)
class Interval:
    smallest: float
    largest: float

    def __str__(self) -> str:
        return f"{self.smallest:,}..{self.largest:,}"


NUMBERS: Mapping[str, Interval] = {
    "page_size": Interval(0, 2**31 - 1),
    "limit": Interval(0, 200),
    "CompareAcrossPersonasRequest.limit": Interval(0, 50),
    "last_n": Interval(0, 2**31 - 1),
    "max_sentences": Interval(0, 100),
    "min_revision": Interval(0, 2**63 - 1),
    "version": Interval(0, 2**63 - 1),
    "offset": Interval(0, 2**63 - 1),
    "min_score": Interval(0, 1),
    "min_trust": Interval(0, 1),
    "confidence": Interval(0, 1),
    "importance": Interval(0, 1),
    "amount": Interval(0, 1e15),
    "auto_recall_depth": Interval(0, 100),
    "engagement": Interval(0, 1),
    "satisfaction": Interval(0, 1),
    "natural_flow": Interval(0, 1),
    "emotional_resonance": Interval(0, 1),
    "topic_relevance": Interval(0, 1),
    "emotion_variance": Interval(0, 1),
    "window_days": Interval(0, 365),
    "bucket_seconds": Interval(0, 2**31 - 1),
    "token_budget": Interval(0, 1_000_000),
    "section_caps": Interval(0, 1_000_000),
    "recent_entries": Interval(0, 200),
}
"""Closed intervals by field name, or by message and field where one differs. A page_size above
1,000 is taken as 1,000; every floating point number must be finite."""


def interval_of(message: str, field: str) -> Interval | None:
    """Where a number must lie; None: anywhere that is finite."""
    return NUMBERS.get(f"{message}.{field}", NUMBERS.get(field))


# C0, DEL and C1 controls. Tab and line ends are text, but not in an id.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def has_control_character(text: str) -> bool:
    return _CONTROL.search(text) is not None


def named_limits() -> dict[str, int]:
    """The limits that callers can ask for (GetCapabilities) and that the docs show."""
    return {
        "id_bytes": ID_BYTES,
        "content_bytes": STRING_BYTES["content"],
        "query_bytes": STRING_BYTES["query"],
        "prompt_bytes": STRING_BYTES["core_prompt"],
        "template_bytes": STRING_BYTES["template"],
        "summary_bytes": STRING_BYTES["summary"],
        "description_bytes": STRING_BYTES["description"],
        "text_bytes": TEXT_BYTES,
        "document_bytes": DOCUMENT_BYTES,
        "metadata_keys": METADATA_KEYS,
        "metadata_bytes": METADATA_BYTES,
        "batch_items": ITEMS["entries"],
        "batch_bytes": BATCH_BYTES,
        "list_items": LIST_ITEMS,
        "page_size": PAGE_SIZE_LARGEST,
        "page_bytes": 2 * MIB,
        "recall_limit": int(NUMBERS["limit"].largest),
        "compare_limit": int(NUMBERS["CompareAcrossPersonasRequest.limit"].largest),
        "filter_conditions": FILTER_CONDITIONS,
        "filter_depth": FILTER_DEPTH,
        "filter_values": FILTER_VALUES,
        "message_bytes": MAX_MESSAGE_BYTES,
    }
