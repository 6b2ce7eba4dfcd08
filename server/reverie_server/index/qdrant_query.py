"""A search in Qdrant's words: its filter and its queries."""

from __future__ import annotations

from collections.abc import Sequence

from qdrant_client import grpc as q

from reverie_server.index import schema
from reverie_server.index.encoded import QueryFrame, Search
from reverie_server.index.qdrant_points import SHOWN, floats, sparse, uuid_text


def owned(owner: bytes) -> q.Filter:
    """Everything of an owner."""
    return q.Filter(must=[_matches(schema.OWNER_KEY, [owner])])


def of_session(owner: bytes, session: bytes, kinds: Sequence[int]) -> q.Filter:
    """A session's points of these kinds."""
    return q.Filter(
        must=[
            _matches(schema.OWNER_KEY, [owner]),
            _matches(schema.SESSION_KEY, [session]),
            _is_of(kinds),
        ]
    )


def requests(
    call: Search, collection: str, shard_key: q.ShardKeySelector | None
) -> list[tuple[int, q.QueryPoints]]:
    """The queries that can find anything, with their places in the plan."""
    condition = _condition(call)
    corpus = q.SearchParams(idf=q.IdfParams(corpus=owned(call.owner)))
    return [
        (
            place,
            q.QueryPoints(
                collection_name=collection,
                query=_nearest(query),
                using=query.vector_name,
                filter=condition,
                params=None if query.sparse is None else corpus,
                limit=query.limit,
                with_payload=SHOWN,
                shard_key_selector=shard_key,
            ),
        )
        for place, query in enumerate(call.queries)
        if not _is_empty(query)
    ]


def _condition(call: Search) -> q.Filter:
    must = [_matches(schema.OWNER_KEY, [call.owner])]
    if call.seen_by:
        must.append(_matches(schema.SEEN_BY_KEY, call.seen_by))
    else:
        must.append(_matches(schema.LEARNT_BY_KEY, [call.learnt_by]))
    if call.kinds:
        must.append(_is_of(call.kinds))
    if call.sessions:
        must.append(_matches(schema.SESSION_KEY, call.sessions))
    if call.event_after is not None or call.event_before is not None:
        # Exact: microseconds stay below 2**53 until the year 2255.
        must.append(_within(schema.EVENT_TIME_KEY, call.event_after, call.event_before))
    if call.min_trust > 0.0:
        must.append(_within(schema.TRUST_KEY, schema.trust_steps(call.min_trust), None))
    excluded = call.excluded_sessions
    return q.Filter(
        must=must, must_not=[_matches(schema.SESSION_KEY, excluded)] if excluded else []
    )


def _matches(key: str, values: Sequence[bytes]) -> q.Condition:
    """The field has one of the values."""
    texts = [uuid_text(value) for value in values]
    if len(texts) == 1:
        match = q.Match(keyword=texts[0])
    else:
        match = q.Match(keywords=q.RepeatedStrings(strings=texts))
    return q.Condition(field=q.FieldCondition(key=key, match=match))


def _is_of(kinds: Sequence[int]) -> q.Condition:
    match = q.Match(integers=q.RepeatedIntegers(integers=list(kinds)))
    return q.Condition(field=q.FieldCondition(key=schema.KIND_KEY, match=match))


def _within(key: str, first: int | None, end: int | None) -> q.Condition:
    return q.Condition(field=q.FieldCondition(key=key, range=q.Range(gte=first, lt=end)))


def _is_empty(query: QueryFrame) -> bool:
    """Whether there is nothing to compare with (a text of stop words only)."""
    return not query.dense and (query.sparse is None or not query.sparse.indices)


def _nearest(query: QueryFrame) -> q.Query:
    if query.sparse is not None:
        return q.Query(nearest=q.VectorInput(sparse=sparse(query.sparse)))
    return q.Query(nearest=q.VectorInput(dense=q.DenseVector(data=floats(query.dense or b""))))
