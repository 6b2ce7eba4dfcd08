"""The tables of the documents say what the code says."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from reverie.v1 import error_reason_pb2
from reverie_server import settings
from reverie_server.errors import Code
from reverie_server.settings import SETTINGS_FILE, Settings
from reverie_server.tiers.recall import weights
from tests.docs.markdown import ROOT, code, read, rows
from tests.rpc.contract import BY_NAME

# Scores --------------------------------------------------------------------------------------


def test_parts_of_a_score() -> None:
    source = inspect.getsource(weights)
    meanings = dict(re.findall(r'^    "(\w+)": [\d.-]+,  # (.+)$', source, re.MULTILINE))
    expected = [
        (f"`{name}`", str(weight), meanings[name]) for name, weight in weights.WEIGHTS.items()
    ]
    text = read("docs/scores.md")

    assert [row for row in rows(text) if row[0].startswith("`")] == expected
    assert f"exp(-{weights.STEEPNESS:g} x (fit - {weights.MIDDLE:g}))" in text
    oldest = 1 - weights.RECENCY_SPAN * (1 - weights.RECENCY_FLOOR)
    assert f"to {oldest:g} for what is old" in text.replace("\n", " ")
    assert f"is {weights.PERSONA_LENS:g} for" in text.replace("\n", " ")


# Settings ------------------------------------------------------------------------------------


def test_settings() -> None:
    meanings = _docstrings_of_fields()
    expected = [
        (f"`REVERIE_{name.upper()}`", _shown(field.get_default(call_default_factory=True)), meaning)
        for name, field in Settings.model_fields.items()
        for meaning in [meanings[name]]
    ]
    written = [row for row in rows(read("docs/settings.md")) if len(row) == 3]

    assert written == expected, "\n" + "\n".join(f"| {' | '.join(row)} |" for row in expected)
    assert SETTINGS_FILE in read("docs/settings.md")


def _docstrings_of_fields() -> dict[str, str]:
    """What stands below each field of the settings, in one line."""
    (tree,) = ast.parse(inspect.getsource(settings.Settings)).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, docstring in zip(tree.body, tree.body[1:], strict=False):
        match field, docstring:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split())
    return found


def _shown(default: Any) -> str:
    """A default as the environment would spell it."""
    match default:
        case None | {} | ():
            return "none"
        case bool():
            return f"`{str(default).lower()}`"
        case float() if default.is_integer():
            return f"`{int(default)}`"
        case SecretStr():
            return "hidden"
        case Path() | str() | int() | float():
            return f"`{default}`"
    raise AssertionError(f"how does one write {default!r}?")


# Errors --------------------------------------------------------------------------------------


def test_reasons() -> None:
    """Every reason with the code and the meaning that the contract gives it."""
    proto = (ROOT / "proto/reverie/v1/error_reason.proto").read_text(encoding="utf-8")
    expected = []
    for comment, name in re.findall(r"((?:  //.*\n)+)  ERROR_REASON_(\w+) = \d+;", proto):
        text = " ".join(line.strip().removeprefix("// ") for line in comment.splitlines())
        if name != "UNSPECIFIED":
            status, meaning = text.split(": ", 1)
            expected.append((f"`{name}`", status, meaning))
    written = [row for row in rows(read("docs/errors.md")) if len(row) == 3]

    assert written == expected, "\n" + "\n".join(f"| {' | '.join(row)} |" for row in expected)
    reasons = [value.name for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values]
    assert [f"ERROR_REASON_{name.strip('`')}" for name, _, _ in written] == reasons[1:]
    assert {status for _, status, _ in written} <= {status.name for status in Code}


def test_codes_and_the_clients_errors() -> None:
    import reverie

    written = dict(row for row in rows(read("docs/errors.md")) if len(row) == 2)

    assert set(written) == {code.name for code in Code}
    for name in written.values():
        assert issubclass(getattr(reverie, name.strip("`")), reverie.ReverieError)


# Names ---------------------------------------------------------------------------------------

SMARTMEMORY = frozenset(
    {
        "startWorkingMemorySession()",
        "getWorkingMemorySession(id)",
        "putMemory(entry)",
        "getMemory(query)",
        "searchMemory(query)",
        "deleteMemory(id)",
        "summarizeMemory(memories, systemPrompt?)",
        "endSession(flush)",
        "rehydrateSession(id, summaryOnly?)",
        "getRehydrationStatus()",
        "searchEpisodicMemory(terms, options?)",
        "putSemanticMemory(document)",
        "getSemanticMemory(id)",
        "searchSemanticMemory(needle)",
        "deleteSemanticMemory(id)",
        "getProceduralMemory(id?)",
        "putProcedure(key, value)",
        "getProcedure(key)",
        "deleteProcedure(key)",
        "listProcedures()",
        "searchProcedures(query)",
    }
)
"""Every method of SmartMemory's reference."""


def test_every_smartmemory_method_has_a_row() -> None:
    written = [row[0].strip("`") for row in rows(read("docs/smartmemory.md")) if "(" in row[0]]

    assert len(written) == len(set(written))
    assert set(written) == SMARTMEMORY


@pytest.mark.parametrize("name", ["docs/smartmemory.md", "docs/names.md"])
def test_only_calls_that_exist_are_named_as_ours(name: str) -> None:
    """In the second column, what stands as code and looks like a call is one."""
    named = [
        each
        for row in rows(read(name))
        for each in code(row[1])
        if re.fullmatch(r"[A-Z][a-z]+([A-Z][a-z]+)+", each)
    ]

    assert named
    assert set(named) <= BY_NAME.keys()
