"""Checks every field of a message against ``limits.py`` and ``required.py``.

The checks are derived from the descriptors, so a field is checked from the day it is added. Only
fields that are set are visited.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from reverie_server.errors import FieldViolation, InvalidArgument
from reverie_server.rpc import limits
from reverie_server.rpc.required import REQUIRED

STRUCT_DEPTH = 32
MOST_VIOLATIONS = 20
_TIMESTAMP_SECONDS = (-62_135_596_800, 253_402_300_799)
"""0001-01-01 to 9999-12-31, the range of google.protobuf.Timestamp."""


class Report:
    """What is wrong with a message; nearly always nothing."""

    __slots__ = ("reason", "violations")

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []
        self.reason = ""
        """Of the first."""

    def add(self, field: str, description: str, reason: str = "INVALID_FIELD") -> None:
        self.reason = self.reason or reason
        if not self.full:
            self.violations.append(FieldViolation(field, description))

    @property
    def full(self) -> bool:
        return len(self.violations) >= MOST_VIOLATIONS


Check = Callable[[str, Any, Report], None]
"""Checks the value at a path."""


def validate(message: Message) -> None:
    """
    Raises:
        InvalidArgument: names every field that is wrong (at most 20 of them), under the reason of
            the first.
    """
    report = Report()
    _message("", message, report)
    if report.violations:
        first = report.violations[0]
        raise InvalidArgument(
            f"{first.field}: {first.description}", reason=report.reason, fields=report.violations
        )


def _message(prefix: str, message: Message, report: Report) -> None:
    rules = _known.get(type(message)) or _rules(type(message))
    if rules.special is not None:
        rules.special(prefix.rstrip("."), message, report)
        return
    set_fields = {field.name: value for field, value in message.ListFields()}
    for name in rules.required:
        if name not in set_fields:
            report.add(prefix + name, "is required", "FIELD_REQUIRED")
    for name, value in set_fields.items():
        rules.checks[name](prefix + name, value, report)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Of one type of message."""

    special: Check | None
    """In place of the others."""
    required: tuple[str, ...]
    """Fields that must be set: not their type's zero or, with presence, there."""
    checks: dict[str, Check]


_known: dict[type[Message], _Rules] = {}


def _rules(message_type: type[Message]) -> _Rules:
    descriptor = cast(Descriptor, message_type.DESCRIPTOR)
    rules = _known[message_type] = _Rules(
        _SPECIAL.get(descriptor.full_name),
        REQUIRED.get(descriptor.name, ()),
        {field.name: _check_of(field) for field in descriptor.fields},
    )
    return rules


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


def _anything(_path: str, _value: Any, _report: Report) -> None:
    """Nothing can be wrong with it."""


def _nested(path: str, value: Message, report: Report) -> None:
    _message(path + ".", value, report)


def _identifier(path: str, value: str, report: Report) -> None:
    if len(value) > limits.ID_BYTES or len(value.encode()) > limits.ID_BYTES:
        report.add(path, f"has more than {limits.ID_BYTES} bytes", "FIELD_TOO_LARGE")
    elif limits.has_control_character(value):
        report.add(path, "must not contain control characters")


def _text(largest: int, path: str, value: str, report: Report) -> None:
    if len(value) > largest or len(value.encode()) > largest:
        report.add(path, f"has more than {largest} bytes", "FIELD_TOO_LARGE")
    elif "\x00" in value:
        report.add(path, "must not contain NUL")


def _number(interval: limits.Interval | None, path: str, value: float, report: Report) -> None:
    if not math.isfinite(value):
        report.add(path, "must be a finite number")
    elif interval and not interval.smallest <= value <= interval.largest:
        report.add(path, f"must lie in {interval}")


def _enum(numbers: frozenset[int], path: str, value: int, report: Report) -> None:
    if value not in numbers:
        report.add(path, "is not a value of its enum")


def _repeated(name: str, single: Check, path: str, values: Any, report: Report) -> None:
    largest = limits.ITEMS.get(name, limits.LIST_ITEMS)
    if len(values) > largest:
        report.add(path, f"has more than {largest} items", "FIELD_TOO_LARGE")
        return
    if name in limits.BATCHES and sum(each.ByteSize() for each in values) > limits.BATCH_BYTES:
        report.add(path, f"has more than {limits.BATCH_BYTES} bytes", "FIELD_TOO_LARGE")
        return
    for index, value in enumerate(values):
        single(f"{path}[{index}]", value, report)
        if report.full:
            return


def _map(name: str, single: Check, path: str, values: Any, report: Report) -> None:
    largest = limits.ITEMS.get(name, limits.METADATA_KEYS)
    if len(values) > largest:
        report.add(path, f"has more than {largest} keys", "FIELD_TOO_LARGE")
        return
    for key, value in values.items():
        if report.full:
            return
        if not key:
            report.add(path, "has an empty key")
        _identifier(f"{path}[{key[:32]!r}]", key, report)
        single(f"{path}[{key[:32]!r}]", value, report)


def _timestamp(path: str, value: Any, report: Report) -> None:
    first, last = _TIMESTAMP_SECONDS
    if not first <= value.seconds <= last or not 0 <= value.nanos < 1_000_000_000:
        report.add(path, "is not a time between year 1 and 9999")


def _field_mask(path: str, value: Any, report: Report) -> None:
    _repeated("paths", partial(_text, limits.TEXT_BYTES), f"{path}.paths", value.paths, report)


def _struct(path: str, value: Any, report: Report) -> None:
    if value.ByteSize() > 2 * limits.DOCUMENT_BYTES:
        report.add(path, f"has more than {limits.DOCUMENT_BYTES} bytes", "FIELD_TOO_LARGE")
        return
    _json_fields(path, value, 1, report)


def _json_fields(path: str, struct: Any, depth: int, report: Report) -> None:
    if depth > STRUCT_DEPTH:
        report.add(path, f"is nested more than {STRUCT_DEPTH} deep", "FIELD_TOO_LARGE")
        return
    for key, value in struct.fields.items():
        if report.full:
            return
        if "\x00" in key:
            report.add(path, "must not contain NUL in a key")
        _json_value(f"{path}.{key[:32]}", value, depth, report)


def _json_value(path: str, value: Any, depth: int, report: Report) -> None:
    kind = value.WhichOneof("kind")
    if kind is None:
        report.add(path, "has no value")
    elif kind == "number_value":
        _number(None, path, value.number_value, report)
    elif kind == "string_value" and "\x00" in value.string_value:
        report.add(path, "must not contain NUL")
    elif kind == "struct_value":
        _json_fields(path, value.struct_value, depth + 1, report)
    elif kind == "list_value":
        if depth >= STRUCT_DEPTH:
            report.add(path, f"is nested more than {STRUCT_DEPTH} deep", "FIELD_TOO_LARGE")
            return
        for index, item in enumerate(value.list_value.values):
            if report.full:
                return
            _json_value(f"{path}[{index}]", item, depth + 1, report)


def _filter(path: str, value: Any, report: Report) -> None:
    budget = [limits.FILTER_CONDITIONS]
    _condition(path, value, 1, budget, report)


def _condition(path: str, value: Any, depth: int, budget: list[int], report: Report) -> None:
    budget[0] -= 1
    if budget[0] < 0 or depth > limits.FILTER_DEPTH:
        report.add(
            path,
            f"has more than {limits.FILTER_CONDITIONS} conditions"
            f" or is nested more than {limits.FILTER_DEPTH} deep",
            "FIELD_TOO_LARGE",
        )
        return
    kind = value.WhichOneof("condition")
    if kind is None:
        if depth > 1:
            report.add(path, "is empty")
        return
    condition = getattr(value, kind)
    path = f"{path}.{kind}"
    if kind in ("all_of", "any_of", "none_of"):
        if not condition.filters:
            report.add(f"{path}.filters", "is required", "FIELD_REQUIRED")
        for index, each in enumerate(condition.filters):
            if budget[0] < 0 or report.full:
                return
            _condition(f"{path}.filters[{index}]", each, depth + 1, budget, report)
    else:
        _comparison(path, condition, report)


def _comparison(path: str, condition: Any, report: Report) -> None:
    if not condition.key:
        report.add(f"{path}.key", "is required", "FIELD_REQUIRED")
    _text(limits.TEXT_BYTES, f"{path}.key", condition.key, report)
    for field, value in condition.ListFields():
        if field.name == "key":
            continue
        if field.is_repeated and len(value) > limits.FILTER_VALUES:
            report.add(
                f"{path}.{field.name}",
                f"has more than {limits.FILTER_VALUES} items",
                "FIELD_TOO_LARGE",
            )
            return
        for each in value if field.is_repeated else (value,):
            if each.WhichOneof("value") is None:
                report.add(f"{path}.{field.name}", "is required", "FIELD_REQUIRED")
            _number(None, f"{path}.{field.name}", each.number_value, report)
            _text(limits.TEXT_BYTES, f"{path}.{field.name}", each.string_value, report)
    for name in ("value", "values"):
        if name in condition.DESCRIPTOR.fields_by_name and not any(
            field.name == name for field, _ in condition.ListFields()
        ):
            report.add(f"{path}.{name}", "is required", "FIELD_REQUIRED")


_SPECIAL: dict[str, Check] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.FieldMask": _field_mask,
    "google.protobuf.Struct": _struct,
    "reverie.v1.Filter": _filter,
}
