"""docs/metrics.md says what the code says."""

from __future__ import annotations

import re

from reverie_server.observability.catalogue import METRICS
from tests.docs.markdown import read, rows


def test_every_metric_has_its_row() -> None:
    expected = [
        (
            f"`{metric.name}`",
            metric.kind.value,
            ", ".join(f"`{label}`" for label in metric.labels) or "none",
            metric.meaning,
        )
        for metric in METRICS
    ]
    written = [row for row in rows(read("docs/metrics.md")) if len(row) == 4]

    assert written == expected, "\n" + "\n".join(f"| {' | '.join(row)} |" for row in expected)


def test_expressions_name_metrics_and_labels_that_exist() -> None:
    expressions = [row[1] for row in rows(read("docs/metrics.md")) if len(row) == 2]
    names = {metric.name for metric in METRICS}

    assert len(expressions) >= 8
    for expression in expressions:
        named = re.findall(r"reverie_\w+", expression)
        assert named
        for name in named:
            assert name in names or re.sub(r"_(bucket|count|sum)$", "", name) in names, name
