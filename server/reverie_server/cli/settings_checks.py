"""Variables that look like settings and are none."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from reverie_server.cli.findings import Finding
from reverie_server.settings import known_variables, unknown_variables

_ALIKE = 0.6


def misspelt() -> Iterator[tuple[str, str]]:
    """Each with the nearest name that there is; empty where none is near."""
    for variable in unknown_variables():
        near = difflib.get_close_matches(variable, known_variables(), n=1, cutoff=_ALIKE)
        yield variable, near[0] if near else ""


def check_variables() -> Iterator[Finding]:
    """Whether every variable that begins with REVERIE_ is a setting: others do nothing."""
    name = "variables"
    found = list(misspelt())
    for variable, near in found:
        fix = f"rename it to {near}, or remove it: unset {variable}"
        yield Finding.problem(
            name,
            f"there is no setting {variable}, so it does nothing",
            fix if near else f"remove it: unset {variable}; docs/settings.md lists all settings",
        )
    if not found:
        yield Finding.ok(name, "every REVERIE_ variable is a setting")
