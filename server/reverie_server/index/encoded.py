"""Memories and plans as engines take them: keys instead of ids, vectors as bytes.

Made by ``encoding``. Edge's frames carry them over its socket; the Qdrant adapter turns them into
that engine's messages.
"""

from __future__ import annotations

import msgspec


class Frame(msgspec.Struct, array_like=True, gc=False):
    """Positions, not names, go over a socket."""


class SparseFrame(Frame):
    """Little-endian uint32 and float32, in step."""

    indices: bytes
    values: bytes


class PointFrame(Frame):
    """A memory point; its keys are ``schema``'s UUIDs as bytes."""

    point_id: bytes
    owner: bytes
    seen_by: bytes
    learnt_by: bytes
    session: bytes
    """Empty: none."""
    kind: int
    memory_id: str
    event_time: int
    trust: float
    revision: int
    content_hash: str
    dense: dict[str, bytes]
    """Little-endian float32."""
    sparse: dict[str, SparseFrame]


class QueryFrame(Frame):
    vector_name: str
    limit: int
    dense: bytes | None
    sparse: SparseFrame | None


class Search(Frame, tag=5):
    owner: bytes
    seen_by: list[bytes]
    """A point with any of these may be read..."""
    learnt_by: bytes
    """...or, when that is empty, one with this."""
    kinds: list[int]
    sessions: list[bytes]
    excluded_sessions: list[bytes]
    event_after: int | None
    event_before: int | None
    min_trust: float
    queries: list[QueryFrame]
