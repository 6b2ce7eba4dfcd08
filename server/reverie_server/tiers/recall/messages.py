"""Recall's messages and what they are inside."""

from __future__ import annotations

from typing import cast

import numpy as np

from reverie.v1 import common_pb2
from reverie.v1 import recall_service_pb2 as pb
from reverie_server.index.memory_index import Kind
from reverie_server.rpc.filters import filter_of
from reverie_server.rpc.timestamps import microseconds, set_timestamp
from reverie_server.scope import Visibility
from reverie_server.tiers.provenance import Source
from reverie_server.tiers.recall.model import ALL_TIERS, Hit, Memory, RecallQuery, Tier

DEFAULT_LIMIT = 10
# Enums of the contract by those of the model, looked up by their names once.
_TIERS = {each: cast(common_pb2.Tier, common_pb2.Tier.Value(f"TIER_{each.name}")) for each in Tier}
_VISIBILITIES = {
    int(each): cast(common_pb2.Visibility, common_pb2.Visibility.Value(f"VISIBILITY_{each.name}"))
    for each in Visibility
}
_SOURCES = {
    each: cast(common_pb2.MemorySource, common_pb2.MemorySource.Value(f"MEMORY_SOURCE_{each.name}"))
    for each in Source
}


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
        as_of=microseconds(request, "as_of"),
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
    message = pb.MemoryHit(score=hit.score, score_parts=hit.parts)
    _fill(message, hit.memory)
    if hit.memory.kind is Kind.EPISODE:
        # Its score is the summary's; the entries behind it are scored, and found, by themselves.
        del message.entry_ids[:]
    return message


def memory_message(memory: Memory) -> common_pb2.Memory:
    message = common_pb2.Memory()
    _fill(message, memory)
    if memory.retracted_time is not None:
        set_timestamp(message.retracted_time, memory.retracted_time)
    return message


def _fill(message: pb.MemoryHit | common_pb2.Memory, memory: Memory) -> None:
    """What a memory is called in both messages. Most of them have few of the optional fields."""
    message.memory_id = memory.memory_id
    message.tier = _TIERS[memory.tier]
    message.text = memory.text
    message.user_id = memory.user_id
    message.persona_id = memory.persona_id
    message.visibility = _VISIBILITIES[memory.visibility]
    message.trust = memory.trust
    message.source = _SOURCES[memory.source]
    set_timestamp(message.event_time, memory.event_time)
    set_timestamp(message.create_time, memory.create_time)
    if memory.valid_from is not None:
        set_timestamp(message.valid_from, memory.valid_from)
    if memory.valid_to is not None:
        set_timestamp(message.valid_to, memory.valid_to)
    for name in ("session_id", "agent", "speaker", "timeline", "key"):
        if value := getattr(memory, name):
            setattr(message, name, value)
    if memory.entry_ids:
        message.entry_ids.extend(memory.entry_ids)
    if memory.metadata:
        message.metadata.update(memory.metadata)


def _earlier(before: int | None, as_of: int | None) -> int | None:
    """``as_of`` includes its moment, ``before`` does not."""
    bounds = [each for each in (before, None if as_of is None else as_of + 1) if each is not None]
    return min(bounds, default=None)
