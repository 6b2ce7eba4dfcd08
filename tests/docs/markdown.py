"""The project's documents, taken apart far enough to be tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = tuple(
    sorted(
        path
        for where in ("*.md", "docs/*.md", "docs/api/*.md", "clients/*/*.md")
        for path in ROOT.glob(where)
    )
)

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (?P<title>.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


def read(name: str) -> str:
    """The text of a document, by its path from the top of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return [match["text"] for match in _BLOCK.finditer(text) if match["language"] == language]


def prose(text: str) -> str:
    """The document without its fenced blocks."""
    return _BLOCK.sub("", text)


def links(text: str) -> list[str]:
    """Where its links lead."""
    return [match["target"] for match in _LINK.finditer(prose(text))]


def code(text: str) -> list[str]:
    """What stands between single backticks."""
    return _CODE.findall(prose(text))


def anchors(text: str) -> set[str]:
    """The names that headings are linked by."""
    return {
        re.sub(r"[^\w\- ]", "", match["title"].lower()).replace(" ", "-")
        for match in _HEADING.finditer(prose(text))
    }


def rows(text: str) -> Iterator[tuple[str, ...]]:
    """The cells of every table's rows, without heads and rules."""
    lines = prose(text).splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if not line.startswith("|") or set(line) <= set("|-: ") or not before.startswith("|"):
            continue
        yield tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
