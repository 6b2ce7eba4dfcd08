"""All memories that one reader may search, worked out once and kept for scoring.

A memory has a slot, a row of the arrays below, for good: those of removed and replaced memories
stay behind, unused. When they are too many, the owner begins anew. Adding a memory costs its own
words and its session's links, not the corpus. Not safe for use from several threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, KeysView, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reverie_server.embedding.embedder import TokenTable
from reverie_server.index.memory_index import Kind
from reverie_server.tiers.recall.growing import Growing
from reverie_server.tiers.recall.layout import Layout
from reverie_server.tiers.recall.likeness import Likeness
from reverie_server.tiers.recall.memory_text import Key, MemoryText
from reverie_server.tiers.recall.speakers import NOBODY, Speakers
from reverie_server.tiers.recall.vocabulary import NOTHING, Vocabulary
from reverie_server.tiers.recall.weights import (
    FOCUS_EXPONENT,
    FOCUS_WORDS,
    MEANING_DAMPING,
    REACH,
)
from reverie_server.tiers.recall.words import Word, distinct_words, marks

_Thread = tuple[str, str]


@dataclass(slots=True)
class _Kept:
    """What must be known of a memory to take it out again, or to move it."""

    text: MemoryText
    words: tuple[Word, ...]


class Corpus:
    """Scoring's view of a reader's memories."""

    def __init__(self, table: TokenTable) -> None:
        self._table = table
        self._start_empty()

    def _start_empty(self) -> None:
        self.vocabulary = Vocabulary(self._table)
        self.likeness = Likeness(self.vocabulary)
        self._kept: list[_Kept | None] = []
        self._slot_of: dict[Key, int] = {}
        self._said: Counter[tuple[Word, ...]] = Counter()
        self._threads: dict[_Thread, list[int]] = {}
        self._unordered: set[_Thread] = set()
        self._speakers = Speakers()
        self._words = Growing(np.int32)
        self._start = Growing(np.int64)
        self._count = Growing(np.int64)
        self._focus = Growing(np.float32)
        self._neighbours = Growing(np.int32, 2 * REACH + 1)
        self._around = Growing(np.float32, self._table.dimension)
        self._event_time = Growing(np.int64)
        self._living = Growing(np.bool_)
        self._speaker = Growing(np.int32)
        self._asks = Growing(np.bool_)
        self._tells_time = Growing(np.bool_)
        self._about_self = Growing(np.bool_)
        self._in_session = Growing(np.bool_)
        self._summary = Growing(np.bool_)
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Forgets what was worked out of the memories before they changed."""
        self._every_slot: NDArray[np.int64] | None = None
        self._layout: Layout | None = None
        self._event_span: tuple[int, int] | None = None

    @classmethod
    def build(cls, memories: Iterable[MemoryText], table: TokenTable) -> Corpus:
        """A corpus of these memories."""
        corpus = cls(table)
        corpus.extend(memories)
        return corpus

    def __len__(self) -> int:
        """How many memories there are."""
        return len(self._slot_of)

    @property
    def statements(self) -> int:
        """How many memories there are, those that repeat each other's words counted once. IDF is
        taken over these: what a user says again and again must not tell less for that."""
        return len(self._said)

    def __contains__(self, key: Key) -> bool:
        return key in self._slot_of

    # -- What scoring reads. Arrays have a row for each slot, also for slots out of use.

    @property
    def word_rows(self) -> NDArray[np.int32]:
        """The vocabulary rows of all memories' distinct words, one memory after the other; each
        begins with NOTHING."""
        return self._words.rows

    @property
    def word_start(self) -> NDArray[np.int64]:
        """Where in ``word_rows`` a memory's words begin."""
        return self._start.rows

    @property
    def word_count(self) -> NDArray[np.int64]:
        """How many there are, NOTHING included: >= 1."""
        return self._count.rows

    @property
    def focus(self) -> NDArray[np.float32]:
        """What a word of the memory counts, 1 up to FOCUS_WORDS of them, then less."""
        return self._focus.rows

    @property
    def neighbours(self) -> NDArray[np.int32]:
        """Shape (slots, 2 * REACH + 1): the slots REACH before to REACH after, itself in the
        middle, NOBODY where its thread has ended."""
        return self._neighbours.rows

    @property
    def around(self) -> NDArray[np.float32]:
        """Shape (slots, dimension): the damped sum of the word vectors of a memory and its
        neighbours, of unit length (or zero)."""
        return self._around.rows

    @property
    def event_time(self) -> NDArray[np.int64]:
        return self._event_time.rows

    @property
    def event_span(self) -> tuple[int, int] | None:
        """When the first and the last of the memories happened; None when there are none."""
        if self._event_span is None and len(self):
            times = self._event_time.rows[self._living.rows]
            self._event_span = (int(times.min()), int(times.max()))
        return self._event_span

    @property
    def speaker(self) -> NDArray[np.int32]:
        """Number of the speaker, NOBODY if there is none."""
        return self._speaker.rows

    @property
    def asks(self) -> NDArray[np.bool_]:
        return self._asks.rows

    @property
    def tells_time(self) -> NDArray[np.bool_]:
        return self._tells_time.rows

    @property
    def about_self(self) -> NDArray[np.bool_]:
        return self._about_self.rows

    @property
    def in_session(self) -> NDArray[np.bool_]:
        """Whether it is a turn among others."""
        return self._in_session.rows

    @property
    def is_summary(self) -> NDArray[np.bool_]:
        return self._summary.rows

    @property
    def speakers(self) -> dict[str, int]:
        """Speaker numbers by name, of those who have said any of it."""
        return self._speakers.names

    @property
    def user_speakers(self) -> frozenset[int]:
        """The speakers that are the user himself."""
        return self._speakers.users

    @property
    def persona_speakers(self) -> frozenset[int]:
        """The speakers that are personas."""
        return self._speakers.personas

    def key(self, slot: int) -> Key:
        """Whose slot this is.

        Raises:
            KeyError: nobody's.
        """
        kept = self._kept[slot]
        if kept is None:
            raise KeyError(slot)
        return kept.text.key

    def slot(self, key: Key) -> int:
        """A memory's slot.

        Raises:
            KeyError: there is no such memory.
        """
        return self._slot_of[key]

    @property
    def keys(self) -> KeysView[Key]:
        """Of all memories."""
        return self._slot_of.keys()

    def in_use(self, slots: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each slot is still some memory's."""
        return np.fromiter(
            (self._kept[slot] is not None for slot in slots.tolist()), np.bool_, count=len(slots)
        )

    def slots(self, keys: Iterable[Key] | None = None) -> NDArray[np.int64]:
        """The slots of these memories, ascending, each once; unknown ones are left out. None:
        of all."""
        if keys is None:
            if self._every_slot is None:
                self._every_slot = _ascending(self._slot_of.values())
            return self._every_slot
        known = set(map(self._slot_of.get, keys))
        return _ascending([slot for slot in known if slot is not None])

    def layout(self, slots: NDArray[np.int64]) -> Layout:
        """How these slots (ascending, each once) are to be scored. The last one is kept: small
        corpora are scored whole, search after search."""
        kept = self._layout
        if kept is None or not (kept.slots is slots or np.array_equal(kept.slots, slots)):
            kept = self._layout = Layout.of(self, slots)
        return kept

    def with_neighbours(self, slots: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
        """These memories and those up to ``reach`` (0..REACH) places before and after each, in
        its session; ascending. What an index finds by its own words leads to what answers beside
        it."""
        near = self.neighbours[slots, REACH - reach : REACH + reach + 1]
        found: NDArray[np.int64] = np.unique(near[near != NOBODY]).astype(np.int64)
        return found

    # -- Changes.

    def extend(self, memories: Iterable[MemoryText]) -> None:
        """Adds memories; one that is there already (by its key) is replaced."""
        self._begin_anew()
        fresh = {memory.key: memory for memory in memories}
        self._take_out([key for key in fresh if key in self._slot_of])
        texts = list(fresh.values())
        words = [distinct_words(memory.text) for memory in texts]
        touched: dict[_Thread, None] = {}
        for memory, its, rows in zip(texts, words, self.vocabulary.rows(words), strict=True):
            touched[self._append(memory, its, rows)] = None
        self._link(touched)

    def remove(self, keys: Iterable[Key]) -> None:
        """Takes memories out; unknown ones are passed over. The others keep their slots."""
        self._begin_anew()
        self._link(self._take_out([key for key in keys if key in self._slot_of]))

    def _append(
        self, memory: MemoryText, words: tuple[Word, ...], rows: NDArray[np.int32]
    ) -> _Thread:
        slot = len(self._kept)
        self._kept.append(_Kept(memory, words))
        self._slot_of[memory.key] = slot
        self._said[words] += 1
        if self._said[words] == 1:
            self.vocabulary.count(words, 1)
        self._start.append(len(self._words))
        self._count.append(1 + len(rows))
        self._focus.append(min(1.0, (FOCUS_WORDS / max(1, len(rows))) ** FOCUS_EXPONENT))
        self._words.append(NOTHING)
        self._words.append_all(rows)
        self._speaker.append(self._speakers.add(memory))
        self._event_time.append(memory.event_time)
        self._living.append(True)
        marked = marks(memory.text)
        self._asks.append(marked.asks)
        self._tells_time.append(marked.tells_time)
        self._about_self.append(marked.about_self)
        self._in_session.append(bool(memory.session_id))
        self._summary.append(memory.kind == Kind.EPISODE)
        self._neighbours.append(NOBODY)
        self._around.append(0.0)
        thread = _thread(memory)
        members = self._threads.setdefault(thread, [])
        if members and self._place(slot) < self._place(members[-1]):
            self._unordered.add(thread)
        members.append(slot)
        return thread

    def _take_out(self, keys: Sequence[Key]) -> dict[_Thread, None]:
        touched: dict[_Thread, set[int]] = {}
        for key in keys:
            slot = self._slot_of.pop(key)
            kept = self._kept[slot]
            if kept is None:
                raise KeyError(key)
            self._kept[slot] = None
            self._living.rows[slot] = False
            self._said[kept.words] -= 1
            if not self._said[kept.words]:
                del self._said[kept.words]
                self.vocabulary.count(kept.words, -1)
            self._speakers.remove(kept.text)
            touched.setdefault(_thread(kept.text), set()).add(slot)
        for thread, gone in touched.items():
            left = [slot for slot in self._threads[thread] if slot not in gone]
            if left:
                self._threads[thread] = left
            else:
                del self._threads[thread]
        return dict.fromkeys(touched)

    def _link(self, threads: Iterable[_Thread]) -> None:
        """Works out again who is next to whom in these threads, and their common meaning."""
        for thread in threads:
            members = self._threads.get(thread)
            if members is None:
                continue
            if thread in self._unordered:
                members.sort(key=self._place)
                self._unordered.discard(thread)
            slots = np.array(members, dtype=np.int64)
            count = len(slots)
            at = np.arange(count)[:, None] + np.arange(-REACH, REACH + 1)[None, :]
            inside = (at >= 0) & (at < count)
            linked = np.where(inside, slots[np.clip(at, 0, count - 1)], NOBODY)
            # A long conversation mostly grows at its end: the rest of it stays as it is.
            places = np.flatnonzero((self._neighbours.rows[slots] != linked).any(axis=1))
            self._neighbours.rows[slots[places]] = linked[places]
            self._around.rows[slots[places]] = self._meanings_around(slots, places)

    def _place(self, slot: int) -> tuple[int, str]:
        kept = self._kept[slot]
        if kept is None:
            raise KeyError(slot)
        return (kept.text.position, kept.text.memory_id)

    def _meanings_around(
        self, slots: NDArray[np.int64], places: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """The damped sums of word vectors, as unit vectors, of the memories at these places of a
        thread (``slots``) and their neighbours."""
        units, lengths = self.vocabulary.units, self.vocabulary.lengths
        reach = len(MEANING_DAMPING) - 1
        near = places[:, None] + np.arange(-reach, reach + 1)[None, :]
        needed = np.unique(near[(near >= 0) & (near < len(slots))])
        # One more row, of zeros: the neighbour where there is none.
        own = np.zeros((len(needed) + 1, units.shape[1]), dtype=np.float32)
        for row, slot in zip(own, slots[needed].tolist(), strict=False):
            start = self._start.rows[slot]
            its = self._words.rows[start : start + self._count.rows[slot]]
            row[:] = lengths[its] @ units[its]
        at = np.searchsorted(needed, near)
        at[(near < 0) | (near >= len(slots))] = len(needed)
        total = own[at[:, reach]] * np.float32(MEANING_DAMPING[0])
        for distance, damping in enumerate(MEANING_DAMPING[1:], 1):
            total += np.float32(damping) * own[at[:, reach - distance]]
            total += np.float32(damping) * own[at[:, reach + distance]]
        total /= np.maximum(np.linalg.norm(total, axis=1), 1e-6)[:, None]
        return total


def _ascending(slots: Collection[int]) -> NDArray[np.int64]:
    return np.sort(np.fromiter(slots, np.int64, count=len(slots)))


def _thread(memory: MemoryText) -> _Thread:
    """What a memory has its neighbours in; one of its own for what has no session."""
    if memory.session_id:
        return (f"s{memory.session_id}", memory.timeline)
    return (f"m{int(memory.kind)}", memory.memory_id)
