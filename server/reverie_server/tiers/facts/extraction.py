"""Facts out of sessions: the step of a job that reads what was said in one that has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from reverie_server.clock import Clock
from reverie_server.errors import Aborted
from reverie_server.jobs.model import JobContext
from reverie_server.language.fact_extractor import Utterance
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.tiers.facts.model import NewFact, Outcome
from reverie_server.tiers.facts.ports import (
    Extractors,
    MemorySwitch,
    MemorySwitches,
    SessionTalk,
    SharingRules,
    SuppliedFacts,
)
from reverie_server.tiers.facts.reading import Judged, kept_in, read_in_session, take_in
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.working.model import Session, SuppliedFact


@dataclass(frozen=True, slots=True)
class Talk:
    """What is to be read of a session."""

    session: Session
    utterances: Sequence[Utterance]
    supplied: Sequence[SuppliedFact]
    switch: MemorySwitch


class FactExtraction:
    """Reads the sessions of users who let facts about them be kept."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sharing: SharingRules,
        sessions: SessionTalk,
        episodes: SuppliedFacts,
        switches: MemorySwitches,
        extractors: Extractors,
        facts: Facts,
    ) -> None:
        self._db = db
        self._clock = clock
        self._sharing = sharing
        self._sessions = sessions
        self._episodes = episodes
        self._switches = switches
        self._extractors = extractors
        self._facts = facts

    async def extract_session(self, context: JobContext) -> Mapping[str, int]:
        """Handles a step of a job: takes in the facts that the caller has supplied, or else those
        that the workspace's extractor finds, but for what ExtractFacts has taken in of its entries
        before. A session is read once; nothing happens when it or its
        relationship is gone, or when that keeps no personal facts. Facts of the relationship and
        inside jokes are left out where it does not keep those.

        Raises:
            Unavailable: the extractor's provider cannot be reached, or answers in no form that can
                be read; nothing of it is stored.
            Aborted: the session's entries changed meanwhile.
        """
        job = context.job
        reader = await self._sharing.reader(job.workspace_id, job.user_id, job.persona_id)
        talk = await self._db.read(lambda snapshot: self._read(snapshot, context))
        if talk is None:
            return {}
        if talk.supplied:
            judged = [Judged(_supplied(talk.session, each)) for each in talk.supplied]
        else:
            extractor = await self._extractors.of(job.workspace_id)
            with context.outside() if extractor.is_outside else nullcontext():
                found = await extractor.extract(talk.utterances)
            judged = read_in_session(job.session_id, found.facts)

        async def keep(tx: Transaction) -> Mapping[str, int]:
            now_there = await self._read(tx, context)
            if now_there is None:
                return {}
            if now_there.utterances != talk.utterances or now_there.supplied != talk.supplied:
                raise Aborted("the session's entries changed meanwhile")
            taken = await take_in(
                self._facts,
                tx,
                reader,
                kept_in(now_there.switch, judged),
                self._clock.now(),
                origin=now_there.session.visibility,
                said_time=now_there.session.said_since,
                once_an_entry=not talk.supplied,
            )
            await self._sessions.mark_extracted(
                tx, job.workspace_id, job.user_id, job.session_id, taken.revision
            )
            outcomes = [each.outcome for each in taken.told]
            return {
                "facts_stored": outcomes.count(Outcome.STORED),
                "facts_confirmed": outcomes.count(Outcome.CONFIRMED),
                "facts_ended": outcomes.count(Outcome.ENDED),
            }

        return await self._db.transaction(keep)

    async def _read(self, snapshot: Snapshot, context: JobContext) -> Talk | None:
        """None: there is nothing to read, or nothing may be kept, or it was read before."""
        job = context.job
        pair = (job.workspace_id, job.user_id, job.persona_id)
        session = await self._sessions.get(snapshot, *pair, job.session_id)
        if session is None or session.memory_extracted:
            return None
        # Nobody can say any more what a relationship that is gone allowed.
        switch = await self._switches.memory_config(snapshot, *pair)
        if switch is None or not switch.keeps_personal_facts:
            return None
        place = (job.workspace_id, job.user_id, job.session_id)
        return Talk(
            session,
            await self._sessions.utterances(snapshot, *place),
            await self._episodes.supplied_facts(snapshot, *place),
            switch,
        )


def _supplied(session: Session, fact: SuppliedFact) -> NewFact:
    told = NewFact(
        statement=fact.statement,
        category=fact.category,
        session_id=session.session_id,
        entry_ids=fact.entry_ids,
    )
    if fact.confidence is not None:
        told = replace(told, confidence=fact.confidence)
    if fact.importance is not None:
        told = replace(told, importance=fact.importance)
    return told
