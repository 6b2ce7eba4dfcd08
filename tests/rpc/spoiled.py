"""Requests with one thing wrong, made from a valid one by walking its descriptor.

Every field of every message in a request is spoiled in every way that its kind allows, so a new
field is covered from the day it is added.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from reverie_server.rpc import limits
from reverie_server.rpc.required import REQUIRED
from tests.rpc import spoiled_values

Change = Callable[[Any], None]
"""Changes the message that holds the field."""

_DEPTH: Final = 4
NUL = "a\x00b"
NOT_FINITE = (math.nan, math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class Case:
    """A request that must be refused."""

    what: str
    request: Message
    field: str
    """The path that the refusal names, or its start when it ends in ``[``."""
    reasons: frozenset[str]


TOO_LARGE = frozenset({"FIELD_TOO_LARGE"})
REQUIRED_REASON = frozenset({"FIELD_REQUIRED"})
INVALID = frozenset({"INVALID_FIELD"})


@dataclass(frozen=True, slots=True)
class Place:
    """A field somewhere in a request."""

    path: str
    descriptor: FieldDescriptor
    reach: Callable[[Any], Any]
    """From the request to the message that holds the field, which is made when it is missing."""

    @property
    def name(self) -> str:
        return str(self.descriptor.name)


def holder_of(descriptor: FieldDescriptor) -> str:
    """The name of the message that has the field."""
    assert descriptor.containing_type is not None
    return str(descriptor.containing_type.name)


def places(
    descriptor: Any,
    prefix: str = "",
    reach: Callable[[Any], Any] = lambda root: root,
    depth: int = 0,
) -> Iterator[Place]:
    """Every field of a request, those of nested messages under their paths."""
    for each in descriptor.fields:
        yield Place(prefix + each.name, each, reach)
        inner = each.message_type
        if inner is None or inner.full_name in spoiled_values.SPECIAL or depth == _DEPTH:
            continue
        if not inner.GetOptions().map_entry:
            path = f"{prefix}{each.name}[0]." if each.is_repeated else f"{prefix}{each.name}."
            yield from places(inner, path, _stepping(reach, each), depth + 1)


def _stepping(reach: Callable[[Any], Any], into: FieldDescriptor) -> Callable[[Any], Any]:
    def step(root: Any) -> Any:
        value = getattr(reach(root), into.name)
        if into.is_repeated:
            return value[0] if value else value.add()
        value.SetInParent()
        return value

    return step


def spoiled(valid: Message) -> Iterator[Case]:
    """Every request with one thing wrong."""
    for place in places(valid.DESCRIPTOR):
        holder = holder_of(place.descriptor)
        if place.name in REQUIRED.get(holder, ()):
            yield _changed(valid, place, "missing", _cleared(place.name), REQUIRED_REASON)
        for what, suffix, change, reasons in _changes(place.descriptor):
            yield _changed(valid, place, what, change, reasons, suffix)


def _changed(
    valid: Message,
    place: Place,
    what: str,
    change: Change,
    reasons: frozenset[str],
    suffix: str = "",
) -> Case:
    request = type(valid)()
    request.CopyFrom(valid)
    change(place.reach(request))
    return Case(f"{place.path}{suffix} {what}", request, place.path + suffix, reasons)


def _cleared(name: str) -> Change:
    return lambda message: message.ClearField(name)


_Changes = Iterator[tuple[str, str, Change, frozenset[str]]]


def _changes(descriptor: FieldDescriptor) -> _Changes:
    """What, where below the field, how, and the reason."""
    name, inner = descriptor.name, descriptor.message_type
    if inner is not None and inner.GetOptions().map_entry:
        yield from _map_changes(name, inner.fields_by_name["value"])
    elif inner is not None and inner.full_name in spoiled_values.SPECIAL:
        for what, suffix, reason, fill in spoiled_values.SPECIAL[inner.full_name]:
            yield what, suffix, _filling(name, fill), frozenset({reason})
    elif descriptor.is_repeated:
        yield from _list_changes(descriptor)
    else:
        for what, value, reasons in values(descriptor, name):
            yield what, "", _setting(name, value), reasons


def _setting(name: str, value: Any) -> Change:
    return lambda message: setattr(message, name, value)


def _filling(name: str, fill: Change) -> Change:
    def change(message: Any) -> None:
        message.ClearField(name)
        getattr(message, name).SetInParent()
        fill(getattr(message, name))

    return change


def _extending(name: str, items: list[Any]) -> Change:
    def change(message: Any) -> None:
        message.ClearField(name)
        getattr(message, name).extend(items)

    return change


def _list_changes(descriptor: FieldDescriptor) -> _Changes:
    name = descriptor.name
    items = limits.ITEMS.get(name, limits.LIST_ITEMS) + 1
    if descriptor.message_type is None:
        some: Any = "a" if descriptor.type == FieldDescriptor.TYPE_STRING else 1
        yield "too many items", "", _extending(name, [some] * items), TOO_LARGE
        for what, value, reasons in values(descriptor, name):
            yield what, "[1]", _extending(name, [some, value]), reasons
    else:
        yield "too many items", "", _adding(name, items), TOO_LARGE


def _adding(name: str, count: int) -> Change:
    def change(message: Any) -> None:
        for _ in range(count):
            getattr(message, name).add()

    return change


def _map_changes(name: str, value: FieldDescriptor) -> _Changes:
    some: Any = "a" if value.type == FieldDescriptor.TYPE_STRING else 1

    def updating(entries: dict[str, Any]) -> Change:
        return lambda message: getattr(message, name).update(entries)

    keys = limits.ITEMS.get(name, limits.METADATA_KEYS) + 1
    yield "too many keys", "", updating({f"k{n}": some for n in range(keys)}), TOO_LARGE
    yield "empty key", "", updating({"": some}), INVALID
    yield "NUL in a key", "[", updating({NUL: some}), INVALID
    yield "oversized key", "[", updating({"é" * (limits.ID_BYTES // 2 + 1): some}), TOO_LARGE
    if value.type == FieldDescriptor.TYPE_STRING:
        largest = limits.MAP_VALUE_BYTES.get(name, limits.METADATA_BYTES)
        yield "oversized value", "['k']", updating({"k": "a" * (largest + 1)}), TOO_LARGE
        yield "NUL in a value", "['k']", updating({"k": NUL}), INVALID
    elif value.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        for number in NOT_FINITE:
            yield f"{number}", "['k']", updating({"k": number}), INVALID
    else:
        for what, number, reasons in _out_of_interval(holder_of(value), name, 1):
            yield what, "['k']", updating({"k": number}), reasons


def values(descriptor: FieldDescriptor, name: str) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """Single values that a field must not have."""
    if descriptor.type == FieldDescriptor.TYPE_STRING:
        largest = largest_string(name)
        yield "oversized", "a" * (largest + 1), TOO_LARGE
        yield "oversized in bytes", "é" * (largest // 2 + 1), TOO_LARGE
        yield "NUL", NUL, INVALID
        if name.endswith(("_id", "_ids")):
            yield "line end", "a\nb", INVALID
    elif descriptor.enum_type is not None:
        yield "unknown value", 4_711, INVALID
        yield "negative value", -1, INVALID
    elif descriptor.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        for number in NOT_FINITE:
            yield f"{number}", number, INVALID
        yield from _out_of_interval(holder_of(descriptor), name, 1e-6)
    elif descriptor.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64):
        yield from _out_of_interval(holder_of(descriptor), name, 1)


def _out_of_interval(
    holder: str, name: str, step: float
) -> Iterator[tuple[str, Any, frozenset[str]]]:
    interval = limits.interval_of(holder, name)
    if interval is not None:
        yield "too small", type(step)(interval.smallest - step), INVALID
        if interval.largest < 1e9:
            yield "too large", type(step)(interval.largest + step), INVALID


def largest_string(name: str) -> int:
    """Bytes that a string field of this name may have."""
    if name.endswith(("_id", "_ids")):
        return limits.ID_BYTES
    return limits.STRING_BYTES.get(name, limits.TEXT_BYTES)


def at_the_limit(valid: Message) -> Iterator[Case]:
    """Requests with one string as long as it may be, and with what stands in no interval."""
    for place in places(valid.DESCRIPTOR):
        kind = place.descriptor.type
        if place.descriptor.is_repeated or place.descriptor.message_type is not None:
            continue
        if kind == FieldDescriptor.TYPE_STRING:
            value: Any = "a" * largest_string(place.name)
        elif kind in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64):
            value = 2**31 - 1
        elif kind == FieldDescriptor.TYPE_DOUBLE:
            value = 1e300
        else:
            continue
        yield _changed(valid, place, "at the limit", _setting(place.name, value), INVALID)
