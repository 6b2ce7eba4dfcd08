"""One Qdrant Edge shard and the table beside it.

Runs in the child process only. ``optimize()`` is never called: it can take seconds, and a search
that names an owner is fast without it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final, cast

import qdrant_edge as edge

from reverie_server.index import edge_query, schema
from reverie_server.index.edge_folder import GenerationFolder
from reverie_server.index.edge_frames import (
    Delete,
    DeleteOwner,
    DeleteSession,
    Found,
    ListPoints,
    Page,
    PointFrame,
    Search,
    Upsert,
)
from reverie_server.index.edge_points import PointRow, PointTable
from reverie_server.index.edge_vectors import Vector, checksum, floats, sparse

ENGINE: Final = f"qdrant-edge-py {version('qdrant-edge-py')}"
_SCROLL: Final = 1_000


def _config(dimensions: Mapping[str, int]) -> edge.EdgeConfig:
    return edge.EdgeConfig(
        vectors={
            # Vectors come with unit length: the product is the cosine, and what the engine
            # stores is bit for bit what it was given, so that checksums hold.
            name: edge.EdgeVectorParams(size=size, distance=edge.Distance.Dot)
            for name, size in dimensions.items()
        },
        sparse_vectors={
            name: edge.EdgeSparseVectorParams(
                modifier=edge.Modifier.Idf,
                # Always by posting lists: they hold one owner's points (``schema.owner_salt``).
                full_scan_threshold=1,
            )
            for name in schema.SPARSE_NAMES
        },
        # One segment, one search at a time: handing it to a pool costs more than it saves.
        max_search_threads=1,
        wal_enabled=False,
    )


def _create_field_indexes(shard: edge.EdgeShard) -> None:
    fields: dict[str, edge.UuidIndexParams | edge.IntegerIndexParams | edge.FloatIndexParams] = {
        schema.OWNER_KEY: edge.UuidIndexParams(is_tenant=True),
        schema.READERS_KEY: edge.UuidIndexParams(),
        schema.SESSION_KEY: edge.UuidIndexParams(),
        schema.KIND_KEY: edge.IntegerIndexParams(lookup=True, range=False),
        schema.EVENT_TIME_KEY: edge.IntegerIndexParams(lookup=False, range=True),
        schema.TRUST_KEY: edge.FloatIndexParams(),
    }
    for key, params in fields.items():
        shard.update(edge.UpdateOperation.create_field_index(key, params))


class StrangePoint(Exception):
    """The engine found a point that was never handed in."""


class Shard:
    """An open shard. Any exception out of it makes it suspect."""

    def __init__(
        self, engine: edge.EdgeShard, table: PointTable, dimensions: Mapping[str, int]
    ) -> None:
        self._engine = engine
        self._table = table
        self.dimensions = dict(dimensions)

    @classmethod
    def create(cls, folder: GenerationFolder, dimensions: Mapping[str, int]) -> Shard:
        folder.shard.mkdir()
        engine = edge.EdgeShard.create(str(folder.shard), _config(dimensions))
        _create_field_indexes(engine)
        return cls(engine, PointTable(), dimensions)

    @classmethod
    def load(cls, folder: GenerationFolder, dimensions: Mapping[str, int]) -> Shard:
        """Opens what ``GenerationFolder.distrust`` had nothing against."""
        engine = edge.EdgeShard.load(str(folder.shard), _config(dimensions))
        return cls(engine, PointTable.load(folder.points), dimensions)

    def __len__(self) -> int:
        return len(self._table)

    def disagrees(self) -> bool:
        """Whether the engine holds another number of points than it should. About 0.1 ms."""
        return self._engine.info().points_count != len(self._table)

    def close(self, folder: GenerationFolder) -> None:
        """Writes everything, the table too. The engine's own close hides a failed flush."""
        self._engine.flush()
        self._engine.close()
        self._table.save(folder.points)

    def flush(self) -> None:
        self._engine.flush()

    # Changes ---------------------------------------------------------------------------------

    def upsert(self, call: Upsert) -> None:
        """Points that are newer than what is there, or as new."""
        newest: dict[int, tuple[edge.Point, PointRow]] = {}
        for frame in call.points:
            point_id = uuid.UUID(bytes=frame.point_id)
            queued = newest.get(point_id.int)
            known = self._table.get(point_id.int) if queued is None else queued[1]
            if known is None or known.revision <= frame.revision:
                newest[point_id.int] = _built(point_id, frame)
        if newest:
            points = [point for point, _ in newest.values()]
            self._engine.update(edge.UpdateOperation.upsert_points(points))
        for key, (_, row) in newest.items():
            self._table.put(key, row)

    def delete(self, call: Delete) -> None:
        self._remove([uuid.UUID(bytes=point_id) for point_id in call.point_ids])

    def delete_session(self, call: DeleteSession) -> None:
        self._remove_matching(edge_query.of_session(call.owner, call.session, call.kinds))

    def delete_owner(self, call: DeleteOwner) -> None:
        self._remove_matching(edge_query.owned(call.owner))

    def _remove_matching(self, condition: edge.Filter) -> None:
        while True:
            records, _ = self._engine.scroll(
                edge.ScrollRequest(
                    limit=_SCROLL, filter=condition, with_payload=False, with_vector=False
                )
            )
            if not records:
                return
            self._remove([cast(uuid.UUID, record.id) for record in records])

    def _remove(self, point_ids: list[uuid.UUID]) -> None:
        self._engine.update(edge.UpdateOperation.delete_points(list(point_ids)))
        for point_id in point_ids:
            self._table.remove(point_id.int)

    # Questions -------------------------------------------------------------------------------

    def search(self, call: Search) -> Found:
        readers = list(call.readers)
        if call.private and self._table.has_private(call.private):
            readers.append(call.private)
        requests = edge_query.requests(call, readers)
        answers = self._engine.query_batch(edge.QueryBatchRequest(requests)) if requests else []
        hits = iter(answers)
        return self._completed(
            [[] if edge_query.is_empty(query) else next(hits) for query in call.queries]
        )

    def _completed(self, answers: list[list[edge.ScoredPoint]]) -> Found:
        places: dict[int, int] = {}
        rows: list[PointRow] = []
        scores: list[list[tuple[int, float]]] = []
        for hits in answers:
            scored = []
            for hit in hits:
                key = cast(uuid.UUID, hit.id).int
                place = places.get(key)
                if place is None:
                    row = self._table.get(key)
                    if row is None:
                        raise StrangePoint
                    place = places[key] = len(rows)
                    rows.append(row)
                scored.append((place, hit.score))
            scores.append(scored)
        return Found(
            [row.kind for row in rows],
            [row.memory_id for row in rows],
            [row.revision for row in rows],
            [row.content_hash for row in rows],
            scores,
        )

    def list_points(self, call: ListPoints) -> Page:
        records, following = self._engine.scroll(
            edge.ScrollRequest(
                offset=None if call.after is None else uuid.UUID(call.after),
                limit=call.limit,
                filter=edge_query.owned(call.owner),
                with_payload=True,
                with_vector=False,
            )
        )
        return Page(
            [_listed(record.payload or {}) for record in records],
            None if following is None else str(following),
        )

    def count(self, owner: str) -> int:
        """An owner's points, or all when the owner is empty."""
        condition = edge_query.owned(owner) if owner else None
        return self._engine.count(edge.CountRequest(exact=True, filter=condition))

    def point_ids(self) -> list[int]:
        """All there should be."""
        return self._table.ids()

    def is_intact(self, point_ids: list[int]) -> bool:
        """Whether these points' vectors are what was handed in (those deleted since are skipped).
        About 15 us a point."""
        rows = {key: row for key in point_ids if (row := self._table.get(key)) is not None}
        records = self._engine.retrieve([uuid.UUID(int=key) for key in rows], False, True)
        if len(records) != len(rows):
            return False
        return all(
            checksum(cast("dict[str, Vector]", record.vector))
            == rows[cast(uuid.UUID, record.id).int].checksum
            for record in records
        )


def _listed(payload: dict[str, Any]) -> tuple[int, str, int, str]:
    return (
        payload[schema.KIND_KEY],
        payload[schema.MEMORY_ID_KEY],
        payload[schema.REVISION_KEY],
        payload[schema.CONTENT_HASH_KEY],
    )


def _built(point_id: uuid.UUID, frame: PointFrame) -> tuple[edge.Point, PointRow]:
    vectors: dict[str, Vector] = {name: floats(data) for name, data in frame.dense.items()}
    vectors |= {name: sparse(frame_) for name, frame_ in frame.sparse.items()}
    crc = checksum(vectors)
    payload: dict[str, object] = {
        schema.OWNER_KEY: frame.owner,
        schema.READERS_KEY: frame.readers,
        schema.KIND_KEY: frame.kind,
        schema.EVENT_TIME_KEY: frame.event_time,
        schema.TRUST_KEY: frame.trust,
        schema.MEMORY_ID_KEY: frame.memory_id,
        schema.REVISION_KEY: frame.revision,
        schema.CONTENT_HASH_KEY: frame.content_hash,
        schema.CHECKSUM_KEY: crc,
    }
    if frame.session:
        payload[schema.SESSION_KEY] = frame.session
    row = PointRow(
        frame.kind, frame.memory_id, frame.revision, frame.content_hash, crc, frame.private
    )
    return edge.Point(point_id, dict(vectors), payload), row
