"""What ``--help`` tells a new operator."""

from __future__ import annotations

from typing import Any

import pytest
from typer.main import get_command

from reverie_server.cli import app

pytestmark = pytest.mark.once

ROOT: Any = get_command(app)
COMMANDS: dict[str, Any] = ROOT.commands
WIDEST = 80 - len("│ reconcile   │")


def test_where_to_look_when_something_is_wrong() -> None:
    assert "reverie doctor" in ROOT.help
    assert "docs/operations.md" in ROOT.help
    assert max(map(len, COMMANDS)) == len("reconcile")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does_in_one_line(name: str) -> None:
    summary, _, rest = (COMMANDS[name].help or "").partition("\n\n")

    assert "\n" not in summary
    assert 0 < len(summary) <= WIDEST, "on a terminal of 80 columns"
    assert summary.endswith(".")
    assert rest != summary


@pytest.mark.parametrize("name", COMMANDS)
def test_each_parameter_says_what_it_is(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert getattr(parameter, "help", ""), parameter.name
        assert not any(each.startswith("--no-") for each in parameter.secondary_opts)
