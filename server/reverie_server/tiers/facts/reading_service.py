"""ExtractFacts: reads what was said for whoever asks, to store what it tells or only to show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.language.fact_extractor import Utterance
from reverie_server.paging import fitting, weight
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, answered, once
from reverie_server.tiers.facts import store
from reverie_server.tiers.facts.model import Fact, Outcome
from reverie_server.tiers.facts.ports import (
    Extractors,
    MemorySwitch,
    MemorySwitches,
    Presence,
    SessionTalk,
    SharingRules,
    SuppliedFacts,
)
from reverie_server.tiers.facts.reading import (
    Judged,
    kept_in,
    read_in_lines,
    read_in_session,
    take_in,
)
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import Session

MOST_SHOWN: Final = 5_000
"""Facts that are looked up for an answer: more of them would not fit."""


class Unread(IntEnum):
    """Why nothing was read. As ``reverie.v1.UnreadReason``."""

    SWITCHED_OFF = 1
    NO_RELATIONSHIP = 2
    READ_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said, in no session."""

    role: Role
    speaker: str
    content: str
    event_time: int | None
    """Microseconds, UTC; None: now."""


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a fact that was read. Without its text: a request record keeps it."""

    outcome: Outcome
    fact_id: str
    """The fact that tells it, if any."""
    changed_ids: tuple[str, ...]
    entry_ids: tuple[str, ...]
    line_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """All that was read, in its order."""

    facts: tuple[Read, ...]
    unread: Unread | None
    extractor: str
    """Empty when nothing was read."""
    revision: int
    """The user's; 0 without a user."""


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact of an answer."""

    read: Read
    fact: Fact | None
    statement: str
    """What was read; empty unless it was only tried."""


@dataclass(frozen=True, slots=True)
class ShownReadings:
    """The answer: as much as fits."""

    readings: Readings
    facts: tuple[ShownFact, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is to read."""

    session: Session | None
    """None: lines are read."""
    utterances: Sequence[Utterance]
    switch: MemorySwitch | None
    unread: Unread | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What an extractor found in it."""

    judged: Sequence[Judged]
    sources: Sequence[tuple[str, ...]]
    """Of each, the ids of the utterances that it was taken from."""
    extractor: str


class FactReading:
    """Reads sessions and lines of users who let facts about them be kept."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        presence: Presence,
        sharing: SharingRules,
        sessions: SessionTalk,
        episodes: SuppliedFacts,
        switches: MemorySwitches,
        extractors: Extractors,
        facts: Facts,
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._sharing = sharing
        self._sessions = sessions
        self._episodes = episodes
        self._switches = switches
        self._extractors = extractors
        self._facts = facts

    async def read(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        source: str | Sequence[Line],
        request: Request | None,
        *,
        dry_run: bool,
    ) -> ShownReadings:
        """Takes in what the workspace's extractor finds, or with ``dry_run`` says what that would
        do. No transaction is open while it reads. A request that was answered reads nothing again.

        Args:
            source: the id of a session of the pair, or lines.

        Raises:
            NotFound: there is no such session of the pair.
            InvalidArgument: there is nothing to read.
            Unavailable: the extractor's provider cannot be reached, or answers in no form that can
                be read; nothing of it is stored.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        now = self._clock.now()
        lines = () if isinstance(source, str) else source
        session_id = source if isinstance(source, str) else ""
        if not (session_id or lines):
            raise InvalidArgument.of(
                "session_id", "this or `spoken` is required", reason="FIELD_REQUIRED"
            )

        async def look(snapshot: Snapshot) -> _Seen | Readings:
            done = None if dry_run else await answered(snapshot, request, Readings)
            return done or await self._look(snapshot, reader, session_id, lines, now, dry_run)

        seen = await self._db.read(look)
        if isinstance(seen, Readings):
            return await self._db.read(lambda snapshot: _shown(snapshot, reader, seen))
        found = await self._extract(reader, seen)

        async def work(tx: Transaction) -> Readings:
            return await once(tx, request, Readings, lambda: keep(tx))

        async def keep(tx: Transaction) -> Readings:
            there = await self._look(tx, reader, session_id, lines, now, dry_run)
            if there.unread is not None:
                return Readings((), there.unread, "", await _revision(tx, reader))
            is_whole = _texts(there) == _texts(seen)
            return await self._take_in(
                tx, reader, there, _still_said(found, seen, there), is_whole=is_whole
            )

        async def rehearse(tx: Transaction) -> ShownReadings:
            before = await _revision(tx, reader)
            readings = await keep(tx)
            shown = await _shown(tx, reader, readings, found.judged)
            return ShownReadings(
                Readings(readings.facts, readings.unread, readings.extractor, before),
                shown.facts,
                shown.is_complete,
            )

        if dry_run:
            return await self._db.rehearse(rehearse)
        readings = await self._db.transaction(work)
        return await self._db.read(lambda snapshot: _shown(snapshot, reader, readings))

    async def _look(
        self,
        snapshot: Snapshot,
        reader: Reader,
        session_id: str,
        lines: Sequence[Line],
        now: int,
        dry_run: bool,
    ) -> _Seen:
        pair = (reader.workspace_id, reader.user_id, reader.persona_id)
        session = None
        if session_id:
            session = await self._sessions.get(snapshot, *pair, session_id)
            if session is None:
                raise NotFound.of("session", session_id)
        switch = await self._switches.memory_config(snapshot, *pair)
        unread = _unread(session, switch, dry_run=dry_run)
        if unread is not None:
            return _Seen(session, (), switch, unread)
        if session is None:
            return _Seen(None, _said(lines, now), switch, None)
        utterances = await self._sessions.utterances(
            snapshot, reader.workspace_id, reader.user_id, session_id
        )
        return _Seen(session, utterances, switch, None)

    async def _extract(self, reader: Reader, seen: _Seen) -> _Found:
        if seen.unread is not None:
            return _Found((), (), "")
        extractor = await self._extractors.of(reader.workspace_id)
        found = (await extractor.extract(seen.utterances)).facts
        sources = [fact.entry_ids for fact in found]
        if seen.session is not None:
            judged = read_in_session(seen.session.session_id, found)
        else:
            times = {each.entry_id: each.event_time for each in seen.utterances}
            judged = read_in_lines(found, lambda cited: max(times[each] for each in cited))
        return _Found(judged, sources, extractor.name)

    async def _take_in(
        self, tx: Transaction, reader: Reader, seen: _Seen, found: _Found, *, is_whole: bool
    ) -> Readings:
        """
        Args:
            is_whole: all that is there now was read.
        """
        now, session = self._clock.now(), seen.session
        owner = (reader.workspace_id, reader.user_id)
        if session is None:
            await self._presence.ensure(tx, *owner, reader.persona_id, now)
        taken = await take_in(
            self._facts,
            tx,
            reader,
            kept_in(seen.switch, found.judged),
            now,
            origin=Visibility.SHARED if session is None else session.visibility,
            said_time=None if session is None else session.said_since,
            once_an_entry=True,
        )
        if session is not None and is_whole and await self._is_left_to_nobody(tx, session):
            await self._sessions.mark_extracted(tx, *owner, session.session_id, taken.revision)
        facts = tuple(
            Read(
                told.outcome,
                told.fact_id,
                told.changed_ids,
                cited if session is not None else (),
                () if session is not None else tuple(map(int, cited)),
            )
            for told, cited in zip(taken.told, found.sources, strict=True)
        )
        return Readings(facts, None, found.extractor, taken.revision)

    async def _is_left_to_nobody(self, snapshot: Snapshot, session: Session) -> bool:
        """Whether nothing is left for the job: the session does not go on, and nobody has supplied
        facts that the job has yet to take in."""
        if session.end_time is None or session.memory_extracted:
            return False
        place = (session.workspace_id, session.user_id, session.session_id)
        return not await self._episodes.supplied_facts(snapshot, *place)


def _unread(
    session: Session | None, switch: MemorySwitch | None, *, dry_run: bool
) -> Unread | None:
    """Why nothing may be read, if it may not."""
    if switch is not None and not switch.keeps_personal_facts:
        return Unread.SWITCHED_OFF
    if session is None:
        return None
    if switch is None:
        return Unread.NO_RELATIONSHIP
    return Unread.READ_BEFORE if session.memory_extracted and not dry_run else None


def _texts(seen: _Seen) -> list[tuple[str, str]]:
    """What was said, by id."""
    return [(each.entry_id, each.content) for each in seen.utterances]


def _still_said(found: _Found, before: _Seen, there: _Seen) -> _Found:
    """Without what rests on words that were deleted or forgotten while it was read."""
    gone = {entry_id for entry_id, _ in set(_texts(before)).difference(_texts(there))}
    judged = [
        each if gone.isdisjoint(cited) else replace(each, left_out=Outcome.NOTHING)
        for each, cited in zip(found.judged, found.sources, strict=True)
    ]
    return replace(found, judged=judged)


def _said(lines: Sequence[Line], now: int) -> list[Utterance]:
    """Lines as an extractor reads them, with their numbers for ids."""
    return [
        Utterance(
            entry_id=str(number),
            role=line.role.name.lower(),
            speaker=line.speaker,
            content=line.content,
            event_time=now if line.event_time is None else line.event_time,
            by_user=line.role is Role.USER,
        )
        for number, line in enumerate(lines)
        if line.role is not Role.SYSTEM
    ]


async def _shown(
    snapshot: Snapshot, reader: Reader, readings: Readings, judged: Sequence[Judged] = ()
) -> ShownReadings:
    """What fits into an answer of what was read, with the facts as they are in this snapshot."""
    read = readings.facts[:MOST_SHOWN]
    facts = await store.by_ids(snapshot, reader, [each.fact_id for each in read if each.fact_id])
    statements = [each.fact.statement for each in judged] or [""] * len(read)
    shown = fitting(
        (
            ShownFact(each, facts.get(each.fact_id), statement)
            for each, statement in zip(read, statements, strict=False)
        ),
        weight,
    )
    return ShownReadings(readings, tuple(shown), len(shown) == len(readings.facts))


async def _revision(snapshot: Snapshot, reader: Reader) -> int:
    """Where the user stands; 0 when there is none."""
    try:
        return (await revision.current(snapshot, reader.workspace_id, reader.user_id)).revision
    except NotFound:
        return 0
