"""What decides whether a memory counts for a question, as columns beside the corpus's slots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.growing import Growing
from reverie_server.tiers.recall.view_store import Note

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
    """Only what was stored by then."""
    min_trust: float = 0.0


class Columns:
    """A row for each slot of a corpus, in the same order."""

    def __init__(self) -> None:
        self._kind = Growing(np.int8)
        self._trust = Growing(np.float32)
        self._event_time = Growing(np.int64)
        self._stored_time = Growing(np.int64)
        self._last_time = Growing(np.int64)
        self._own = Growing(np.bool_)
        self._copy = Growing(np.bool_)
        self._session = Growing(np.int32)
        self._timeline = Growing(np.int32)
        # By session number: whether it is active, and whether its entries are found at all.
        self._active = Growing(np.bool_)
        self._searchable = Growing(np.bool_)
        self._sessions: dict[str, int] = {}
        self._session_ids: list[str] = []
        self._timelines: dict[str, int] = {}
        self._asked: tuple[Slots, Condition, Slots] | None = None
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
        """When it happened or was last used, microseconds UTC."""
        return self._last_time.rows

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
        self._last_time.append(note.event_time)
        self._own.append(own)
        self._copy.append(note.is_copy)
        self._session.append(self._number(note.session_id))
        self._timeline.append(self._timelines.setdefault(note.timeline, len(self._timelines)))

    def used(self, slot: int, time: int) -> None:
        """The memory was used in an answer."""
        self._last_time.rows[slot] = max(time, int(self._last_time.rows[slot]))

    def that_count(self, slots: Slots, condition: Condition) -> Slots:
        """Those of the slots whose memory counts. The last answer is kept, as long as nothing
        changes: most searches of a small corpus ask the same."""
        if self._asked is None or self._asked[0] is not slots or self._asked[1] != condition:
            self._asked = (slots, condition, slots[self._mask(slots, condition)])
        return self._asked[2]

    def _mask(self, slots: Slots, condition: Condition) -> Mask:
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
            wanted = active if condition.active_entries else ~active
            mask &= ~entries | wanted
        if condition.timeline:
            mask &= self._timeline.rows[slots] == self._timelines.get(condition.timeline, -1)
        if condition.event_after is not None:
            mask &= self._event_time.rows[slots] >= condition.event_after
        if condition.event_before is not None:
            mask &= self._event_time.rows[slots] < condition.event_before
        if condition.known_at is not None:
            mask &= self._stored_time.rows[slots] <= condition.known_at
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
