"""Filters on the wire to filters inside, with their keys checked."""

from __future__ import annotations

from collections.abc import Collection

from reverie.v1 import common_pb2
from reverie_server.errors import InvalidArgument
from reverie_server.tiers.filters import (
    AllOf,
    AnyOf,
    Equals,
    Exists,
    Filter,
    InSet,
    NoneOf,
    Range,
    Scalar,
)

MEMORY_KEYS = frozenset(
    {"speaker", "agent", "role", "timeline", "key", "persona_id", "session_id", "source"}
)
"""What every memory declares; empty where it does not apply."""


def filter_of(
    message: common_pb2.Filter,
    path: str = "filter",
    *,
    keys: Collection[str] = MEMORY_KEYS,
    prefixes: tuple[str, ...] = ("metadata.",),
) -> Filter | None:
    """The filter that a message stands for; None for an empty one. Its shape and size were
    checked by validation.

    Args:
        keys: the declared keys; those that start with one of ``prefixes`` are free.

    Raises:
        InvalidArgument: a condition names a key that is not declared.
    """
    kind = message.WhichOneof("condition")
    if kind is None:
        return None
    here = f"{path}.{kind}"
    if kind == "all_of":
        return AllOf(_several(message.all_of.filters, here, keys, prefixes))
    if kind == "any_of":
        return AnyOf(_several(message.any_of.filters, here, keys, prefixes))
    if kind == "none_of":
        return NoneOf(_several(message.none_of.filters, here, keys, prefixes))
    key = getattr(message, kind).key
    if key not in keys and not any(
        key.startswith(prefix) and len(key) > len(prefix) for prefix in prefixes
    ):
        known = ", ".join([*sorted(keys), *(f"{prefix}<key>" for prefix in prefixes)])
        raise InvalidArgument.of(f"{here}.key", f"is not one of the keys: {known}")
    if kind == "equals":
        return Equals(key, _required(message.equals.value))
    if kind == "in_set":
        return InSet(key, tuple(_required(value) for value in message.in_set.values))
    if kind == "exists":
        return Exists(key)
    bounds = message.range
    return Range(
        key,
        _required(bounds.at_least) if bounds.HasField("at_least") else None,
        _required(bounds.below) if bounds.HasField("below") else None,
    )


def _several(
    messages: Collection[common_pb2.Filter],
    path: str,
    keys: Collection[str],
    prefixes: tuple[str, ...],
) -> tuple[Filter, ...]:
    inner = (
        filter_of(each, f"{path}.filters[{index}]", keys=keys, prefixes=prefixes)
        for index, each in enumerate(messages)
    )
    return tuple(each for each in inner if each is not None)


def _required(value: common_pb2.FilterValue) -> Scalar:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return value.number_value
