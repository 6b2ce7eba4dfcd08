"""The limits and the required fields: what the code holds, the contract says and the docs show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import grpc.aio

from reverie_server.identity.prompt.avoidance import (
    MOST_ALTERNATIVES,
    MOST_OF_A_TOPIC,
    MOST_TOPICS,
)
from reverie_server.identity.prompt.lines import LONGEST_LINE
from reverie_server.identity.relationships.dynamics.trajectory import MOST_BUCKETS
from reverie_server.rpc import limits, validation
from reverie_server.rpc.required import REQUIRED
from reverie_server.tiers.procedural.service import RENDERED_BYTES
from reverie_server.tiers.procedural.template import MOST_PLACEHOLDERS
from reverie_server.tiers.working.model import (
    BOOKMARKS_PER_SESSION,
    CONTEXT_VALUES,
    TIMELINES_PER_SESSION,
)
from tests.docs.markdown import read, rows
from tests.rpc.contract import RPCS, answer
from tests.rpc.source_comments import field_comments

SAYS_REQUIRED = re.compile(r"\bRequired[.:]")
"""What a comment says of a field that a request cannot do without. "Required, unless ..." and
"Either ... is required" are for services to check."""
AT_LEAST_ONE = re.compile(r"\b1 to [0-9,]+\b")
"""What it says of such a list."""
RULES_OF_THEIR_OWN = frozenset({"Filter", "Equals", "InSet", "Range", "Exists", "FilterValue"})


def messages_in_requests() -> dict[str, Any]:
    """Every message of the contract that a request can hold, by name."""
    found: dict[str, Any] = {}

    def visit(descriptor: Any) -> None:
        if descriptor.name in found or not descriptor.full_name.startswith("reverie."):
            return
        found[descriptor.name] = descriptor
        for field in descriptor.fields:
            if field.message_type is not None:
                visit(field.message_type)

    for rpc in RPCS:
        visit(rpc.request.DESCRIPTOR)
    return found


def commented_as_required() -> Iterator[str]:
    for name, descriptor in messages_in_requests().items():
        if descriptor.GetOptions().map_entry or name in RULES_OF_THEIR_OWN:
            continue
        for field in descriptor.fields:
            comment = field_comments()[field.full_name]
            if SAYS_REQUIRED.search(comment) or (
                field.is_repeated and AT_LEAST_ONE.search(comment)
            ):
                yield f"{name}.{field.name}"


def test_what_is_required_is_what_the_comments_say() -> None:
    held = {f"{message}.{name}" for message, names in REQUIRED.items() for name in names}
    said = set(commented_as_required())
    assert held - said == set(), "required, but the contract does not say so"
    assert said - held == set(), "the contract says so, but it is not required"


def test_required_fields_exist() -> None:
    messages = messages_in_requests()
    for message, names in REQUIRED.items():
        assert set(names) <= {field.name for field in messages[message].fields}


def test_limits_are_those_of_fields_that_exist() -> None:
    fields = {
        name
        for message, descriptor in messages_in_requests().items()
        for field in descriptor.fields
        for name in (field.name, f"{message}.{field.name}")
    }
    for table in (limits.STRING_BYTES, limits.ITEMS, limits.MAP_VALUE_BYTES, limits.NUMBERS):
        assert set(table) <= fields


def test_the_comments_tell_the_limits() -> None:
    """Where a comment names a number of bytes, it is the one that holds."""
    told = 0
    for field in (f for m in messages_in_requests().values() for f in m.fields):
        found = re.search(
            r"at most (\d+) (KiB|MiB)\b(?! as text)", field_comments()[field.full_name]
        )
        if found and not field.is_repeated and field.message_type is None:
            unit = limits.KIB if found[2] == "KiB" else limits.MIB
            largest = limits.STRING_BYTES.get(field.name, limits.TEXT_BYTES)
            assert largest == int(found[1]) * unit, field.full_name
            told += 1
    assert told >= 10


def table(columns: int) -> list[tuple[str, ...]]:
    return [row for row in rows(read("docs/limits.md")) if len(row) == columns]


def test_the_document_shows_every_named_limit() -> None:
    shown = {name.strip("`"): int(limit) for name, limit, _, _ in table(4)}
    assert shown == limits.named_limits()


def test_the_document_shows_lists_and_numbers() -> None:
    assert {name.strip("`"): int(items) for name, items in table(2)} == dict(limits.ITEMS)
    numbers = {
        name.strip("`"): limits.Interval(float(smallest), float(largest))
        for name, smallest, largest in table(3)
        if name.startswith("`")
    }
    assert numbers == {
        name: limits.Interval(float(each.smallest), float(each.largest))
        for name, each in limits.NUMBERS.items()
    }


def test_the_document_shows_counts() -> None:
    # The limits of exports and imports: tests/docs/test_export.py.
    counts = {
        what: int(limit)
        for what, limit, _ in table(3)
        if not what.startswith("`") and "import" not in what and "export" not in what
    }
    assert counts == {
        "timelines of a session": TIMELINES_PER_SESSION,
        "bookmarks of a session": BOOKMARKS_PER_SESSION,
        "values of a session's context": CONTEXT_VALUES,
        "placeholders of a template": MOST_PLACEHOLDERS,
        "bytes of a filled template": RENDERED_BYTES,
        "buckets of a trajectory": MOST_BUCKETS,
        "topics to avoid that are heeded": MOST_TOPICS,
        'parts of a topic to avoid, as in "weight/body image"': MOST_OF_A_TOPIC,
        "parts of all topics to avoid": MOST_ALTERNATIVES,
        "characters of a memory that a prompt shows": LONGEST_LINE,
        "levels of a document": validation.STRUCT_DEPTH,
    }


async def test_callers_can_ask_for_the_limits(channel: grpc.aio.Channel) -> None:
    capabilities = await answer(channel, "GetCapabilities")
    assert dict(capabilities.limits) == limits.named_limits()
