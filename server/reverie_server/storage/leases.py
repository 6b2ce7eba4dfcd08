"""Leases: which of the servers on a database does what, for as long as it lives.

A lease has a name, a holder and a time until which it is the holder's, by the database's clock:
servers' clocks differ. A holder renews it; when it has died, the time runs out and another one
takes it. Whoever was only asleep finds out by the *fence*, a number that grows with each change of
the holder: what must not happen without the lease says ``hold`` in its transaction.
"""

from __future__ import annotations

from typing import Final

from reverie_server.clock import MICROSECONDS
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load

LEASES_LEVEL: Final = 8
"""The schema that brought leases, also those of jobs: all background work waits for it."""

_STATEMENTS: Final = load(__package__, "leases.sql")
_TAKE: Final = _STATEMENTS["take"]
_PUT: Final = _STATEMENTS["put"]
_TAKE_FREE: Final = _STATEMENTS["take_free"]
_RENEW: Final = _STATEMENTS["renew"]
_GIVE_UP: Final = _STATEMENTS["give_up"]
_HOLD: Final = _STATEMENTS["hold"]
_IS_TAKEN: Final = _STATEMENTS["is_taken"]
_COUNT_HELD: Final = _STATEMENTS["count_held"]
_FORGET: Final = _STATEMENTS["forget"]
_SWEEP: Final = _STATEMENTS["sweep"]


async def take(tx: Transaction, name: str, holder: str, seconds: float) -> int | None:
    """Takes a lease, or renews it; gives its fence, or None when it is another's."""
    fence = await tx.fetchval(_TAKE, name, holder, _microseconds(seconds))
    return None if fence is None else int(fence)


async def put(tx: Transaction, name: str) -> None:
    """Makes a lease that is nobody's, unless it is there."""
    await tx.execute(_PUT, name)


async def take_free(
    tx: Transaction, prefix: str, holder: str, count: int, seconds: float
) -> dict[str, int]:
    """Takes up to so many of the leases with this prefix that are nobody's, or a dead one's; gives
    their fences by name."""
    return _fences(await tx.fetch(_TAKE_FREE, prefix, holder, count, _microseconds(seconds)))


async def renew(tx: Transaction, prefix: str, holder: str, seconds: float) -> dict[str, int]:
    """Renews what the holder has with this prefix; gives the fences by name. What is not among
    them was lost. One that ran out, and that nobody took, was not."""
    return _fences(await tx.fetch(_RENEW, prefix, holder, _microseconds(seconds)))


async def give_up(tx: Transaction, name: str, holder: str, *, pause_seconds: float = 0.0) -> None:
    """The next one may take it, after the pause."""
    # A microsecond ago, so that it can be taken in this very one.
    await tx.execute(_GIVE_UP, name, holder, _microseconds(pause_seconds) - 1)


async def hold(tx: Transaction, name: str, holder: str, fence: int) -> bool:
    """Whether the lease is still the holder's, under this fence; if so, until the transaction
    ends: another one that wants it waits."""
    return await tx.execute(_HOLD, name, holder, fence) == 1


async def is_taken(snapshot: Snapshot, name: str) -> bool:
    """Whether somebody has it, or it pauses."""
    return await snapshot.fetchval(_IS_TAKEN, name) is not None


async def count_held(snapshot: Snapshot, prefix: str) -> int:
    """How many leases with this prefix living ones have."""
    return int(await snapshot.fetchval(_COUNT_HELD, prefix))


async def forget(tx: Transaction, name: str, holder: str) -> None:
    """Removes a lease of the holder's that nobody else ever takes."""
    await tx.execute(_FORGET, name, holder)


async def sweep(tx: Transaction, prefix: str, seconds: float) -> int:
    """Removes leases with this prefix that ran out so long ago; gives their number."""
    return await tx.execute(_SWEEP, prefix, _microseconds(seconds))


def _fences(rows: list[Row]) -> dict[str, int]:
    return {row["name"]: int(row["fence"]) for row in rows}


def _microseconds(seconds: float) -> int:
    return int(seconds * MICROSECONDS)
