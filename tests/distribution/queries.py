"""Which tables of a statement are held to one workspace, as its text says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import sqlglot
from sqlglot import exp

KEY: Final = "workspace_id"
"""The distribution key."""

_Source = tuple[int, str]
"""A source of rows: the query it stands in, and the name by which that calls it."""


@dataclass
class Reading:
    """A statement being read."""

    tables: dict[_Source, str] = field(default_factory=dict)
    """Tables by their sources; what is made of other sources is none."""
    held: set[_Source] = field(default_factory=set)
    """Whose key is that of an argument, or of a source that was made of others."""
    equal: list[tuple[_Source, _Source]] = field(default_factory=list)

    def loose(self) -> list[str]:
        """Tables whose rows may be of any workspace."""
        held = set(self.held)
        while True:
            more = {
                each for pair in self.equal if held & set(pair) for each in pair if each not in held
            }
            if not more:
                return sorted(name for each, name in self.tables.items() if each not in held)
            held |= more


def loose_tables(sql: str) -> list[str]:
    """The tables that a statement (of PostgreSQL) reads or changes beyond one workspace."""
    # As names: a parser takes some pairs of $n for quotes.
    tree = sqlglot.parse_one(re.sub(r"\$(\d+)", r":p\1", sql), dialect="postgres")
    reading = Reading()
    derived = {cte.alias for cte in tree.find_all(exp.CTE)}
    for query in tree.find_all(exp.Select, exp.Update, exp.Delete, exp.Insert):
        for name, table in _sources(query):
            source = (id(query), name)
            if table is None or table in derived:
                reading.held.add(source)
            else:
                reading.tables[source] = table
    for insert in tree.find_all(exp.Insert):
        _read_insert(reading, insert)
    for equality in tree.find_all(exp.EQ):
        if _binds(equality):
            for left, right in _pairs(equality.this, equality.expression):
                _link(reading, left, right, equality)
    for membership in tree.find_all(exp.In):
        if _binds(membership):
            _read_membership(reading, membership)
    return reading.loose()


def _read_insert(reading: Reading, insert: exp.Insert) -> None:
    if not isinstance(insert.this, exp.Schema):
        return
    columns = [each.name for each in insert.this.expressions]
    target = insert.this.this.alias_or_name
    if KEY in columns and isinstance(insert.expression, exp.Values):
        reading.held.add((id(insert), target))
    elif KEY in columns and isinstance(insert.expression, exp.Select):
        given = insert.expression.expressions[columns.index(KEY)]
        ours = exp.column(KEY, target)
        _link(reading, ours, given, insert, of_right=insert.expression)


def _read_membership(reading: Reading, membership: exp.In) -> None:
    chosen = membership.args.get("query")
    inner = chosen.this if isinstance(chosen, exp.Subquery) else chosen
    if not isinstance(inner, exp.Select):
        return
    left = membership.this
    columns = left.expressions if isinstance(left, exp.Tuple) else [left]
    for ours, theirs in zip(columns, inner.expressions, strict=False):
        _link(reading, ours, theirs, membership, of_right=inner)


def _binds(condition: exp.Expression) -> bool:
    """Whether nothing between it and its query makes it one possibility among others."""
    above: Any = condition.parent
    while above is not None and not isinstance(above, (exp.Where, exp.Join, exp.Select)):
        if isinstance(above, (exp.Or, exp.Not, exp.Case)):
            return False
        above = above.parent
    return isinstance(above, (exp.Where, exp.Join))


def _pairs(left: exp.Expression, right: exp.Expression) -> Iterator[tuple[exp.Expression, ...]]:
    if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
        yield from zip(left.expressions, right.expressions, strict=True)
    else:
        yield (left, right)


def _sources(query: exp.Expression) -> Iterator[tuple[str, str | None]]:
    """Names and tables of what a query itself reads or changes; None for what is no table."""
    found: list[exp.Expression | None] = []
    if isinstance(query, exp.Insert):
        found.append(query.this.this if isinstance(query.this, exp.Schema) else query.this)
    elif isinstance(query, (exp.Update, exp.Delete)):
        found.append(query.this)
        found.extend(query.args.get("using") or ())
    start = query.args.get("from_") or query.args.get("from")
    if start is not None:
        found.append(start.this)
        found.extend(join.this for join in start.this.args.get("joins") or ())
    found.extend(join.this for join in query.args.get("joins") or ())
    for each in found:
        if isinstance(each, exp.Table) and isinstance(each.this, exp.Identifier):
            yield each.alias_or_name, each.name
        elif each is not None:
            yield each.alias_or_name, None


def _link(
    reading: Reading,
    left: exp.Expression,
    right: exp.Expression,
    where: exp.Expression,
    *,
    of_right: exp.Expression | None = None,
) -> None:
    """Takes note of an equality, if it is one of keys."""
    ours, theirs = _key_of(reading, left, where), _key_of(reading, right, of_right or where)
    if ours and theirs:
        reading.equal.append((ours, theirs))
    elif ours and _is_argument(right):
        reading.held.add(ours)
    elif theirs and _is_argument(left):
        reading.held.add(theirs)


def _is_argument(expression: exp.Expression) -> bool:
    if isinstance(expression, (exp.Cast, exp.Alias)):
        return _is_argument(expression.this)
    return isinstance(expression, exp.Placeholder)


def _key_of(reading: Reading, expression: exp.Expression, where: exp.Expression) -> _Source | None:
    """The source whose key an expression is, seen from where it stands."""
    if isinstance(expression, exp.Alias):
        expression = expression.this
    if not isinstance(expression, exp.Column) or expression.name != KEY:
        return None
    every = reading.tables.keys() | reading.held
    query: Any = where
    while query is not None:
        names = [name for number, name in every if number == id(query)]
        if expression.table in names:
            return (id(query), expression.table)
        if not expression.table and len(names) == 1:
            return (id(query), names[0])
        query = query.parent
    return None
