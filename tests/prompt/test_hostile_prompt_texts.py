"""What reads texts for prompts reads any of them in one pass."""

from __future__ import annotations

import pytest

from tests.hostile_texts import assert_read_in_one_pass
from tests.hostile_ways import IN_EVERY_WAY

pytestmark = pytest.mark.once

_MEANINGS = """
from reverie_server.embedding.static import StaticTokenTable
from reverie_server.identity.prompt.avoidance import Avoidance
from reverie_server.identity.prompt.avoided_subjects import SUBJECTS
from reverie_server.identity.prompt.meanings import Meanings
meanings = Meanings(StaticTokenTable.load())
avoidance = Avoidance(["dad", "our old house", *SUBJECTS], meanings)
"""
_TEMPLATES = """
from reverie_server.identity.prompt import templates
def checked(text):
    try:
        return templates.check("core_identity.default", text)
    except templates.BadTemplate:
        return None
"""
_LINES = """
from reverie_server.identity.prompt.wording import head_of, sameness, wording_of
from reverie_server.identity.prompt.model import Origin, Remembered
def shown(text):
    memory = Remembered("m", 3, Origin.FACT, text, about=text)
    return wording_of(memory).line, wording_of(head_of(memory)).line, sameness((text, text))
"""
_QUOTING = "from reverie_server.identity.prompt.quoting import instruction, quoted, without_hidden"


@IN_EVERY_WAY
@pytest.mark.parametrize(
    ("imports", "read"),
    [
        (_QUOTING, "instruction"),
        (_QUOTING, "quoted"),
        (_QUOTING, "without_hidden"),
        (_MEANINGS, "lambda text: Avoidance([text], meanings)"),
        (_MEANINGS, "lambda text: avoidance.forbids(text, text)"),
        (_MEANINGS, "lambda text: meanings.relevance(text, [text])"),
        (_TEMPLATES, "checked"),
        (_TEMPLATES, "lambda text: templates.fill(text, {'a': 'b'})"),
        (_TEMPLATES, "templates.placeholders_of"),
        (_LINES, "shown"),
    ],
    ids=["instruction", "quoted", "hidden", "topic", "memory under topics", "relevance", "template",
         "filled", "placeholders", "line"],
)  # fmt: skip
def test_hostile_texts_of_prompts_are_read_in_one_pass(
    imports: str, read: str, in_every_way: bool
) -> None:
    assert_read_in_one_pass(imports, read, in_every_way=in_every_way)
