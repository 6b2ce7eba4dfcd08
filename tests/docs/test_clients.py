"""What docs/clients.md shows of each language is what its client has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, anchors, blocks, prose, read, rows

DOCUMENT = read("docs/clients.md")
SOURCES = {
    "Python": "clients/python/reverie/*.py",
    "TypeScript": "clients/typescript/src/*.ts",
    "Go": "clients/go/*.go",
    "Java": "clients/java/src/main/java/dev/reverie/*.java",
}
LANGUAGES = pytest.mark.parametrize("language", SOURCES)
_NAMES = re.compile(r"`(\w+)`")
PAGES = sorted((ROOT / "docs/api").glob("*.md"))


@LANGUAGES
def test_its_code_is_that_of_the_readme_which_is_run(language: str) -> None:
    readme = read(f"clients/{language.lower()}/README.md")

    assert blocks(DOCUMENT, language.lower()) == blocks(readme, language.lower())[:1]


@LANGUAGES
def test_the_names_are_in_its_client(language: str) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob(SOURCES[language]))
    column = list(SOURCES).index(language) + 1
    names = [name for row in rows(DOCUMENT) for name in _NAMES.findall(row[column])]

    assert len(names) > 15
    for name in names:
        assert re.search(rf"\b{name}\b", source), name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_heading_of_the_contract_can_be_linked(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert len(anchors(text)) == len(re.findall(r"^#+ ", prose(text), re.MULTILINE))
