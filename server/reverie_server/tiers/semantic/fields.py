"""What a filter sees of a document.

``document.<field>[.<field>...]`` looks into the JSON. Where the path meets a list, it goes on in
every element, and a condition on a list holds when it does for any element. An object is there
(``exists``) and has no value; ``null`` is not there. A field whose name holds a dot has no path.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reverie_server.tiers.filters import Found, Lookup, Scalar
from reverie_server.tiers.provenance import Source
from reverie_server.tiers.semantic import json_text
from reverie_server.tiers.semantic.model import Document

METADATA: Final = "metadata."
CONTENT: Final = "document."


def lookup_in(document: Document) -> Lookup:
    """The values of a document's keys. Keys that do not apply to documents have none."""
    # Most filters look at one or two fields, many at none of the content.
    parsed: list[Any] = []

    def lookup(key: str) -> Found:
        if key.startswith(METADATA):
            return document.metadata.get(key.removeprefix(METADATA))
        if key.startswith(CONTENT):
            if not parsed:
                parsed.append(json_text.parse(document.content))
            return _found(parsed[0], key.removeprefix(CONTENT).split("."))
        if key == "persona_id":
            return document.stamp.persona_id
        if key == "source":
            return Source.APPLICATION.name.lower()
        return None

    return lookup


def _found(content: Any, path: list[str]) -> Found:
    places = list(_places(content, path))
    if not places:
        return None
    return tuple(scalar for place in places for scalar in _scalars(place))


def _places(value: Any, path: list[str]) -> Iterator[Any]:
    """Where a path leads to."""
    if isinstance(value, list) and path:
        for item in value:
            yield from _places(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _places(value[path[0]], path[1:])


def _scalars(value: Any) -> Iterator[Scalar]:
    if isinstance(value, list):
        for item in value:
            yield from _scalars(item)
    elif isinstance(value, str | int | float):
        yield value
