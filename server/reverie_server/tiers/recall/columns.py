"""What decides whether a memory counts for a question, as columns beside the corpus's slots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.growing import Growing
from reverie_server.tiers.recall.recency import half_life
from reverie_server.tiers.recall.view_store import EVER, Note

NO_SESSION: Final = ""
ALL_KINDS: Final = frozenset(Kind)

Mask = NDArray[np.bool_]
Slots = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Condition:
    """Which memories count. What is not said does not matter."""

    kinds: frozenset[Kind] = ALL_KINDS
    active_entries: bool = True
    """Entries of sessions that are still active."""
    ended_entries: bool = True
    session_ids: frozenset[str] | None = None
    """Only memories of these sessions; copies count then, and what is not archived."""
    timeline: str = ""
    event_after: int | None = None
    """Inclusive, microseconds UTC."""
    event_before: int | None = None
    """Exclusive, microseconds UTC."""
    known_at: int | None = None
    """Only what was stored by then. Facts are counted whenever they are true: whether they were
    known to be is the reader of them to say."""
    as_of: int | None = None
    """Only facts that were true then; None: now."""
    at_any_time: bool = False
    """Facts of every time."""
    min_trust: float = 0.0
    personal: bool = True
    """Also facts and documents about the user."""
    of_pair: bool = True
    """Also facts of the relationship, and inside jokes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question and its answer, which holds until something changes or time has passed."""

    slots: Slots
    condition: Condition
    since: int
    until: int
    counting: Slots


class Columns:
    """A row for each slot of a corpus, in the same order."""

    def __init__(self) -> None:
        self._kind = Growing(np.int8)
        self._trust = Growing(np.float32)
        self._event_time = Growing(np.int64)
        self._stored_time = Growing(np.int64)
        self._last_time = Growing(np.int64)
        self._valid_from = Growing(np.int64)
        self._valid_to = Growing(np.int64)
        self._own = Growing(np.bool_)
        self._copy = Growing(np.bool_)
        self._of_pair = Growing(np.bool_)
        self._half_life = Growing(np.float32)
        self._session = Growing(np.int32)
        self._timeline = Growing(np.int32)
        # By session number: whether it is active, and whether its entries are found at all.
        self._active = Growing(np.bool_)
        self._searchable = Growing(np.bool_)
        self._sessions: dict[str, int] = {}
        self._session_ids: list[str] = []
        self._timelines: dict[str, int] = {}
        self._asked: _Asked | None = None
        self.note_session(NO_SESSION, active=False, searchable=True)

    @property
    def size(self) -> int:
        """How many slots there are, those out of use included."""
        return len(self._kind)

    @property
    def kind(self) -> NDArray[np.int8]:
        return self._kind.rows

    @property
    def last_time(self) -> NDArray[np.int64]:
        """When it happened or was last confirmed or used, microseconds UTC."""
        return self._last_time.rows

    @property
    def half_life(self) -> NDArray[np.float32]:
        """Days, see ``recency.half_life``."""
        return self._half_life.rows

    @property
    def own(self) -> Mask:
        """Whether the reader's persona itself has learnt it."""
        return self._own.rows

    def session_id(self, slot: int) -> str:
        """Empty for what belongs to no session."""
        return self._session_ids[int(self._session.rows[slot])]

    def note_session(self, session_id: str, *, active: bool, searchable: bool) -> None:
        """Says how a session stands now."""
        self._asked = None
        number = self._number(session_id)
        self._active.rows[number] = active
        self._searchable.rows[number] = searchable

    def append(self, kind: Kind, note: Note, *, own: bool) -> None:
        """The row of the corpus's next slot."""
        self._asked = None
        self._kind.append(kind)
        self._trust.append(note.trust)
        self._event_time.append(note.event_time)
        self._stored_time.append(note.stored_time)
        self._last_time.append(max(note.event_time, note.fresh_time))
        self._valid_from.append(note.valid_from)
        self._valid_to.append(note.valid_to)
        self._own.append(own)
        self._copy.append(note.is_copy)
        self._of_pair.append(note.of_pair)
        self._half_life.append(half_life(kind, note.importance))
        self._session.append(self._number(note.session_id))
        self._timeline.append(self._timelines.setdefault(note.timeline, len(self._timelines)))

    def used(self, slot: int, time: int) -> None:
        """The memory was used in an answer."""
        self._last_time.rows[slot] = max(time, int(self._last_time.rows[slot]))

    def that_count(self, slots: Slots, condition: Condition, now: int) -> Slots:
        """Those of the slots whose memory counts. The last answer is kept, as long as nothing
        changes: most searches of a small corpus ask the same."""
        asked = self._asked
        if (
            asked is None
            or asked.slots is not slots
            or asked.condition != condition
            or not asked.since <= now < asked.until
        ):
            counting = slots[self._mask(slots, condition, now)]
            asked = self._asked = _Asked(
                slots, condition, now, self._next_change(slots, now), counting
            )
        return asked.counting

    def _next_change(self, slots: Slots, now: int) -> int:
        """When a fact begins or ceases to be true by itself, after ``now``."""
        bounds = np.concatenate((self._valid_from.rows[slots], self._valid_to.rows[slots]))
        return int(np.min(bounds, initial=EVER, where=bounds > now))

    def _mask(self, slots: Slots, condition: Condition, now: int) -> Mask:
        kinds = self._kind.rows[slots]
        sessions = self._session.rows[slots]
        mask: Mask = self._trust.rows[slots] >= np.float32(condition.min_trust)
        if condition.kinds != ALL_KINDS:
            mask &= _any_of(kinds, condition.kinds)
        entries = kinds == Kind.ENTRY
        if condition.session_ids is None:
            mask &= ~(entries & (self._copy.rows[slots] | ~self._searchable.rows[sessions]))
        else:
            known = (self._sessions.get(each) for each in condition.session_ids)
            mask &= np.isin(sessions, [number for number in known if number is not None])
        if not (condition.active_entries and condition.ended_entries):
            active = self._active.rows[sessions]
            wanted = (active & condition.active_entries) | (~active & condition.ended_entries)
            mask &= ~entries | wanted
        if condition.timeline:
            mask &= self._timeline.rows[slots] == self._timelines.get(condition.timeline, -1)
        if condition.event_after is not None:
            mask &= self._event_time.rows[slots] >= condition.event_after
        if condition.event_before is not None:
            mask &= self._event_time.rows[slots] < condition.event_before
        if condition.known_at is not None:
            mask &= self._stored_time.rows[slots] <= condition.known_at
        elif not condition.at_any_time:
            time = now if condition.as_of is None else condition.as_of
            mask &= self._valid_from.rows[slots] <= time
            mask &= self._valid_to.rows[slots] > time
        if not condition.personal:
            known = (kinds == Kind.FACT) | (kinds == Kind.DOCUMENT)
            mask &= ~known | self._of_pair.rows[slots]
        if not condition.of_pair:
            mask &= ~self._of_pair.rows[slots]
        return mask

    def _number(self, session_id: str) -> int:
        number = self._sessions.get(session_id)
        if number is None:
            number = self._sessions[session_id] = len(self._session_ids)
            self._session_ids.append(session_id)
            # Not found until the session itself is known.
            self._active.append(False)
            self._searchable.append(False)
        return number


def _any_of(kinds: NDArray[np.int8], wanted: Iterable[Kind]) -> Mask:
    mask: Mask = np.zeros(len(kinds), dtype=np.bool_)
    for kind in wanted:
        mask |= kinds == kind
    return mask
