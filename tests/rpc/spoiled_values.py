"""What can be wrong with the messages that have rules of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from reverie.v1 import common_pb2 as common
from reverie_server.rpc import limits

_Fill = Callable[[Any], None]
Spoiling = tuple[str, str, str, _Fill]
"""What, where below the field, the reason, and how to fill the empty message."""


def _timestamps() -> Iterator[Spoiling]:
    for what, seconds, nanos in (
        ("before year 1", -62_135_596_801, 0),
        ("after year 9999", 253_402_300_800, 0),
        ("far off", 2**63 - 1, 0),
        ("far back", -(2**63), 0),
        ("negative nanos", 0, -1),
        ("too many nanos", 0, 1_000_000_000),
    ):

        def fill(time: Any, seconds: int = seconds, nanos: int = nanos) -> None:
            time.seconds, time.nanos = seconds, nanos

        yield what, "", "INVALID_FIELD", fill


def _masks() -> Iterator[Spoiling]:
    for what, path in (
        ("no such field", "nothing"),
        ("a field that the server sets", "create_time"),
        ("empty", ""),
        ("everything", "*"),
        ("NUL", "a\x00"),
    ):

        def fill(mask: Any, path: str = path) -> None:
            mask.paths.append(path)

        yield what, ".paths[0]", "INVALID_FIELD", fill
    large = limits.TEXT_BYTES + 1
    yield "oversized", ".paths[0]", "FIELD_TOO_LARGE", lambda mask: mask.paths.append("a" * large)
    many = limits.LIST_ITEMS + 1
    yield "too many", ".paths", "FIELD_TOO_LARGE", lambda mask: mask.paths.extend(["a"] * many)


def _structs() -> Iterator[Spoiling]:
    def number(value: float) -> _Fill:
        return lambda struct: _set(struct.fields["a"], "number_value", value)

    for value in (math.nan, math.inf, -math.inf):
        yield f"{value}", ".a", "INVALID_FIELD", number(value)
    yield (
        "NUL",
        ".a",
        "INVALID_FIELD",
        lambda struct: _set(struct.fields["a"], "string_value", "\0"),
    )
    yield "NUL in a key", "", "INVALID_FIELD", lambda s: _set(s.fields["\0"], "bool_value", True)
    yield "no value", ".a", "INVALID_FIELD", lambda struct: struct.fields["a"].SetInParent()
    yield (
        "NUL in a list",
        ".a[0]",
        "INVALID_FIELD",
        lambda struct: _set(struct.fields["a"].list_value.values.add(), "string_value", "\0"),
    )
    yield "too deep", ".", "FIELD_TOO_LARGE", _deep_struct
    yield "too deep in lists", ".", "FIELD_TOO_LARGE", _deep_list
    large = limits.DOCUMENT_BYTES
    yield (
        "oversized",
        "",
        "FIELD_TOO_LARGE",
        lambda struct: _set(struct.fields["a"], "string_value", "a" * large),
    )
    yield (
        "oversized by far",
        "",
        "FIELD_TOO_LARGE",
        lambda struct: _set(struct.fields["a"], "string_value", "a" * (2 * large + 1)),
    )
    yield "oversized as JSON", "", "FIELD_TOO_LARGE", _growing_as_json


def _deep_struct(struct: Any) -> None:
    for _ in range(33):
        struct = struct.fields["a"].struct_value
    struct.SetInParent()


def _deep_list(struct: Any) -> None:
    value = struct.fields["a"]
    for _ in range(33):
        value = value.list_value.values.add()
    value.bool_value = True


def _growing_as_json(struct: Any) -> None:
    """Half of the limit as bytes of the message, and above it as JSON, where \\u0001 is six."""
    struct.fields["a"].string_value = "\x01" * (limits.DOCUMENT_BYTES // 2)


def _set(message: Any, name: str, value: Any) -> None:
    setattr(message, name, value)


_Filter = common.Filter
_KEY: Final = "metadata.a"


def _value(**kind: Any) -> common.FilterValue:
    return common.FilterValue(**kind)


def _equals(value: common.FilterValue) -> _Filter:
    return _Filter(equals=_Filter.Equals(key=_KEY, value=value))


def _exists(key: str) -> _Filter:
    return _Filter(exists=_Filter.Exists(key=key))


def _deep_filter() -> _Filter:
    deep = _exists("speaker")
    for _ in range(limits.FILTER_DEPTH):
        deep = _Filter(all_of=_Filter.AllOf(filters=[deep]))
    return deep


def _filters() -> Iterator[Spoiling]:
    required, invalid, large = "FIELD_REQUIRED", "INVALID_FIELD", "FIELD_TOO_LARGE"
    yes = _value(bool_value=True)
    nan = _value(number_value=math.nan)
    infinite = _value(number_value=math.inf)
    broad = [_exists("speaker")] * limits.FILTER_CONDITIONS
    many = [yes] * (limits.FILTER_VALUES + 1)
    for what, suffix, reason, spoiled in (
        ("empty and", ".all_of.filters", required, _Filter(all_of=_Filter.AllOf())),
        ("empty or", ".any_of.filters", required, _Filter(any_of=_Filter.AnyOf())),
        ("empty not", ".none_of.filters", required, _Filter(none_of=_Filter.NoneOf())),
        (
            "an empty condition",
            ".all_of.filters[0]",
            invalid,
            _Filter(all_of=_Filter.AllOf(filters=[_Filter()])),
        ),
        (
            "unknown key inside",
            ".none_of.filters[1].exists.key",
            invalid,
            _Filter(none_of=_Filter.NoneOf(filters=[_exists(_KEY), _exists("nothing")])),
        ),
        ("unknown key", ".exists.key", invalid, _exists("nothing")),
        ("no key", ".exists.key", required, _exists("")),
        ("a prefix only", ".exists.key", invalid, _exists("metadata.")),
        ("NUL", ".exists.key", invalid, _exists("metadata.\0")),
        ("oversized", ".exists.key", large, _exists("metadata." + "a" * limits.TEXT_BYTES)),
        ("no value", ".equals.value", required, _Filter(equals=_Filter.Equals(key=_KEY))),
        ("no values", ".in_set.values", required, _Filter(in_set=_Filter.InSet(key=_KEY))),
        ("an unset value", ".equals.value", required, _equals(_value())),
        ("NaN", ".equals.value", invalid, _equals(nan)),
        ("NUL in a value", ".equals.value", invalid, _equals(_value(string_value="\0"))),
        (
            "infinite",
            ".range.at_least",
            invalid,
            _Filter(range=_Filter.Range(key=_KEY, at_least=infinite)),
        ),
        (
            "too many values",
            ".in_set.values",
            large,
            _Filter(in_set=_Filter.InSet(key=_KEY, values=many)),
        ),
        ("too deep", ".", large, _deep_filter()),
        ("too many conditions", ".", large, _Filter(any_of=_Filter.AnyOf(filters=broad))),
    ):
        yield what, suffix, reason, partial(_copy, spoiled)


def _copy(source: _Filter, into: Any) -> None:
    into.CopyFrom(source)


SPECIAL: Final[Mapping[str, tuple[Spoiling, ...]]] = {
    "google.protobuf.Timestamp": tuple(_timestamps()),
    "google.protobuf.FieldMask": tuple(_masks()),
    "google.protobuf.Struct": tuple(_structs()),
    "reverie.v1.Filter": tuple(_filters()),
}
