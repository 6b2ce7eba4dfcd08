"""Recall's messages and what they are inside."""

from __future__ import annotations

from typing import Any

import numpy as np

from reverie.v1 import common_pb2
from reverie.v1 import recall_service_pb2 as pb
from reverie_server.index.memory_index import Kind
from reverie_server.rpc.filters import filter_of
from reverie_server.rpc.timestamps import microseconds, timestamp
from reverie_server.scope import Visibility
from reverie_server.tiers.recall.model import ALL_TIERS, Hit, Memory, RecallQuery, Tier

DEFAULT_LIMIT = 10


def tiers_of(numbers: list[int]) -> frozenset[Tier]:
    """None named means all."""
    return frozenset(Tier(number) for number in numbers if number) or ALL_TIERS


def query_of(request: pb.RecallRequest) -> RecallQuery:
    return RecallQuery(
        text=request.query,
        vector=np.array(request.vector, dtype=np.float32) if request.vector else None,
        tiers=tiers_of(list(request.tiers)),
        limit=request.limit or DEFAULT_LIMIT,
        event_after=microseconds(request, "event_after"),
        event_before=_earlier(
            microseconds(request, "event_before"), microseconds(request, "as_of")
        ),
        known_at=microseconds(request, "known_at"),
        filter=filter_of(request.filter),
        min_trust=request.min_trust,
        include_quarantined=request.include_quarantined,
        min_score=request.min_score,
        persona_lens=request.persona_lens,
        min_revision=request.min_revision,
        explain=request.explain,
    )


def comparison_of(request: pb.CompareAcrossPersonasRequest) -> RecallQuery:
    return RecallQuery(
        text=request.query,
        tiers=tiers_of(list(request.tiers)),
        limit=request.limit or DEFAULT_LIMIT,
        min_score=request.min_score,
        explain=request.explain,
    )


def hit_message(hit: Hit) -> pb.MemoryHit:
    fields = _fields(hit.memory)
    if hit.memory.kind is Kind.EPISODE:
        # Its score is the summary's; the entries behind it are scored, and found, by themselves.
        fields["entry_ids"] = ()
    return pb.MemoryHit(score=hit.score, score_parts=hit.parts, **fields)


def memory_message(memory: Memory) -> common_pb2.Memory:
    return common_pb2.Memory(**_fields(memory))


def _fields(memory: Memory) -> dict[str, Any]:
    """What a memory is called in both messages."""
    return {
        "memory_id": memory.memory_id,
        "tier": f"TIER_{memory.tier.name}",
        "text": memory.text,
        "user_id": memory.user_id,
        "persona_id": memory.persona_id,
        "session_id": memory.session_id,
        "entry_ids": memory.entry_ids,
        "agent": memory.agent,
        "speaker": memory.speaker,
        "timeline": memory.timeline,
        "key": memory.key,
        "event_time": timestamp(memory.event_time),
        "create_time": timestamp(memory.create_time),
        "visibility": f"VISIBILITY_{Visibility(memory.visibility).name}",
        "trust": memory.trust,
        "source": f"MEMORY_SOURCE_{memory.source.name}",
        "metadata": memory.metadata,
    }


def _earlier(before: int | None, as_of: int | None) -> int | None:
    """``as_of`` includes its moment, ``before`` does not."""
    bounds = [each for each in (before, None if as_of is None else as_of + 1) if each is not None]
    return min(bounds, default=None)
