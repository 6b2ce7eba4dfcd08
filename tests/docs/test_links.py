"""Every link of every document leads somewhere, and every path that is named is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.markdown import DOCUMENTS, ROOT, anchors, code, links

EVERY_DOCUMENT = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)

MADE_LATER = re.compile(r"^(\./)?data(/|$)|^\.venv(/|$)|^\.cache(/|$)|^manifest\.json$")
"""Paths that only a running or installed Reverie has."""
GO_MODULE = "reverie.dev/go"
"""What looks like a path and is the Go client's name."""
_PATH = re.compile(r"^\.{0,2}/?[\w.-]+(/[\w.*-]+)+/?$|^[\w.-]+\.(py|sql|proto|md|toml|json|txt)$")


@EVERY_DOCUMENT
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in links(text):
        if "://" in target:
            assert target.startswith("https://"), target
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), target


@EVERY_DOCUMENT
def test_paths_that_are_named_exist(document: Path) -> None:
    """As they stand, from the top of the repository or from inside the server."""
    bases = (document.parent, ROOT, ROOT / "server/reverie_server")
    for name in code(document.read_text(encoding="utf-8")):
        if not _PATH.match(name) or MADE_LATER.match(name) or name.startswith(GO_MODULE):
            continue
        path = name.removeprefix("./").rstrip("/")
        # A name alone is that of a file which every room has, or which the sentence places.
        found = any(any(base.glob(path)) for base in bases) or (
            "/" not in path
            and any(any((ROOT / part).glob(f"**/{path}")) for part in ("server", "clients"))
        )
        assert found, name


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        if document in reached or document.suffix != ".md":
            continue
        reached.add(document)
        text = document.read_text(encoding="utf-8")
        waiting += [
            (document.parent / target.partition("#")[0]).resolve()
            for target in links(text)
            if "://" not in target and not target.startswith("#")
        ]
    assert set(DOCUMENTS) <= reached


def test_the_map_shows_every_folder_of_the_server() -> None:
    server = ROOT / "server/reverie_server"
    folders = [init.parent.relative_to(server) for init in server.glob("*/__init__.py")]
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    assert folders
    for folder in folders:
        assert re.search(rf"^\| `{folder}/", text, re.MULTILINE), folder
    for tier in (server / "tiers").glob("*/__init__.py"):
        assert f"| `tiers/{tier.parent.name}/` |" in text


def test_the_contracts_of_imports_are_quoted() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = " ".join((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split())

    for contract in project["tool"]["importlinter"]["contracts"]:
        assert f"*{contract['name']}.*" in text
