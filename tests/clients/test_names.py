"""Names of the contract that some language could not take."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

import reverie.v1

pytestmark = pytest.mark.once


def messages() -> Iterator[Descriptor]:
    for module in pkgutil.iter_modules(reverie.v1.__path__, "reverie.v1."):
        if module.name.endswith("_pb2"):
            described = importlib.import_module(module.name).DESCRIPTOR
            yield from described.message_types_by_name.values()


def further_names(field: FieldDescriptor) -> list[str]:
    """What Java's generator names further methods of a field after."""
    suffixes = []
    if field.is_repeated:
        suffixes += ["count", "list", "map"]
    if field.type == FieldDescriptor.TYPE_STRING:
        suffixes.append("bytes")
    if field.type == FieldDescriptor.TYPE_ENUM:
        suffixes.append("value")
    return [f"{field.name}_{suffix}" for suffix in suffixes]


def test_no_field_is_called_as_java_calls_a_method_of_another() -> None:
    found = list(messages())
    assert found
    for message in found:
        names = {field.name for field in message.fields}
        for field in message.fields:
            assert not names.intersection(further_names(field)), f"{message.name}.{field.name}"
