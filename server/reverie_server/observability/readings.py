"""What is read when somebody looks, rather than told while it happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from reverie_server.observability.catalogue import Metric


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a gauge or a counter as of now."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()
    """In the order of the metric's."""


ReadAll = Callable[[], Awaitable[Sequence[Reading]]]
"""Everything that can be read now; what cannot be is left out. Runs on the server's event loop."""
