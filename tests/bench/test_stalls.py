"""What the probe of the event loop makes of late ticks."""

from __future__ import annotations

import pytest

from bench.stall_server import stall_figures


def test_a_stall_counts_for_all_that_fell_due_meanwhile() -> None:
    # 900 ticks in time and one 100 ms late: a tenth of all moments fell into the stall.
    figures = stall_figures([0.0] * 900 + [0.1], seconds=1.0)
    assert figures["p50_ms"] == 0
    assert figures["p99_ms"] == pytest.approx(91, abs=1)
    assert figures["max_ms"] == 100


def test_small_lateness_counts_as_it_is() -> None:
    figures = stall_figures([0.0004, 0.0002], seconds=0.002)
    assert figures["max_ms"] == pytest.approx(0.4)
    assert figures["p50_ms"] == pytest.approx(0.2)
