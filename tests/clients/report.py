"""The table language x scenario at the end of a run."""

from __future__ import annotations

from collections import defaultdict

import pytest

PROPERTY = "behaviour"
"""Of a test's report: (language, scenario or empty, what is to be shown)."""
_MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "-"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the table, if any client has played a scenario."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    skipped = {}
    for kind in ("passed", "failed", "skipped"):
        for report in terminalreporter.getreports(kind):
            for name, value in getattr(report, "user_properties", ()):
                if name == PROPERTY:
                    language, scenario, outcome = value
                    if scenario:
                        table[scenario][language] = _MARKS[outcome]
                    else:
                        skipped[language] = outcome
    languages = sorted({language for row in table.values() for language in row} | set(skipped))
    if not languages:
        return
    terminalreporter.section("clients: scenario x language")
    width = max([len(scenario) for scenario in table] or [8])
    terminalreporter.write_line(" ".join([" " * width, *(f"{each:>15}" for each in languages)]))
    for scenario, row in sorted(table.items()):
        cells = (f"{row.get(language, _MARKS['skipped']):>15}" for language in languages)
        terminalreporter.write_line(" ".join([f"{scenario:<{width}}", *cells]))
    for language, why in sorted(skipped.items()):
        terminalreporter.write_line(f"{language} skipped: {why}")
