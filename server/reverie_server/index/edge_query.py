"""A search in the engine's words: its filter and its queries."""

from __future__ import annotations

import qdrant_edge as edge

from reverie_server.index import schema
from reverie_server.index.edge_points import PointTable
from reverie_server.index.edge_vectors import floats, sparse
from reverie_server.index.encoded import QueryFrame, Search


def match(key: str, values: list[int]) -> edge.FieldCondition:
    """The field has one of the values."""
    # One value is worth its own form: it was measured 0.17 ms a query cheaper than a list.
    if len(values) == 1:
        return edge.FieldCondition(key=key, match=edge.MatchValue(values[0]))
    return edge.FieldCondition(key=key, match=edge.MatchAny(values))


def owned(owner: int) -> edge.Filter:
    """Everything of an owner."""
    return edge.Filter(must=[match(schema.OWNER_KEY, [owner])])


def of_session(session: int, kinds: list[int]) -> edge.Filter:
    """A session's points of these kinds. Its number is one owner's."""
    return edge.Filter(must=[match(schema.SESSION_KEY, [session]), match(schema.KIND_KEY, kinds)])


def _readable(call: Search, table: PointTable) -> edge.FieldCondition | None:
    """Who asks may read it; None when there is nothing that he may."""
    if not call.seen_by:
        number = table.keys.known(call.learnt_by)
        return None if number is None else match(schema.LEARNT_BY_KEY, [number])
    # Keys that no point has make the filter dearer for nothing: where everything is shared,
    # this leaves one.
    numbers = [number for key in call.seen_by if (number := table.shows(key)) is not None]
    return match(schema.SEEN_BY_KEY, numbers) if numbers else None


def _condition(call: Search, table: PointTable) -> edge.Filter | None:
    """What a search may find; None when that is nothing."""
    readable = _readable(call, table)
    if readable is None:
        return None
    must = [readable]
    if call.kinds:
        must.append(match(schema.KIND_KEY, call.kinds))
    if call.sessions:
        sessions = _known(call.sessions, table)
        if not sessions:
            return None
        must.append(match(schema.SESSION_KEY, sessions))
    if call.event_after is not None or call.event_before is not None:
        # Exact: microseconds stay below 2**53 until the year 2255.
        span = edge.RangeFloat(gte=call.event_after, lt=call.event_before)
        must.append(edge.FieldCondition(key=schema.EVENT_TIME_KEY, range=span))
    if call.min_trust > 0.0:
        floor = edge.RangeFloat(gte=schema.trust_steps(call.min_trust))
        must.append(edge.FieldCondition(key=schema.TRUST_KEY, range=floor))
    excluded = _known(call.excluded_sessions, table)
    must_not = [match(schema.SESSION_KEY, excluded)] if excluded else []
    return edge.Filter(must=list(must), must_not=list(must_not))


def _known(keys: list[bytes], table: PointTable) -> list[int]:
    return [number for key in keys if (number := table.keys.known(key)) is not None]


def _is_empty(query: QueryFrame) -> bool:
    """Whether there is nothing to compare with (a text of stop words only)."""
    return not query.dense and (query.sparse is None or not query.sparse.indices)


def requests(call: Search, table: PointTable) -> list[tuple[int, edge.QueryRequest]]:
    """The queries that can find anything, with their places in the plan."""
    condition = _condition(call, table)
    owner = table.keys.known(call.owner)
    if condition is None or owner is None:
        return []
    corpus = edge.SearchParams(idf=edge.IdfParams(corpus=owned(owner)))
    return [
        (
            place,
            edge.QueryRequest(
                limit=query.limit,
                query=_nearest(query),
                filter=condition,
                with_payload=False,
                with_vector=False,
                params=None if query.sparse is None else corpus,
            ),
        )
        for place, query in enumerate(call.queries)
        if not _is_empty(query)
    ]


def _nearest(query: QueryFrame) -> edge.Query:
    if query.sparse is not None:
        return edge.Query.Nearest(sparse(query.sparse), using=query.vector_name)
    return edge.Query.Nearest(floats(query.dense or b""), using=query.vector_name)
