"""Checks every field of a message against ``limits.py`` and ``required.py``.

The checks are derived from the descriptors, so a field is checked from the day it is added. Only
fields that are set are visited.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from reverie_server.errors import FieldViolation, InvalidArgument
from reverie_server.rpc import limits
from reverie_server.rpc.required import REQUIRED

Check = Callable[[str, Any], "Iterator[Violation]"]
STRUCT_DEPTH = 32
_TIMESTAMP_SECONDS = (-62_135_596_800, 253_402_300_799)
"""0001-01-01 to 9999-12-31, the range of google.protobuf.Timestamp."""


class Violation:
    """One field that is wrong, and under which reason."""

    __slots__ = ("description", "field", "reason")

    def __init__(self, field: str, description: str, reason: str = "INVALID_FIELD") -> None:
        self.field = field
        self.description = description
        self.reason = reason


def validate(message: Message) -> None:
    """
    Raises:
        InvalidArgument: names every field that is wrong (at most 20 of them), under the reason of
            the first.
    """
    found: list[Violation] = []
    for violation in _message("", message):
        found.append(violation)
        if len(found) == 20:
            break
    if found:
        first = found[0]
        raise InvalidArgument(
            f"{first.field}: {first.description}",
            reason=first.reason,
            fields=[FieldViolation(each.field, each.description) for each in found],
        )


def _message(prefix: str, message: Message) -> Iterator[Violation]:
    descriptor = cast(Descriptor, message.DESCRIPTOR)
    if special := _SPECIAL.get(descriptor.full_name):
        yield from special(prefix.rstrip("."), message)
        return
    yield from _required(prefix, message, descriptor)
    checks = _checks(descriptor)
    for field, value in message.ListFields():
        yield from checks[field.name](prefix + field.name, value)


def _required(prefix: str, message: Message, descriptor: Descriptor) -> Iterator[Violation]:
    for name in REQUIRED.get(descriptor.name, ()):
        field = descriptor.fields_by_name[name]
        there = message.HasField(name) if field.has_presence else bool(getattr(message, name))
        if not there:
            yield Violation(prefix + name, "is required", "FIELD_REQUIRED")


_cache: dict[str, dict[str, Check]] = {}


def _checks(descriptor: Descriptor) -> dict[str, Check]:
    known = _cache.get(descriptor.full_name)
    if known is None:
        known = {field.name: _check_of(field) for field in descriptor.fields}
        _cache[descriptor.full_name] = known
    return known


def _check_of(field: FieldDescriptor) -> Check:
    message_type = field.message_type
    if message_type is not None and message_type.GetOptions().map_entry:
        return partial(_map, field.name, _single(message_type.fields_by_name["value"], field.name))
    single = _single(field, field.name)
    return partial(_repeated, field.name, single) if field.is_repeated else single


def _single(field: FieldDescriptor, name: str) -> Check:
    """The check of one value; ``name`` is the map's when the value is a map's."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return _string(name, in_map=name != field.name)
    if field.type in _NUMBERS:
        return partial(_number, limits.interval_of(_holder(field), name))
    if field.enum_type is not None:
        return partial(_enum, frozenset(field.enum_type.values_by_number))
    return _nested if field.message_type is not None else _anything


def _holder(field: FieldDescriptor) -> str:
    """The name of the message that has the field."""
    return field.containing_type.name if field.containing_type is not None else ""


def _string(name: str, *, in_map: bool) -> Check:
    if in_map:
        return partial(_text, limits.MAP_VALUE_BYTES.get(name, limits.METADATA_BYTES))
    if name.endswith(("_id", "_ids")) or name in _ID_LIKE:
        return _identifier
    return partial(_text, limits.STRING_BYTES.get(name, limits.TEXT_BYTES))


_NUMBERS = frozenset(
    {
        FieldDescriptor.TYPE_DOUBLE,
        FieldDescriptor.TYPE_FLOAT,
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_INT64,
    }
)
_ID_LIKE = frozenset({"key", "timeline", "agent"})
"""Names that are looked up by equality like ids, so that no control character hides in them."""


def _anything(_path: str, _value: Any) -> Iterator[Violation]:
    return iter(())


def _nested(path: str, value: Message) -> Iterator[Violation]:
    return _message(path + ".", value)


def _identifier(path: str, value: str) -> Iterator[Violation]:
    if len(value) > limits.ID_BYTES or len(value.encode()) > limits.ID_BYTES:
        yield Violation(path, f"has more than {limits.ID_BYTES} bytes", "FIELD_TOO_LARGE")
    elif limits.has_control_character(value):
        yield Violation(path, "must not contain control characters")


def _text(largest: int, path: str, value: str) -> Iterator[Violation]:
    if len(value) > largest or len(value.encode()) > largest:
        yield Violation(path, f"has more than {largest} bytes", "FIELD_TOO_LARGE")
    elif "\x00" in value:
        yield Violation(path, "must not contain NUL")


def _number(interval: limits.Interval | None, path: str, value: float) -> Iterator[Violation]:
    if not math.isfinite(value):
        yield Violation(path, "must be a finite number")
    elif interval and not interval.smallest <= value <= interval.largest:
        yield Violation(path, f"must lie in {interval.smallest:g}..{interval.largest:g}")


def _enum(numbers: frozenset[int], path: str, value: int) -> Iterator[Violation]:
    if value not in numbers:
        yield Violation(path, "is not a value of its enum")


def _repeated(name: str, single: Check, path: str, values: Any) -> Iterator[Violation]:
    largest = limits.ITEMS.get(name, limits.LIST_ITEMS)
    if len(values) > largest:
        yield Violation(path, f"has more than {largest} items", "FIELD_TOO_LARGE")
        return
    if name == "entries" and sum(each.ByteSize() for each in values) > limits.BATCH_BYTES:
        yield Violation(path, f"has more than {limits.BATCH_BYTES} bytes", "FIELD_TOO_LARGE")
        return
    for index, value in enumerate(values):
        yield from single(f"{path}[{index}]", value)


def _map(name: str, single: Check, path: str, values: Any) -> Iterator[Violation]:
    largest = limits.ITEMS.get(name, limits.METADATA_KEYS)
    if len(values) > largest:
        yield Violation(path, f"has more than {largest} keys", "FIELD_TOO_LARGE")
        return
    for key, value in values.items():
        if not key:
            yield Violation(path, "has an empty key")
        yield from _identifier(f"{path}[{key[:32]!r}]", key)
        yield from single(f"{path}[{key[:32]!r}]", value)


def _timestamp(path: str, value: Any) -> Iterator[Violation]:
    first, last = _TIMESTAMP_SECONDS
    if not first <= value.seconds <= last or not 0 <= value.nanos < 1_000_000_000:
        yield Violation(path, "is not a time between year 1 and 9999")


def _field_mask(path: str, value: Any) -> Iterator[Violation]:
    yield from _repeated("paths", partial(_text, limits.TEXT_BYTES), f"{path}.paths", value.paths)


def _struct(path: str, value: Any) -> Iterator[Violation]:
    if value.ByteSize() > 2 * limits.DOCUMENT_BYTES:
        yield Violation(path, f"has more than {limits.DOCUMENT_BYTES} bytes", "FIELD_TOO_LARGE")
        return
    yield from _json_fields(path, value, 1)


def _json_fields(path: str, struct: Any, depth: int) -> Iterator[Violation]:
    if depth > STRUCT_DEPTH:
        yield Violation(path, f"is nested more than {STRUCT_DEPTH} deep", "FIELD_TOO_LARGE")
        return
    for key, value in struct.fields.items():
        if "\x00" in key:
            yield Violation(path, "must not contain NUL in a key")
        yield from _json_value(f"{path}.{key[:32]}", value, depth)


def _json_value(path: str, value: Any, depth: int) -> Iterator[Violation]:
    kind = value.WhichOneof("kind")
    if kind is None:
        yield Violation(path, "has no value")
    elif kind == "number_value":
        yield from _number(None, path, value.number_value)
    elif kind == "string_value" and "\x00" in value.string_value:
        yield Violation(path, "must not contain NUL")
    elif kind == "struct_value":
        yield from _json_fields(path, value.struct_value, depth + 1)
    elif kind == "list_value":
        if depth >= STRUCT_DEPTH:
            yield Violation(path, f"is nested more than {STRUCT_DEPTH} deep", "FIELD_TOO_LARGE")
            return
        for index, item in enumerate(value.list_value.values):
            yield from _json_value(f"{path}[{index}]", item, depth + 1)


def _filter(path: str, value: Any) -> Iterator[Violation]:
    budget = [limits.FILTER_CONDITIONS]
    yield from _condition(path, value, 1, budget)


def _condition(path: str, value: Any, depth: int, budget: list[int]) -> Iterator[Violation]:
    budget[0] -= 1
    if budget[0] < 0 or depth > limits.FILTER_DEPTH:
        yield Violation(
            path,
            f"has more than {limits.FILTER_CONDITIONS} conditions"
            f" or is nested more than {limits.FILTER_DEPTH} deep",
            "FIELD_TOO_LARGE",
        )
        return
    kind = value.WhichOneof("condition")
    if kind is None:
        if depth > 1:
            yield Violation(path, "is empty")
        return
    condition = getattr(value, kind)
    path = f"{path}.{kind}"
    if kind in ("all_of", "any_of", "none_of"):
        if not condition.filters:
            yield Violation(f"{path}.filters", "is required", "FIELD_REQUIRED")
        for index, each in enumerate(condition.filters):
            yield from _condition(f"{path}.filters[{index}]", each, depth + 1, budget)
    else:
        yield from _comparison(path, condition)


def _comparison(path: str, condition: Any) -> Iterator[Violation]:
    if not condition.key:
        yield Violation(f"{path}.key", "is required", "FIELD_REQUIRED")
    yield from _text(limits.TEXT_BYTES, f"{path}.key", condition.key)
    for field, value in condition.ListFields():
        if field.name == "key":
            continue
        if field.is_repeated and len(value) > limits.FILTER_VALUES:
            yield Violation(
                f"{path}.{field.name}",
                f"has more than {limits.FILTER_VALUES} items",
                "FIELD_TOO_LARGE",
            )
            return
        for each in value if field.is_repeated else (value,):
            if each.WhichOneof("value") is None:
                yield Violation(f"{path}.{field.name}", "is required", "FIELD_REQUIRED")
            yield from _number(None, f"{path}.{field.name}", each.number_value)
            yield from _text(limits.TEXT_BYTES, f"{path}.{field.name}", each.string_value)
    for name in ("value", "values"):
        if name in condition.DESCRIPTOR.fields_by_name and not any(
            field.name == name for field, _ in condition.ListFields()
        ):
            yield Violation(f"{path}.{name}", "is required", "FIELD_REQUIRED")


_SPECIAL: dict[str, Check] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.FieldMask": _field_mask,
    "google.protobuf.Struct": _struct,
    "reverie.v1.Filter": _filter,
}
