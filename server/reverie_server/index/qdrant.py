"""The shared memory index: one collection of a Qdrant, for all servers of a deployment.

SQL says which collection is the index and whether everything is in it (``qdrant_record``). Every
server looks there, and at the collection's mark, once a second and whenever a search fails:

* The record's collection is there, its mark not lower than SQL's: READY if it is complete, else
  REBUILDING, until who fills it calls ``finish_rebuild``.
* It is gone, or was put back from an older copy: a new one takes its place, REBUILDING, under its
  own name. Whoever still asks for the old one is refused, so that nobody takes a half-filled one
  for the whole.
* Qdrant cannot be asked: AWAY, until it can.

Changes come from one server at a time. Upserts are guarded by revision all the same, because one
may arrive after it was given up. After a delete it leaves a point, which Reconcile removes.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from qdrant_client import grpc as q

from reverie_server.index import qdrant_points, qdrant_query, schema
from reverie_server.index.encoded import PointFrame
from reverie_server.index.encoding import point_frame, point_id, search_call
from reverie_server.index.memory_index import (
    Candidate,
    Fingerprint,
    IndexAway,
    IndexHealth,
    IndexState,
    Kind,
    MemoryPoint,
    Owner,
    SearchPlan,
)
from reverie_server.index.qdrant_collection import QdrantCollection
from reverie_server.index.qdrant_link import QdrantLink
from reverie_server.index.qdrant_options import QdrantOptions
from reverie_server.index.qdrant_record import Records, RecordStore
from reverie_server.index.qdrant_watch import QdrantWatch

POINTS_PER_CALL: Final = 100
ENCODED_INLINE: Final = 8
"""More points are encoded on a thread: the loop must not wait for them."""


class QdrantIndex:
    """A ``MemoryIndex``. Made by ``open``."""

    def __init__(self, link: QdrantLink, dimensions: Mapping[str, int], watch: QdrantWatch) -> None:
        self._link = link
        self._dimensions = dict(dimensions)
        self._watch = watch

    @classmethod
    async def open(
        cls,
        options: QdrantOptions,
        dimensions: Mapping[str, int],
        store: RecordStore,
        *,
        anew: bool = False,
    ) -> QdrantIndex:
        """Looks once. A Qdrant that is away is no error: it is looked for again.

        Args:
            dimensions: of each dense vector, by the names of ``schema.DENSE_NAMES``.
            anew: fill a new collection.

        Raises:
            UnfitQdrant: it is too old, or the collection has vectors of another dimension.
            Unavailable: SQL cannot be asked.
        """
        if set(dimensions) != set(schema.DENSE_NAMES):
            raise ValueError("dimensions must name every dense vector of the schema")
        link = QdrantLink(options)
        watch = QdrantWatch(link, dimensions, Records(store))
        try:
            await watch.start(anew=anew)
        except BaseException:
            await link.close()
            raise
        return cls(link, dimensions, watch)

    # The port --------------------------------------------------------------------------------

    async def upsert(self, points: Sequence[MemoryPoint]) -> None:
        collection = self._watch.present()
        for start in range(0, len(points), POINTS_PER_CALL):
            part = points[start : start + POINTS_PER_CALL]
            make = partial(self._upserts, collection, part)
            requests = await asyncio.to_thread(make) if len(part) > ENCODED_INLINE else make()
            for request in requests:
                async with self._watch.noticing():
                    await self._link.write(self._link.points.Upsert, request)
        async with self._watch.noticing():
            await self._watch.recount(collection)

    def _upserts(
        self, collection: QdrantCollection, points: Sequence[MemoryPoint]
    ) -> list[q.UpsertPoints]:
        """One for each shard key that the points belong to."""
        newest: dict[bytes, tuple[str, PointFrame]] = {}
        for point in points:
            frame = point_frame(point, self._dimensions)
            queued = newest.get(frame.point_id)
            if queued is None or queued[1].revision <= frame.revision:
                newest[frame.point_id] = (collection.shard_of(point.owner.workspace_id), frame)
        by_shard: dict[str, list[PointFrame]] = defaultdict(list)
        for shard, frame in newest.values():
            by_shard[shard].append(frame)
        return [
            q.UpsertPoints(
                collection_name=collection.name,
                wait=True,
                points=[qdrant_points.point(frame) for frame in frames],
                ordering=collection.ordering,
                shard_key_selector=collection.selector(shard),
                update_filter=qdrant_points.not_newer(frames),
            )
            for shard, frames in by_shard.items()
        ]

    async def delete(self, owner: Owner, memories: Sequence[tuple[Kind, str]]) -> None:
        if memories:
            ids = [point_id(owner, kind, memory_id) for kind, memory_id in memories]
            listed = q.PointsIdsList(ids=[qdrant_points.point_id(each) for each in ids])
            await self._delete(owner, q.PointsSelector(points=listed))

    async def delete_session(self, owner: Owner, session_id: str, kinds: frozenset[Kind]) -> None:
        if kinds:
            session = schema.session_key(owner.workspace_id, owner.user_id, session_id)
            of_session = qdrant_query.of_session(_key(owner), session.bytes, sorted(kinds))
            await self._delete(owner, q.PointsSelector(filter=of_session))

    async def delete_owner(self, owner: Owner) -> None:
        await self._delete(owner, q.PointsSelector(filter=qdrant_query.owned(_key(owner))))

    async def _delete(self, owner: Owner, selected: q.PointsSelector) -> None:
        collection = self._watch.present()
        request = q.DeletePoints(
            collection_name=collection.name,
            wait=True,
            points=selected,
            ordering=collection.ordering,
            shard_key_selector=collection.selector(collection.shard_of(owner.workspace_id)),
        )
        async with self._watch.noticing():
            await self._link.write(self._link.points.Delete, request)
            await self._watch.recount(collection)

    async def search(self, plan: SearchPlan) -> list[Candidate]:
        collection = self._watch.present()
        if self._watch.health.state is not IndexState.READY:
            raise IndexAway(self._watch.health.detail)
        shard = collection.selector(collection.shard_of(plan.reader.workspace_id))
        call = search_call(plan, self._dimensions)
        asked = qdrant_query.requests(call, collection.name, shard)
        if not asked:
            return []
        request = q.QueryBatchPoints(
            collection_name=collection.name,
            query_points=[each for _, each in asked],
            read_consistency=collection.consistency,
            timeout=math.ceil(self._link.options.search_seconds),
        )
        try:
            answer = await self._link.ask(self._link.points.QueryBatch, request)
        except IndexAway as away:
            self._watch.doubt(collection, str(away))
            raise
        places = [place for place, _ in asked]
        return _candidates(places, answer.result, len(plan.queries))

    async def fingerprints(
        self, owner: Owner, after: str | None, limit: int
    ) -> tuple[list[Fingerprint], str | None]:
        collection = self._watch.present()
        request = q.ScrollPoints(
            collection_name=collection.name,
            filter=qdrant_query.owned(_key(owner)),
            offset=None if after is None else q.PointId(uuid=after),
            limit=limit,
            with_payload=qdrant_points.SHOWN,
            read_consistency=collection.consistency,
            shard_key_selector=collection.selector(collection.shard_of(owner.workspace_id)),
        )
        async with self._watch.noticing():
            page = await self._link.write(self._link.points.Scroll, request)
        following = page.next_page_offset.uuid or None
        return [qdrant_points.fingerprint(each.payload) for each in page.result], following

    async def count(self, owner: Owner | None = None) -> int:
        collection = self._watch.present()
        async with self._watch.noticing():
            if owner is None:
                return await self._watch.count(collection, exact=True)
            request = q.CountPoints(
                collection_name=collection.name,
                filter=qdrant_query.owned(_key(owner)),
                exact=True,
                read_consistency=collection.consistency,
                shard_key_selector=collection.selector(collection.shard_of(owner.workspace_id)),
            )
            return int((await self._link.write(self._link.points.Count, request)).result.count)

    async def flush(self) -> None:
        """Qdrant has what it has acknowledged in its log. Should it come back without, its mark
        will be missing too: that is raised here, there first and then in SQL."""
        await self._watch.raise_mark(self._watch.present())

    async def begin_rebuild(self) -> str:
        self._watch.present()
        return await self._watch.renew()

    async def finish_rebuild(self, generation: str) -> None:
        collection = self._watch.present()
        if collection.name != generation:
            raise IndexAway("another rebuild is needed")
        await self._watch.raise_mark(collection, complete=True)

    def health(self) -> IndexHealth:
        return self._watch.health

    async def health_change(self, seen: IndexHealth) -> IndexHealth:
        return await self._watch.change(seen)

    async def close(self) -> None:
        """Idempotent. What it holds stays for others."""
        await self._watch.stop()
        await self._link.close()


def _candidates(
    places: Sequence[int], results: Sequence[q.BatchResult], queries: int
) -> list[Candidate]:
    scores: dict[str, list[float | None]] = {}
    known: dict[str, Fingerprint] = {}
    for place, result in zip(places, results, strict=True):
        for hit in result.result:
            name = hit.id.uuid
            if name not in known:
                known[name] = qdrant_points.fingerprint(hit.payload)
                scores[name] = [None] * queries
            scores[name][place] = hit.score
    return [
        Candidate(each.kind, each.memory_id, each.revision, each.content_hash, tuple(scores[name]))
        for name, each in known.items()
    ]


def _key(owner: Owner) -> bytes:
    return schema.owner_key(owner.workspace_id, owner.user_id).bytes
