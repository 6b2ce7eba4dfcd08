"""The port's memories and plans as engines take them: texts become keys, vectors are checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from reverie_server.index import schema
from reverie_server.index.encoded import PointFrame, QueryFrame, Search, SparseFrame
from reverie_server.index.memory_index import (
    DenseQuery,
    Kind,
    MemoryPoint,
    Owner,
    SearchPlan,
    SparseQuery,
    SparseVector,
)
from reverie_server.scope import Visibility

_SPREAD: Final = np.uint32(0x9E3779B1)
"""Odd, so that multiplying by it modulo 2**32 loses nothing (Knuth's multiplicative hashing)."""


def _dense(name: str, vector: NDArray[np.float32], dimensions: Mapping[str, int]) -> bytes:
    if name not in dimensions:
        raise ValueError(f"no dense vector is called {name!r}")
    if vector.shape != (dimensions[name],):
        raise ValueError(f"{name!r} has shape {vector.shape}, not ({dimensions[name]},)")
    if not np.isfinite(vector).all():
        raise ValueError(f"{name!r} is not finite")
    return vector.astype("<f4", copy=False).tobytes()


def _sparse(name: str, vector: SparseVector, owner: UUID) -> SparseFrame:
    if name not in schema.SPARSE_NAMES:
        raise ValueError(f"no sparse vector is called {name!r}")
    if vector.indices.shape != vector.values.shape or not np.isfinite(vector.values).all():
        raise ValueError(f"{name!r} is not a sparse vector")
    # One to one for a given owner: see ``schema.owner_salt`` for what it is good for.
    salted = (vector.indices.astype("<u4") ^ np.uint32(schema.owner_salt(owner))) * _SPREAD
    values = vector.values.astype("<f4", copy=False)
    # A dozen numbers: sorting them as a list keeps the GIL, which argsort gives up and waits for.
    terms = salted.tolist()
    order = sorted(range(len(terms)), key=terms.__getitem__)
    return SparseFrame(salted[order].tobytes(), values[order].tobytes())


def point_frame(point: MemoryPoint, dimensions: Mapping[str, int]) -> PointFrame:
    """A point to upsert.

    Raises:
        ValueError: one of its vectors does not fit the index.
    """
    of = (point.owner.workspace_id, point.owner.user_id)
    owner = schema.owner_key(*of)
    if point.visibility == Visibility.SHARED:
        seen_by = schema.shared_key(*of)
    else:
        seen_by = schema.private_key(*of, point.persona_id)
    return PointFrame(
        point_id=schema.point_id(*of, point.kind, point.memory_id).bytes,
        owner=owner.bytes,
        seen_by=seen_by.bytes,
        learnt_by=schema.learnt_key(*of, point.persona_id).bytes,
        session=schema.session_key(*of, point.session_id).bytes if point.session_id else b"",
        kind=int(point.kind),
        memory_id=point.memory_id,
        event_time=point.event_time,
        trust=point.trust,
        revision=point.revision,
        content_hash=point.content_hash,
        dense={name: _dense(name, each, dimensions) for name, each in point.dense.items()},
        sparse={
            name: _sparse(name, each, owner)
            for name, each in point.sparse.items()
            if len(each.indices)
        },
    )


def _query(
    query: DenseQuery | SparseQuery, owner: UUID, dimensions: Mapping[str, int]
) -> QueryFrame:
    if isinstance(query, DenseQuery):
        dense = _dense(query.vector_name, query.vector, dimensions)
        return QueryFrame(query.vector_name, query.limit, dense, None)
    sparse = _sparse(query.vector_name, query.vector, owner)
    return QueryFrame(query.vector_name, query.limit, None, sparse)


def search_call(plan: SearchPlan, dimensions: Mapping[str, int]) -> Search:
    """A plan; its reader becomes keys, the same rule as ``Reader.may_read``.

    Raises:
        ValueError: one of its vectors does not fit the index.
    """
    reader = plan.reader
    of = (reader.workspace_id, reader.user_id)
    owner = schema.owner_key(*of)
    seen_by: list[bytes] = []
    if reader.reads_shared:
        private = schema.private_key(*of, reader.persona_id)
        seen_by = [schema.shared_key(*of).bytes, private.bytes]

    def sessions(ids: frozenset[str]) -> list[bytes]:
        return [schema.session_key(*of, each).bytes for each in ids]

    return Search(
        owner=owner.bytes,
        seen_by=seen_by,
        learnt_by=schema.learnt_key(*of, reader.persona_id).bytes,
        kinds=[int(kind) for kind in plan.kinds],
        sessions=sessions(plan.session_ids),
        excluded_sessions=sessions(plan.excluded_session_ids),
        event_after=plan.event_after,
        event_before=plan.event_before,
        min_trust=plan.min_trust,
        queries=[_query(query, owner, dimensions) for query in plan.queries],
    )


def point_id(owner: Owner, kind: Kind, memory_id: str) -> bytes:
    return schema.point_id(owner.workspace_id, owner.user_id, kind, memory_id).bytes
