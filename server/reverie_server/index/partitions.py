"""Which owners' changes this server's indexer applies.

All owners are divided into partitions, by a hash. A server that has its database for itself has all
of them. Of several servers on a shared index each has some, leased: none has more than its share
while others live, and a dead one's are taken over when its leases have run out.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import structlog

from reverie_server.errors import ReverieError
from reverie_server.storage import leases, outbox
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.outbox import EVERY_PARTITION

log = structlog.get_logger(__name__)

PREFIX: Final = "partition/"
SERVERS: Final = "server/"
"""Leases by which servers say that they live and index."""
REFILL: Final = "index refill"
RENEWALS_IN_A_LEASE: Final = 3


class PartitionLost(Exception):
    """Another server has taken a partition over: what was about to be noted must not be."""


class Partitions(Protocol):
    """What the indexer asks. A *claim* is a partition's fence: it changes with its holder."""

    @property
    def shared(self) -> bool:
        """Whether other servers apply changes to the same index."""
        ...

    def claims(self) -> Mapping[str, int]:
        """The partitions that are this server's now, with their claims."""
        ...

    def has(self, claims: Mapping[str, int]) -> bool:
        """Whether all of these are this server's, as far as it can say without asking."""
        ...

    async def held(self, tx: Transaction, claims: Mapping[str, int]) -> frozenset[str]:
        """Those of these partitions that are this server's, and stay so until the transaction ends.
        One whose lease has run out is, unless another server has taken it."""
        ...

    async def confirm(self, tx: Transaction, claims: Mapping[str, int]) -> None:
        """Keeps these partitions with this server until the transaction ends.

        Raises:
            PartitionLost: one of them is another server's.
        """
        ...

    async def may_refill(self) -> int | None:
        """The claim of the server that fills an empty index, which has the name ``REFILL`` among
        others; None: that is another one.

        Raises:
            Unavailable: the database cannot be reached.
        """
        ...

    async def end_refill(self, *, at_once: bool) -> None:
        """This server fills no index now.

        Args:
            at_once: another one may try right away; else when the right has run out.
        """
        ...

    @property
    def at_work(self) -> asyncio.Lock:
        """Held while changes are applied: no partition is given up of free will meanwhile."""
        ...


class AllPartitions:
    """Of a server that has its database, or its index, for itself."""

    shared = False

    def __init__(self) -> None:
        self.at_work = asyncio.Lock()

    def claims(self) -> Mapping[str, int]:
        """See ``Partitions``."""
        return _ALL

    def has(self, claims: Mapping[str, int]) -> bool:
        """See ``Partitions``."""
        return True

    async def held(self, tx: Transaction, claims: Mapping[str, int]) -> frozenset[str]:
        """See ``Partitions``."""
        return frozenset(claims)

    async def confirm(self, tx: Transaction, claims: Mapping[str, int]) -> None:
        """See ``Partitions``."""

    async def may_refill(self) -> int | None:
        """See ``Partitions``."""
        return 0

    async def end_refill(self, *, at_once: bool) -> None:
        """See ``Partitions``."""


class LeasedPartitions:
    """Of one of several servers."""

    shared = True

    def __init__(self, database: Database, holder: str, *, lease_seconds: float) -> None:
        """
        Args:
            holder: names this server; no other one has the name.
            lease_seconds: after so long without a sign of it a server counts as dead.
        """
        self._database = database
        self._holder = holder
        self._seconds = lease_seconds
        self._claims: dict[str, int] = {}
        self._valid_until = 0.0
        self._refill: int | None = None
        """The claim, while this server fills an index."""
        self._refill_until = 0.0
        self._surplus: list[str] = []
        """To be given up as soon as nothing is applied."""
        self.at_work = asyncio.Lock()
        self.taken = asyncio.Event()
        """Set whenever a partition came to this server."""

    def claims(self) -> Mapping[str, int]:
        """See ``Partitions``. None when this server has not been able to renew them: another one
        may have them by now."""
        return dict(self._claims) if time.monotonic() < self._valid_until else {}

    def has(self, claims: Mapping[str, int]) -> bool:
        """See ``Partitions``."""
        mine = dict(self.claims())
        if self._refill is not None and time.monotonic() < self._refill_until:
            mine[REFILL] = self._refill
        return claims.items() <= mine.items()

    async def held(self, tx: Transaction, claims: Mapping[str, int]) -> frozenset[str]:
        """See ``Partitions``."""
        held = set()
        for name, fence in sorted(claims.items()):
            if await leases.hold(tx, _lease(name), self._holder, fence):
                held.add(name)
            elif self._claims.get(name) == fence:
                # Not to be worked on again before the next renewal has said what is ours.
                del self._claims[name]
        return frozenset(held)

    async def confirm(self, tx: Transaction, claims: Mapping[str, int]) -> None:
        """See ``Partitions``."""
        lost = claims.keys() - await self.held(tx, claims)
        if lost:
            raise PartitionLost(min(lost))

    async def may_refill(self) -> int | None:
        """See ``Partitions``."""
        began = time.monotonic()

        async def take(tx: Transaction) -> int | None:
            return await leases.take(tx, REFILL, self._holder, self._seconds)

        self._refill = await self._database.transaction(take)
        self._refill_until = began + self._seconds
        return self._refill

    async def end_refill(self, *, at_once: bool) -> None:
        """See ``Partitions``."""
        self._refill = None
        if not at_once:
            return

        async def give_up(tx: Transaction) -> None:
            await leases.give_up(tx, REFILL, self._holder)

        try:
            await self._database.transaction(give_up)
        except ReverieError as error:
            log.warning("the right to refill runs out by itself", reason=error.reason)

    async def run(self) -> None:
        """Takes and renews leases until it is cancelled, and gives them up then. Never raises
        anything else."""
        try:
            await self._make()
            while True:
                due = asyncio.get_running_loop().time() + self._seconds / RENEWALS_IN_A_LEASE
                try:
                    await self.renew()
                    await self._make_room(due)
                except ReverieError as error:
                    log.warning("leases wait", reason=error.reason)
                except Exception:  # a defect must not have this server pass for dead for good
                    log.exception("leases wait")
                await asyncio.sleep(due - asyncio.get_running_loop().time())
        finally:
            await asyncio.shield(self._give_all_up())

    async def renew(self) -> None:
        """Says that this server lives; gives up what is more than its share, unless it is just
        applying changes, and takes what is free up to it.

        Raises:
            Unavailable: the database cannot be reached.
        """
        began = time.monotonic()
        claims, share, refill = await self._database.transaction(self._renew)
        lost = self._claims.keys() - claims.keys()
        came = claims.keys() - self._claims.keys()
        self._claims, self._valid_until = claims, began + self._seconds
        if refill is not None and refill == self._refill:
            self._refill_until = began + self._seconds
        if lost:
            log.warning("partitions lost", partitions=len(lost))
        if came:
            self.taken.set()
        self._surplus = sorted(claims)[share:]
        if self._surplus and not self.at_work.locked():
            async with self.at_work:
                await self._give_surplus_up()
        if lost or came:
            log.info("partitions", held=len(self._claims), share=share)

    async def _make_room(self, due: float) -> None:
        """Gives up what is more than its share between two batches, however many there are.

        Args:
            due: when to end, by the loop's clock.
        """
        if not self._surplus:
            return
        try:
            async with asyncio.timeout_at(due):
                # Who waits for it is the next to get it.
                await self.at_work.acquire()
        except TimeoutError:
            return
        try:
            await self._give_surplus_up()
        finally:
            self.at_work.release()

    async def _renew(self, tx: Transaction) -> tuple[dict[str, int], int, int | None]:
        """The claims, how many of them are this server's share, and the claim of a refill."""
        await leases.take(tx, f"{SERVERS}{self._holder}", self._holder, self._seconds)
        refill: dict[str, int] = {}
        if self._refill is not None:
            refill = await leases.renew(tx, REFILL, self._holder, self._seconds)
        held = await leases.renew(tx, PREFIX, self._holder, self._seconds)
        servers = await leases.count_held(tx, SERVERS)
        share = math.ceil(len(EVERY_PARTITION) / max(1, servers))
        if len(held) < share:
            more = await leases.take_free(
                tx, PREFIX, self._holder, share - len(held), self._seconds
            )
            # Who had them may have applied what the index has not made durable, or died between
            # applying and noting it.
            await outbox.reset_applied(tx, _names(more))
            held |= more
        claims = {name.removeprefix(PREFIX): fence for name, fence in held.items()}
        return claims, share, refill.get(REFILL)

    async def _make(self) -> None:
        """The leases, where they are not there yet."""

        async def make(tx: Transaction) -> None:
            for partition in EVERY_PARTITION:
                await leases.put(tx, _lease(partition))

        while True:
            try:
                await self._database.transaction(make)
            except ReverieError as error:
                log.warning("leases wait", reason=error.reason)
                await asyncio.sleep(self._seconds / RENEWALS_IN_A_LEASE)
            else:
                return

    async def _give_surplus_up(self) -> None:
        names, self._surplus = self._surplus, []
        self._claims = {name: self._claims[name] for name in self._claims.keys() - set(names)}

        async def give_up(tx: Transaction) -> None:
            for name in names:
                await leases.give_up(tx, _lease(name), self._holder)

        await self._database.transaction(give_up)
        log.info("partitions given up", held=len(self._claims))

    async def _give_all_up(self) -> None:
        names, self._claims = list(self._claims), {}

        async def give_up(tx: Transaction) -> None:
            for name in (*map(_lease, names), REFILL):
                await leases.give_up(tx, name, self._holder)
            await leases.forget(tx, f"{SERVERS}{self._holder}", self._holder)

        try:
            await self._database.transaction(give_up)
        except ReverieError as error:
            log.warning("leases run out by themselves", reason=error.reason)


_ALL: Final = dict.fromkeys(EVERY_PARTITION, 0)


def _lease(name: str) -> str:
    return REFILL if name == REFILL else f"{PREFIX}{name}"


def _names(leased: Iterable[str]) -> list[str]:
    return [name.removeprefix(PREFIX) for name in leased]
