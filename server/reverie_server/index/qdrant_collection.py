"""One filling of the index: a collection of Qdrant, under a name of its own.

Beside the memories it holds one point without vectors, the *mark*: a number that grows with every
flush and is kept in SQL too. A collection that was made anew by somebody else has no mark, and one
that was put back from an older copy has a lower one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from qdrant_client import grpc as q

from reverie_server.index import schema
from reverie_server.index.memory_index import IndexAway
from reverie_server.index.qdrant_link import CollectionGone, QdrantLink
from reverie_server.index.qdrant_points import (
    REVISION_HIGH_KEY,
    REVISION_LOW_KEY,
    point_id,
)

MARK_KEY: Final = "w"
"""Of the mark, and of no memory."""
_MARK: Final = point_id(schema.mark_id().bytes)
_OTHERS: Final = "others"
"""The shard key of all workspaces that have none of their own, and of the mark."""
_LINKS: Final = 16
"""Of a point in its owner's graph (HNSW's m, at Qdrant's own default)."""
_ORDERINGS: Final = {
    "weak": q.WriteOrderingType.Weak,
    "medium": q.WriteOrderingType.Medium,
    "strong": q.WriteOrderingType.Strong,
}
_CONSISTENCIES: Final = {
    "majority": q.ReadConsistencyType.Majority,
    "quorum": q.ReadConsistencyType.Quorum,
    "all": q.ReadConsistencyType.All,
}


class UnfitQdrant(Exception):
    """Qdrant, or the collection, cannot hold this server's memories. One sentence with the fix."""


def _field_indexes() -> dict[str, tuple[q.FieldType.ValueType, q.PayloadIndexParams]]:
    uuid = q.PayloadIndexParams(uuid_index_params=q.UuidIndexParams())
    tenant = q.PayloadIndexParams(uuid_index_params=q.UuidIndexParams(is_tenant=True))
    looked_up = q.PayloadIndexParams(
        integer_index_params=q.IntegerIndexParams(lookup=True, range=False)
    )
    ranged = q.PayloadIndexParams(
        integer_index_params=q.IntegerIndexParams(lookup=False, range=True)
    )
    return {
        schema.OWNER_KEY: (q.FieldType.FieldTypeUuid, tenant),
        schema.SEEN_BY_KEY: (q.FieldType.FieldTypeUuid, uuid),
        schema.LEARNT_BY_KEY: (q.FieldType.FieldTypeUuid, uuid),
        schema.SESSION_KEY: (q.FieldType.FieldTypeUuid, uuid),
        schema.KIND_KEY: (q.FieldType.FieldTypeInteger, looked_up),
        schema.EVENT_TIME_KEY: (q.FieldType.FieldTypeInteger, ranged),
        schema.TRUST_KEY: (q.FieldType.FieldTypeInteger, ranged),
        REVISION_HIGH_KEY: (q.FieldType.FieldTypeInteger, ranged),
        REVISION_LOW_KEY: (q.FieldType.FieldTypeInteger, ranged),
        MARK_KEY: (q.FieldType.FieldTypeInteger, ranged),
    }


FIELD_INDEXES: Final = _field_indexes()
"""By payload key. A Qdrant in strict mode filters by nothing else."""


class QdrantCollection:
    """``dimensions``: of each dense vector by its name."""

    def __init__(self, link: QdrantLink, name: str, dimensions: Mapping[str, int]) -> None:
        self._link = link
        self._dimensions = dimensions
        self.name = name
        ordering = _ORDERINGS[link.options.write_ordering]
        self.ordering = q.WriteOrdering(type=ordering)
        consistency = link.options.read_consistency
        self.consistency = (
            None if consistency is None else q.ReadConsistency(type=_CONSISTENCIES[consistency])
        )

    def shard_of(self, workspace_id: str) -> str:
        """The shard key of a workspace's points; empty: the collection has no shard keys."""
        keyed = self._link.options.shard_workspaces
        if workspace_id in keyed:
            return str(schema.workspace_key(workspace_id))
        return _OTHERS if keyed else ""

    def selector(self, shard: str) -> q.ShardKeySelector | None:
        """What a request says to stay within a shard key."""
        return q.ShardKeySelector(shard_keys=[q.ShardKey(keyword=shard)]) if shard else None

    # Making and losing -----------------------------------------------------------------------

    async def create(self) -> None:
        """Empty, with its indexes and its mark.

        Raises:
            IndexAway: it could not be made.
        """
        options = self._link.options
        keyed = bool(options.shard_workspaces)
        await self._link.write(
            self._link.collections.Create,
            q.CreateCollection(
                collection_name=self.name,
                # No graph over all points: every search names an owner, whose points have one.
                hnsw_config=q.HnswConfigDiff(m=0, payload_m=_LINKS),
                shard_number=options.shards,
                replication_factor=options.replicas,
                write_consistency_factor=options.write_replicas,
                sharding_method=q.ShardingMethod.Custom if keyed else None,
                vectors_config=q.VectorsConfig(
                    params_map=q.VectorParamsMap(
                        map={
                            # Vectors come with unit length: the product is the cosine.
                            name: q.VectorParams(size=size, distance=q.Distance.Dot)
                            for name, size in self._dimensions.items()
                        }
                    )
                ),
                sparse_vectors_config=q.SparseVectorConfig(
                    map={
                        name: q.SparseVectorParams(modifier=q.Modifier.Idf)
                        for name in schema.SPARSE_NAMES
                    }
                ),
            ),
        )
        if keyed:
            for key in (_OTHERS, *map(self.shard_of, options.shard_workspaces)):
                await self._link.write(
                    self._link.collections.CreateShardKey,
                    q.CreateShardKeyRequest(
                        collection_name=self.name,
                        request=q.CreateShardKey(
                            shard_key=q.ShardKey(keyword=key), shards_number=options.shards
                        ),
                    ),
                )
        for key in FIELD_INDEXES:
            await self._index_field(key)
        await self._write_mark(0, q.UpdateMode.Upsert)

    async def settle(self) -> None:
        """Makes sure that a collection that is there fits; adds the indexes that it lacks.

        Raises:
            UnfitQdrant, IndexAway: as ``examine``.
        """
        for key in await self.examine():
            await self._index_field(key)

    async def examine(self) -> set[str]:
        """Makes sure that it fits; gives the payload keys whose indexes it lacks.

        Raises:
            UnfitQdrant: it has other vectors.
            IndexAway: it cannot be asked.
        """
        answer = await self._link.ask(
            self._link.collections.Get, q.GetCollectionInfoRequest(collection_name=self.name)
        )
        found = answer.result.config.params.vectors_config.params_map.map
        sizes = {name: each.size for name, each in found.items()}
        if sizes != dict(self._dimensions):
            raise UnfitQdrant(
                f"the Qdrant collection {self.name} has vectors of {_sizes(sizes)} numbers, this"
                f" server's have {_sizes(self._dimensions)}: start once with"
                " `reverie serve --reindex`, which fills a new collection"
            )
        return set(FIELD_INDEXES) - set(answer.result.payload_schema)

    async def drop(self) -> None:
        """Nothing of it is left. Idempotent."""
        request = q.DeleteCollection(collection_name=self.name)
        try:
            await self._link.write(self._link.collections.Delete, request)
        except CollectionGone:
            return

    async def _index_field(self, key: str) -> None:
        field_type, params = FIELD_INDEXES[key]
        await self._link.write(
            self._link.points.CreateFieldIndex,
            q.CreateFieldIndexCollection(
                collection_name=self.name,
                wait=True,
                field_name=key,
                field_type=field_type,
                field_index_params=params,
                ordering=self.ordering,
            ),
        )

    # The mark --------------------------------------------------------------------------------

    async def mark(self) -> int | None:
        """None: the collection is not there, or has none.

        Raises:
            IndexAway: Qdrant cannot be asked.
        """
        request = q.GetPoints(
            collection_name=self.name,
            ids=[_MARK],
            with_payload=q.WithPayloadSelector(enable=True),
            read_consistency=self.consistency,
            shard_key_selector=self.selector(self.shard_of("")),
        )
        try:
            answer = await self._link.ask(self._link.points.Get, request)
        except CollectionGone:
            return None
        if not answer.result:
            return None
        return int(answer.result[0].payload[MARK_KEY].integer_value)

    async def raise_mark(self, number: int) -> None:
        """After all changes before it. One that another server has raised further stays: also a
        request that Qdrant carries out late lowers nothing.

        Raises:
            IndexAway: it could not be written, or there is none to be raised.
        """
        lower = q.FieldCondition(key=MARK_KEY, range=q.Range(lt=number))
        only = q.Filter(must=[q.Condition(field=lower)])
        await self._write_mark(number, q.UpdateMode.UpdateOnly, only)
        mark = await self.mark()
        if mark is None or mark < number:
            raise IndexAway("the collection has lost its mark")

    async def _write_mark(
        self, number: int, mode: q.UpdateMode.ValueType, only: q.Filter | None = None
    ) -> None:
        mark = q.PointStruct(
            id=_MARK,
            payload={MARK_KEY: q.Value(integer_value=number)},
            vectors=q.Vectors(vectors=q.NamedVectors()),
        )
        await self._link.ask(
            self._link.points.Upsert,
            q.UpsertPoints(
                collection_name=self.name,
                wait=True,
                points=[mark],
                ordering=self.ordering,
                shard_key_selector=self.selector(self.shard_of("")),
                update_mode=mode,
                update_filter=only,
            ),
        )


def memories_only() -> q.Filter:
    """Every point but the mark."""
    return q.Filter(must_not=[q.Condition(has_id=q.HasIdCondition(has_id=[_MARK]))])


def _sizes(sizes: Mapping[str, int]) -> str:
    return " and ".join(str(size) for size in sizes.values()) or "no"
