"""The Meter port: what the parts of a server tell of themselves while they work.

What can be asked for when somebody looks (queues, lags, sizes) is not told here but read then, see
``readings.py``; so are the hits of caches. Every method may be called on any thread, is quick and
never raises.
"""

from __future__ import annotations

from typing import Final, Protocol


class Meter(Protocol):
    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """An RPC was answered.

        Args:
            method: the name of an RPC of the contract, or ``OTHER``. Never what a caller chose.
            code: the name of a gRPC status code.
        """
        ...

    def committed(self, units: int) -> None:
        """So many units of work were committed together."""
        ...

    def waited_for_connection(self, seconds: float) -> None:
        """A unit of work has got its connection, or has given up waiting for one."""
        ...

    def stalled(self, seconds: float) -> None:
        """The event loop came so much later than it was asked to."""
        ...


OTHER: Final = "other"
"""In place of methods that the contract does not have."""


class NoMeter:
    """Nobody looks."""

    def call_ended(self, method: str, code: str, seconds: float) -> None: ...

    def committed(self, units: int) -> None: ...

    def waited_for_connection(self, seconds: float) -> None: ...

    def stalled(self, seconds: float) -> None: ...


NO_METER: Final = NoMeter()
