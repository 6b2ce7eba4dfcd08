"""docs/export.md describes the lines of an export as they are."""

from __future__ import annotations

import re

import msgspec
import pytest

from reverie_server.governance.portability import arrivals, exporting
from reverie_server.governance.portability.importing import (
    LARGEST_BYTES,
    LARGEST_BYTES_ON_SQLITE,
)
from reverie_server.governance.portability.kind import Kind, Travels
from reverie_server.governance.portability.kinds import (
    KINDS,
    NOT_EXPORTED,
    OF_USERS,
    OF_WORKSPACE,
)
from reverie_server.governance.portability.lines import FORMAT, Header, Trailer
from tests.docs.markdown import read, rows

WHEN = {
    Travels.WHEN_ASKED: " Only with embeddings.",
    Travels.IN_MOVES: " Only in a move.",
}


def section(name: str) -> str:
    """What stands below a heading, up to the next one."""
    (found,) = re.findall(
        rf"^### `{name}`\n(.*?)(?=^##|\Z)", read("docs/export.md"), re.MULTILINE | re.DOTALL
    )
    return str(found)


def told_of(kind: Kind) -> str:
    """Whose it is, and what names one."""
    owner = "A workspace's" if kind.name in OF_WORKSPACE else "A user's or a workspace's"
    owner = "A user's" if kind.name in OF_USERS else owner
    key = ", ".join(f"`{name}`" for name in kind.key)
    return f"{owner}. {f'Key: {key}.' if key else 'There is one.'}{WHEN.get(kind.travels, '')}"


def expected(kind: Kind) -> str:
    """The section as it has to be."""
    lines = [
        "",
        told_of(kind),
        "",
        "| field | is |",
        "|---|---|",
        *(f"| `{name}` | {of.description} |" for name, of in kind.fields.items()),
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kinds_of_records(kind: Kind) -> None:
    assert section(kind.name).rstrip() == expected(kind), f"### `{kind.name}`\n{expected(kind)}"


def test_the_kinds_stand_in_the_order_of_the_lines() -> None:
    headings = re.findall(r"^### `(\w+)`$", read("docs/export.md"), re.MULTILINE)
    assert headings == ["header", *(kind.name for kind in KINDS), "trailer"]


def test_header_and_trailer() -> None:
    for name, end in (("header", Header), ("trailer", Trailer)):
        told = [field.strip("`") for field, _ in rows(section(name))]
        assert told == [field.name for field in msgspec.structs.fields(end)]
    assert f"This is format {FORMAT}." in read("docs/export.md")


def test_what_is_left_out() -> None:
    text = read("docs/export.md")
    for table, why in NOT_EXPORTED.items():
        assert (f"`{table}`", why) in [*rows(text)]


def test_how_much_there_may_be() -> None:
    bytes_of = {"SQLite": LARGEST_BYTES_ON_SQLITE, "PostgreSQL": LARGEST_BYTES}
    limits = {
        what: limit for what, limit, _ in (r for r in rows(read("docs/limits.md")) if len(r) == 3)
    }

    for engine, most in bytes_of.items():
        assert str(most) in read("docs/export.md")
        assert limits[f"bytes of a file to import into {engine}"].startswith(str(most))
    assert limits["imports that are under way or may go on"].startswith(f"{arrivals.AT_ONCE} ")
    assert limits["exports that are under way"].startswith(f"{exporting.AT_ONCE} ")
