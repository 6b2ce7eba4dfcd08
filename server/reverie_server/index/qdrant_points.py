"""Memories as points of Qdrant and back.

The payload holds the keys that filters need (UUIDs, as everywhere in the index), and what a
candidate is made of: kind, the memory's id, revision and content hash. No text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
from qdrant_client import grpc as q

from reverie_server.index import schema
from reverie_server.index.encoded import PointFrame, SparseFrame
from reverie_server.index.memory_index import Fingerprint, Kind

MEMORY_KEY: Final = "m"
HASH_KEY: Final = "h"
REVISION_HIGH_KEY: Final = "e"
REVISION_LOW_KEY: Final = "c"
"""Qdrant compares numbers as doubles, which hold 53 bits; a revision has 63, in two parts."""
_LOW_BITS: Final = 40

SHOWN: Final = q.WithPayloadSelector(
    include=q.PayloadIncludeSelector(
        fields=[schema.KIND_KEY, MEMORY_KEY, REVISION_HIGH_KEY, REVISION_LOW_KEY, HASH_KEY]
    )
)
"""What a candidate or a fingerprint needs of the payload."""


def uuid_text(key: bytes) -> str:
    return str(UUID(bytes=key))


def point_id(key: bytes) -> q.PointId:
    return q.PointId(uuid=uuid_text(key))


def floats(data: bytes) -> list[float]:
    """Little-endian float32."""
    values: list[float] = np.frombuffer(data, dtype="<f4").tolist()
    return values


def indices(data: bytes) -> list[int]:
    """Little-endian uint32."""
    values: list[int] = np.frombuffer(data, dtype="<u4").tolist()
    return values


def sparse(frame: SparseFrame) -> q.SparseVector:
    return q.SparseVector(values=floats(frame.values), indices=indices(frame.indices))


def point(frame: PointFrame) -> q.PointStruct:
    """A point to upsert."""
    vectors = {
        name: q.Vector(dense=q.DenseVector(data=floats(data))) for name, data in frame.dense.items()
    }
    for name, each in frame.sparse.items():
        vectors[name] = q.Vector(sparse=sparse(each))
    high, low = _halves(frame.revision)
    payload = {
        schema.OWNER_KEY: q.Value(string_value=uuid_text(frame.owner)),
        schema.SEEN_BY_KEY: q.Value(string_value=uuid_text(frame.seen_by)),
        schema.LEARNT_BY_KEY: q.Value(string_value=uuid_text(frame.learnt_by)),
        schema.KIND_KEY: q.Value(integer_value=frame.kind),
        schema.EVENT_TIME_KEY: q.Value(integer_value=frame.event_time),
        schema.TRUST_KEY: q.Value(integer_value=schema.trust_steps(frame.trust)),
        REVISION_HIGH_KEY: q.Value(integer_value=high),
        REVISION_LOW_KEY: q.Value(integer_value=low),
        MEMORY_KEY: q.Value(string_value=frame.memory_id),
        HASH_KEY: q.Value(string_value=frame.content_hash),
    }
    if frame.session:
        payload[schema.SESSION_KEY] = q.Value(string_value=uuid_text(frame.session))
    return q.PointStruct(
        id=point_id(frame.point_id),
        payload=payload,
        vectors=q.Vectors(vectors=q.NamedVectors(vectors=vectors)),
    )


def not_newer(frames: Sequence[PointFrame]) -> q.Filter:
    """Which stored points these may replace: those whose revision is not higher. Checked by
    Qdrant in the moment of the change, so a request that comes late undoes nothing."""
    ids: dict[int, list[q.PointId]] = defaultdict(list)
    for frame in frames:
        ids[frame.revision].append(point_id(frame.point_id))
    if len(ids) == 1:
        return q.Filter(must=[_up_to(revision) for revision in ids])
    return q.Filter(
        should=[
            q.Condition(
                filter=q.Filter(
                    must=[
                        q.Condition(has_id=q.HasIdCondition(has_id=of_revision)),
                        _up_to(revision),
                    ]
                )
            )
            for revision, of_revision in ids.items()
        ]
    )


def fingerprint(payload: Mapping[str, Any]) -> Fingerprint:
    """What ``SHOWN`` shows of a point."""
    return Fingerprint(
        Kind(payload[schema.KIND_KEY].integer_value),
        payload[MEMORY_KEY].string_value,
        (payload[REVISION_HIGH_KEY].integer_value << _LOW_BITS)
        + payload[REVISION_LOW_KEY].integer_value,
        payload[HASH_KEY].string_value,
    )


def _halves(revision: int) -> tuple[int, int]:
    return divmod(revision, 1 << _LOW_BITS)


def _up_to(revision: int) -> q.Condition:
    high, low = _halves(revision)
    in_epoch = q.Filter(
        must=[
            _range(REVISION_HIGH_KEY, q.Range(lte=high, gte=high)),
            _range(REVISION_LOW_KEY, q.Range(lte=low)),
        ]
    )
    either = [_range(REVISION_HIGH_KEY, q.Range(lt=high)), q.Condition(filter=in_epoch)]
    return q.Condition(filter=q.Filter(should=either))


def _range(key: str, span: q.Range) -> q.Condition:
    return q.Condition(field=q.FieldCondition(key=key, range=span))
