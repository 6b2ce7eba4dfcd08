"""Qdrant's messages in, Qdrant's messages out, over the client's in-process engine.

What that engine leaves to the server is kept here: payload indexes, shard keys, and which of them
a request may name.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, cast

from qdrant_client import QdrantClient, models
from qdrant_client import grpc as q
from qdrant_client.conversions.conversion import GrpcToRest, RestToGrpc

VERSION = "1.20.0"


class NoSuchCollection(Exception):
    """Answered with NOT_FOUND."""


class Engine:
    """Raises ``NoSuchCollection``, and ``ValueError`` for what it does not take."""

    def __init__(self) -> None:
        self.version = VERSION
        self._client = QdrantClient(":memory:")
        self._made: dict[str, q.CreateCollection] = {}
        self._schemas: dict[str, dict[str, q.CreateFieldIndexCollection]] = {}
        self._shard_keys: dict[str, list[str]] = {}
        # A test's collection is what it takes to be in order; nobody is to read of its size.
        warnings.filterwarnings("ignore", message="Local mode is not recommended")

    def collections(self) -> list[str]:
        """Their names."""
        return list(self._made)

    def made(self, name: str) -> q.CreateCollection:
        """How a collection was asked for."""
        if name not in self._made:
            raise NoSuchCollection(name)
        return self._made[name]

    def indexed(self, name: str) -> dict[str, q.CreateFieldIndexCollection]:
        """A collection's payload indexes, as they were asked for."""
        return self._schemas[name]

    def shard_keys(self, name: str) -> list[str]:
        """Those that were made for a collection."""
        return self._shard_keys[name]

    def payloads(self, name: str) -> list[dict[str, Any]]:
        """All that a collection holds beside vectors."""
        records, _ = self._client.scroll(name, limit=10_000)
        return [record.payload or {} for record in records]

    def lose_everything(self) -> None:
        """As a server that comes back on an empty disk."""
        for name in self.collections():
            self.delete_collection(q.DeleteCollection(collection_name=name))

    # Collections -----------------------------------------------------------------------------

    def create(self, request: q.CreateCollection) -> q.CollectionOperationResponse:
        name = request.collection_name
        vectors = request.vectors_config.params_map.map
        sparse = request.sparse_vectors_config
        self._client.create_collection(
            name,
            vectors_config={
                vector: models.VectorParams(size=params.size, distance=models.Distance.DOT)
                for vector, params in vectors.items()
            },
            sparse_vectors_config=GrpcToRest.convert_sparse_vector_config(sparse),
        )
        self._made[name], self._schemas[name], self._shard_keys[name] = request, {}, []
        return q.CollectionOperationResponse(result=True)

    def get(self, request: q.GetCollectionInfoRequest) -> q.GetCollectionInfoResponse:
        name = request.collection_name
        made = self.made(name)
        params = q.CollectionParams(
            shard_number=made.shard_number or 1,
            vectors_config=made.vectors_config,
            sparse_vectors_config=made.sparse_vectors_config,
        )
        schema = {key: q.PayloadSchemaInfo() for key in self._schemas[name]}
        info = q.CollectionInfo(config=q.CollectionConfig(params=params), payload_schema=schema)
        return q.GetCollectionInfoResponse(result=info)

    def list(self, request: q.ListCollectionsRequest) -> q.ListCollectionsResponse:
        described = [q.CollectionDescription(name=name) for name in self._made]
        return q.ListCollectionsResponse(collections=described)

    def delete_collection(self, request: q.DeleteCollection) -> q.CollectionOperationResponse:
        there = self._made.pop(request.collection_name, None) is not None
        if there:
            self._client.delete_collection(request.collection_name)
        return q.CollectionOperationResponse(result=there)

    def create_shard_key(self, request: q.CreateShardKeyRequest) -> q.CreateShardKeyResponse:
        if self.made(request.collection_name).sharding_method != q.ShardingMethod.Custom:
            raise ValueError("the collection has no shard keys")
        self._shard_keys[request.collection_name].append(request.request.shard_key.keyword)
        return q.CreateShardKeyResponse(result=True)

    def index_field(self, request: q.CreateFieldIndexCollection) -> q.PointsOperationResponse:
        self.made(request.collection_name)
        self._schemas[request.collection_name][request.field_name] = request
        return _done()

    # Points ----------------------------------------------------------------------------------

    def upsert(self, request: q.UpsertPoints) -> q.PointsOperationResponse:
        self._check_shards(request, one=True)
        self._client.upsert(
            request.collection_name,
            [GrpcToRest.convert_point_struct(point) for point in request.points],
            update_filter=self._filter(request, "update_filter"),
            update_mode=(
                GrpcToRest.convert_update_mode(cast("q.UpdateMode", request.update_mode))
                if request.HasField("update_mode")
                else None
            ),
        )
        return _done()

    def delete(self, request: q.DeletePoints) -> q.PointsOperationResponse:
        self._check_shards(request)
        selector = request.points
        if selector.HasField("filter"):
            self._filter(selector, "filter", request.collection_name)
        self._client.delete(request.collection_name, GrpcToRest.convert_points_selector(selector))
        return _done()

    def retrieve(self, request: q.GetPoints) -> q.GetResponse:
        self._check_shards(request)
        found = self._client.retrieve(
            request.collection_name,
            [GrpcToRest.convert_point_id(each) for each in request.ids],
            with_payload=_payload(request),
        )
        return q.GetResponse(result=_records(found))

    def scroll(self, request: q.ScrollPoints) -> q.ScrollResponse:
        self._check_shards(request)
        found, following = self._client.scroll(
            request.collection_name,
            scroll_filter=self._filter(request, "filter"),
            limit=request.limit,
            offset=(
                GrpcToRest.convert_point_id(request.offset) if request.HasField("offset") else None
            ),
            with_payload=_payload(request),
        )
        page = q.ScrollResponse(result=_records(found))
        if following is not None:
            page.next_page_offset.CopyFrom(
                RestToGrpc.convert_extended_point_id(cast("str", following))
            )
        return page

    def count(self, request: q.CountPoints) -> q.CountResponse:
        self._check_shards(request)
        counted = self._client.count(
            request.collection_name, count_filter=self._filter(request, "filter")
        )
        return q.CountResponse(result=q.CountResult(count=counted.count))

    def query_batch(self, request: q.QueryBatchPoints) -> q.QueryBatchResponse:
        for each in request.query_points:
            self._check_shards(each)
            self._filter(each, "filter")
        answers = self._client.query_batch_points(
            request.collection_name,
            [GrpcToRest.convert_query_points(each) for each in request.query_points],
        )
        return q.QueryBatchResponse(
            result=[
                q.BatchResult(
                    result=[RestToGrpc.convert_scored_point(hit) for hit in answer.points]
                )
                for answer in answers
            ]
        )

    # What the server would refuse ------------------------------------------------------------

    def _check_shards(self, request: Any, *, one: bool = False) -> None:
        made = self.made(request.collection_name)
        named = [key.keyword for key in request.shard_key_selector.shard_keys]
        known = self._shard_keys[request.collection_name]
        if unknown := set(named) - set(known):
            raise ValueError(f"no shard keys {unknown}")
        if one and made.sharding_method == q.ShardingMethod.Custom and len(named) != 1:
            raise ValueError("a point belongs to one shard key")

    def _filter(self, request: Any, field: str, collection: str = "") -> models.Filter | None:
        if not request.HasField(field):
            return None
        given = getattr(request, field)
        # As a server in strict mode: nothing is filtered by what has no index.
        indexed = self._schemas[collection or request.collection_name]
        if bare := set(_keys(given)) - set(indexed):
            raise ValueError(f"no payload index for {bare}")
        return GrpcToRest.convert_filter(given)


def _keys(condition: q.Filter) -> Iterable[str]:
    for each in (*condition.must, *condition.should, *condition.must_not):
        if each.HasField("field"):
            yield each.field.key
        elif each.HasField("filter"):
            yield from _keys(each.filter)


def _payload(request: Any) -> Any:
    return GrpcToRest.convert_with_payload_selector(request.with_payload)


def _records(found: Iterable[models.Record]) -> list[q.RetrievedPoint]:
    return [RestToGrpc.convert_retrieved_point(record) for record in found]


def _done() -> q.PointsOperationResponse:
    return q.PointsOperationResponse(result=q.UpdateResult(status=q.UpdateStatus.Completed))
