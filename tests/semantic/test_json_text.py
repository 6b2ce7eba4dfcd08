"""Canonical JSON, its size on the wire, and what a filter sees of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.scope import Visibility
from reverie_server.tiers.filters import (
    AllOf,
    Equals,
    Exists,
    Filter,
    InSet,
    NoneOf,
    Range,
    matches,
)
from reverie_server.tiers.semantic import json_text
from reverie_server.tiers.semantic.fields import lookup_in
from reverie_server.tiers.semantic.model import Document, VersionStamp
from reverie_server.tiers.semantic.servicer import _message, _object

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=30,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=6)
STAMP = VersionStamp("d", "brad", Visibility.SHARED, 1, 1, 1, 1)


def struct_of(value: dict[str, Any]) -> Struct:
    struct = Struct()
    struct.update(value)
    return struct


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(OBJECTS)
def test_json_goes_through_unchanged(value: dict[str, Any]) -> None:
    text = json_text.canonical(_object(struct_of(value)))
    assert json.loads(text) == value
    assert json_text.parse(text) == value
    assert _message(Document("ann", STAMP, text, {})).content == struct_of(value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(OBJECTS)
def test_a_text_is_canonical_once(value: dict[str, Any]) -> None:
    text = json_text.canonical(_object(struct_of(value)))
    assert json_text.canonical(_object(struct_of(json_text.parse(text)))) == text


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(OBJECTS)
def test_the_size_on_the_wire_is_exact(value: dict[str, Any]) -> None:
    struct = struct_of(value)
    framed = json_text.wire_bytes(value)
    length = struct.ByteSize()
    assert framed - length == 1 + max(1, (length.bit_length() + 6) // 7)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (3.0, "3"),
        (-0.0, "-0.0"),
        (0.0, "0"),
        (0.5, "0.5"),
        (2.0**53, "9007199254740992"),
        (1e300, "1e300"),
        (-7.0, "-7"),
    ],
)
def test_whole_numbers_stay_whole(given: float, stored: str) -> None:
    assert json_text.canonical(json_text.number(given)) == stored


def test_keys_are_sorted_at_every_level() -> None:
    value = {"b": {"d": 1, "c": [{"f": 1, "e": 2}]}, "a": "é"}
    assert json_text.canonical(value) == '{"a":"é","b":{"c":[{"e":2,"f":1}],"d":1}}'


CONTENT = {
    "name": "Nora",
    "age": 31,
    "active": True,
    "nothing": None,
    "tags": ["climbing", "alps"],
    "empty": [],
    "address": {"city": "Bern", "zip": "3011"},
    "trips": [{"to": "Alps", "days": 3}, {"to": "Rome", "days": 9}],
    "mixed": [1, "one", [2, {"deep": True}]],
}


def fits(condition: Filter) -> bool:
    document = Document("ann", STAMP, json_text.canonical(CONTENT), {"lang": "de", "a.b": "c"})
    return matches(condition, lookup_in(document))


@pytest.mark.parametrize(
    "condition",
    [
        Equals("document.name", "Nora"),
        Equals("document.age", 31.0),
        Equals("document.active", True),
        Equals("document.tags", "alps"),
        Equals("document.address.city", "Bern"),
        Equals("document.trips.to", "Rome"),
        Equals("document.mixed", 2.0),
        Equals("document.mixed.deep", True),
        InSet("document.tags", ("sea", "climbing")),
        Range("document.age", 30.0, 32.0),
        Range("document.trips.days", 4.0, None),
        Exists("document.address"),
        Exists("document.empty"),
        Exists("document.trips.days"),
        Equals("metadata.lang", "de"),
        Equals("metadata.a.b", "c"),
        Equals("persona_id", "brad"),
        Equals("source", "application"),
    ],
)
def test_a_filter_finds(condition: Filter) -> None:
    assert fits(condition)
    assert not fits(NoneOf((condition,)))


@pytest.mark.parametrize(
    "condition",
    [
        Equals("document.age", "31"),
        Equals("document.active", 1.0),
        Equals("document.address", "Bern"),
        Equals("document.city", "Bern"),
        Equals("document.name.first", "Nora"),
        Range("document.trips.days", 4.0, 9.0),
        Range("document.name", 1.0, None),
        Exists("document.nothing"),
        Exists("document.trips.from"),
        Exists("metadata.other"),
        Exists("speaker"),
        AllOf((Equals("document.tags", "alps"), Equals("document.tags", "sea"))),
    ],
)
def test_a_filter_does_not_find(condition: Filter) -> None:
    assert not fits(condition)
