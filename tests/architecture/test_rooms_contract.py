from __future__ import annotations

import grimp
import pytest

from tests.architecture.rooms_contract import broken_rules

WORKING = "reverie_server.tiers.working"
RECALL = "reverie_server.tiers.recall"
ROOT = "reverie_server.bootstrap"


def rules_broken_by(importer: str, imported: str) -> list[str]:
    graph = grimp.ImportGraph()
    graph.add_import(importer=importer, imported=imported, line_number=7, line_contents="import")
    return list(broken_rules(graph, ROOT))


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        (f"{WORKING}.servicer", f"{WORKING}.service"),
        (f"{WORKING}.service", f"{WORKING}.store"),
        (f"{WORKING}.entries.reader", f"{WORKING}.store"),
        (f"{RECALL}.service", f"{WORKING}.model"),
        (ROOT, f"{WORKING}.store"),
        (f"{ROOT}.stores", f"{WORKING}.store"),
    ],
)
def test_a_step_down_is_allowed(importer: str, imported: str) -> None:
    assert rules_broken_by(importer, imported) == []


@pytest.mark.parametrize(
    ("importer", "imported", "rule"),
    [
        (f"{RECALL}.service", f"{WORKING}.store", "in its own room only"),
        ("reverie_server.jobs.worker", f"{WORKING}.store", "in its own room only"),
        (f"{WORKING}.servicer", f"{WORKING}.store", "asks its service"),
        (f"{WORKING}.store", f"{WORKING}.service", "from servicer to service to store"),
        (f"{WORKING}.service", f"{WORKING}.servicer", "from servicer to service to store"),
    ],
)
def test_a_step_up_or_sideways_is_not(importer: str, imported: str, rule: str) -> None:
    (broken,) = rules_broken_by(importer, imported)

    assert broken.startswith(f"{importer} imports {imported} (line 7)")
    assert broken.endswith(rule)
