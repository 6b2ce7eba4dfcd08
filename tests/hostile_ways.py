"""How many of the hostile texts a test reads. Beside them: who only reads them needs no pytest."""

from __future__ import annotations

from typing import Final

import pytest

IN_EVERY_WAY: Final = pytest.mark.parametrize(
    "in_every_way", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["", "in every way"]
)
"""Each text alone, and in others; else in one of these ways, another one each time."""
