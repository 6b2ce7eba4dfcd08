"""One Qdrant Edge shard and the table beside it.

Runs in the child process only. ``optimize()`` is never called: it can take seconds, and a search
that names an owner is fast without it.
"""

from __future__ import annotations

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
    Upsert,
    encode_candidates,
)
from reverie_server.index.edge_points import PointRow, PointTable
from reverie_server.index.edge_vectors import (
    Vector,
    floats,
    given_checksum,
    sparse,
    stored_checksum,
)
from reverie_server.index.encoded import PointFrame, Search

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
    matched = (
        schema.OWNER_KEY,
        schema.SEEN_BY_KEY,
        schema.LEARNT_BY_KEY,
        schema.SESSION_KEY,
        schema.KIND_KEY,
    )
    for key in matched:
        params = edge.IntegerIndexParams(lookup=True, range=False)
        shard.update(edge.UpdateOperation.create_field_index(key, params))
    for key in (schema.EVENT_TIME_KEY, schema.TRUST_KEY):
        params = edge.IntegerIndexParams(lookup=False, range=True)
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
        newest: dict[bytes, PointFrame] = {}
        for frame in call.points:
            queued = newest.get(frame.point_id)
            known = self._revision(frame.point_id) if queued is None else queued.revision
            if known is None or known <= frame.revision:
                newest[frame.point_id] = frame
        if not newest:
            return
        points = []
        rows = []
        for frame in newest.values():
            number = self._table.number(frame.point_id) or self._table.new_number()
            points.append(edge.Point(number, _vectors(frame), self._payload(frame)))
            rows.append((number, self._row(frame)))
        self._engine.update(edge.UpdateOperation.upsert_points(points))
        for number, row in rows:
            self._table.put(number, row)

    def _revision(self, point_id: bytes) -> int | None:
        number = self._table.number(point_id)
        row = None if number is None else self._table.row(number)
        return None if row is None else row.revision

    def _payload(self, frame: PointFrame) -> dict[str, object]:
        numbers = self._table.keys
        payload: dict[str, object] = {
            schema.OWNER_KEY: numbers.of(frame.owner),
            schema.SEEN_BY_KEY: numbers.of(frame.seen_by),
            schema.LEARNT_BY_KEY: numbers.of(frame.learnt_by),
            schema.KIND_KEY: frame.kind,
            schema.EVENT_TIME_KEY: frame.event_time,
            schema.TRUST_KEY: schema.trust_steps(frame.trust),
            schema.REVISION_KEY: frame.revision,
        }
        if frame.session:
            payload[schema.SESSION_KEY] = numbers.of(frame.session)
        return payload

    def _row(self, frame: PointFrame) -> PointRow:
        return PointRow(
            frame.point_id,
            frame.kind,
            frame.memory_id,
            frame.revision,
            frame.content_hash,
            given_checksum(frame),
            self._table.keys.of(frame.seen_by),
        )

    def delete(self, call: Delete) -> None:
        numbers = [self._table.number(point_id) for point_id in call.point_ids]
        self._remove([number for number in numbers if number is not None])

    def delete_session(self, call: DeleteSession) -> None:
        session = self._table.keys.known(call.session)
        if session is not None:
            self._remove_matching(edge_query.of_session(session, call.kinds))

    def delete_owner(self, call: DeleteOwner) -> None:
        owner = self._table.keys.known(call.owner)
        if owner is not None:
            self._remove_matching(edge_query.owned(owner))

    def _remove_matching(self, condition: edge.Filter) -> None:
        while True:
            records, _ = self._engine.scroll(
                edge.ScrollRequest(
                    limit=_SCROLL, filter=condition, with_payload=False, with_vector=False
                )
            )
            if not records:
                return
            self._remove([cast(int, record.id) for record in records])

    def _remove(self, numbers: list[int]) -> None:
        if numbers:
            self._engine.update(edge.UpdateOperation.delete_points(list(numbers)))
        for number in numbers:
            self._table.remove(number)

    # Questions -------------------------------------------------------------------------------

    def search(self, call: Search) -> Found:
        asked = edge_query.requests(call, self._table)
        scores: dict[int, list[float | None]] = {}
        if asked:
            batch = edge.QueryBatchRequest([request for _, request in asked])
            nowhere: list[float | None] = [None] * len(call.queries)
            for (place, _), hits in zip(asked, self._engine.query_batch(batch), strict=True):
                for hit in hits:
                    number = cast(int, hit.id)
                    found = scores.get(number)
                    if found is None:
                        found = scores[number] = nowhere.copy()
                    found[place] = hit.score
        return encode_candidates(
            [(*self._known(number)[1:5], found) for number, found in scores.items()]
        )

    def _known(self, number: int) -> PointRow:
        row = self._table.row(number)
        if row is None:
            raise StrangePoint
        return row

    def list_points(self, call: ListPoints) -> Page:
        """Which points there are, and in what revision, is read from the engine."""
        owner = self._table.keys.known(call.owner)
        if owner is None:
            return Page([], None)
        records, following = self._engine.scroll(
            edge.ScrollRequest(
                offset=call.after,
                limit=call.limit,
                filter=edge_query.owned(owner),
                with_payload=[schema.REVISION_KEY],
                with_vector=False,
            )
        )
        points = []
        for record in records:
            row = self._known(cast(int, record.id))
            revision: int = (record.payload or {})[schema.REVISION_KEY]
            points.append((row.kind, row.memory_id, revision, row.content_hash))
        return Page(points, cast("int | None", following))

    def count(self, owner: bytes) -> int:
        """An owner's points, or all when the owner is empty."""
        if not owner:
            return self._engine.count(edge.CountRequest(exact=True))
        number = self._table.keys.known(owner)
        if number is None:
            return 0
        return self._engine.count(edge.CountRequest(exact=True, filter=edge_query.owned(number)))

    def point_numbers(self) -> list[int]:
        """All there should be."""
        return self._table.numbers()

    def is_intact(self, numbers: list[int]) -> bool:
        """Whether these points' vectors are what was handed in (those deleted since are skipped).
        About 60 us a point."""
        rows = {number: row for number in numbers if (row := self._table.row(number)) is not None}
        records = self._engine.retrieve(list(rows), False, True)
        return len(records) == len(rows) and all(
            stored_checksum(cast("dict[str, Vector]", record.vector))
            == rows[cast(int, record.id)].checksum
            for record in records
        )


def _vectors(frame: PointFrame) -> dict[str, Any]:
    vectors: dict[str, Any] = {name: floats(data) for name, data in frame.dense.items()}
    for name, each in frame.sparse.items():
        vectors[name] = sparse(each)
    return vectors
