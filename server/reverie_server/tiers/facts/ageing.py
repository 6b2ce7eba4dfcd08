"""Facts age: in the background, what nobody has confirmed for long becomes less sure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Final

import structlog

from reverie_server.clock import Clock
from reverie_server.errors import NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.tiers.facts import ageing_store
from reverie_server.tiers.facts.ageing_store import AgedFact
from reverie_server.tiers.facts.staleness import staleness

log = structlog.get_logger(__name__)

INTERVAL_SECONDS: Final = 3_600.0
"""Between two sweeps."""
BATCH: Final = 500
"""Facts that are looked at together."""
SMALLEST_CHANGE: Final = 0.02
"""What a factor has to change by: a slow decline is not worth a write every hour."""


class Ageing:
    """Looks after the facts of all workspaces."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def sweep(self) -> int:
        """Brings every factor up to date; gives the number of those that changed. A second time
        at the same moment changes nothing."""
        now = self._clock.now()
        after = ("", "", "")
        changed = 0
        while True:
            facts = await self._db.read(
                partial(ageing_store.ageing_after, after=after, now=now, limit=BATCH)
            )
            due = [each for each in facts if _changes(each, now)]
            for owner, of_owner in groupby(due, key=lambda fact: fact.owner):
                try:
                    changed += await self._db.transaction(partial(_age, owner, list(of_owner), now))
                except NotFound:
                    log.info("a user was deleted whose facts were ageing")
            if len(facts) < BATCH:
                return changed
            after = (*facts[-1].owner, facts[-1].fact_id)


def _changes(fact: AgedFact, now: int) -> bool:
    return abs(_factor(fact, now) - fact.staleness) >= SMALLEST_CHANGE


def _factor(fact: AgedFact, now: int) -> float:
    if fact.pinned:
        return 1.0
    return staleness(fact.predicate, fact.confidence, now - fact.last_told_time)


async def _age(owner: tuple[str, str], facts: Sequence[AgedFact], now: int, tx: Transaction) -> int:
    taken = await revision.bump(tx, *owner)
    aged = [
        fact
        for fact in facts
        # What was changed meanwhile is looked at the next time.
        if await ageing_store.set_staleness(tx, fact, _factor(fact, now), taken)
    ]
    changes = [Change(Kind.FACT, fact.fact_id, "", Operation.UPSERT) for fact in aged]
    await outbox.record(tx, *owner, taken, changes, now)
    return len(aged)
