"""Views: what each reader may search, kept in memory between searches.

A view belongs to one reader (workspace, user, persona), so nothing that one persona may not read
is ever near another's scores. Before each search it is brought up to date from SQL, which costs
one small read when nothing has changed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import numpy as np

from reverie_server.embedding.embedder import TokenTable
from reverie_server.errors import FailedPrecondition
from reverie_server.index.memory_index import Kind
from reverie_server.observability.cache_counts import CacheCounts
from reverie_server.scope import Reader
from reverie_server.storage.database import Database
from reverie_server.tiers.recall.columns import Columns, Slots
from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.to_the_end import on_thread
from reverie_server.tiers.recall.view_store import Loaded, State, load_view

INLINE: Final = 32
"""Changed memories that are taken in at once; more go to a thread, so that the loop is free."""
SPARE_SLOTS: Final = 64
"""Of memories that were stored anew, so many slots may lie idle in the smallest view."""


class View:
    """One reader's memories, ready to be scored. Used under its lock, and not while a refresh of it
    goes on."""

    def __init__(self, reader: Reader, table: TokenTable) -> None:
        self.reader = reader
        self.lock = asyncio.Lock()
        self.state: State | None = None
        self.as_of = -1
        """How many commits there had been when it was last brought up to date."""
        self.refresh: asyncio.Task[State] | None = None
        """What brings it up to date, also after the search that began it was given up."""
        self._table = table
        self._start_empty()

    def _start_empty(self) -> None:
        self.corpus = Corpus(self._table)
        self.columns = Columns()
        self._of_session: dict[str, list[int]] = {}
        self._by_age: list[tuple[int, int]] = []
        self._used: dict[Key, int] = {}

    def __len__(self) -> int:
        """How many memories there are."""
        return len(self.corpus)

    @property
    def size_bytes(self) -> int:
        """Roughly what it takes in memory."""
        of_words = len(self.corpus.vocabulary) * 1_500 + self.corpus.likeness.size_bytes
        return self.columns.size * 3_400 + of_words

    @property
    def is_wasteful(self) -> bool:
        """Whether more slots lie idle than are in use: it is to be read anew."""
        idle = self.columns.size - len(self.corpus)
        return idle > max(SPARE_SLOTS, len(self.corpus))

    @property
    def is_refreshing(self) -> bool:
        """Whether it is being brought up to date, maybe with nobody waiting."""
        return self.refresh is not None and not self.refresh.done()

    def slots(self) -> Slots:
        """All memories."""
        return self.corpus.slots()

    def of_session(self, session_id: str) -> Slots:
        """The session's memories: its entries, copies too, and its episode."""
        slots = np.array(self._of_session.get(session_id, ()), dtype=np.int64)
        return slots[self.corpus.in_use(slots)]

    def newer_than_index(self) -> Slots:
        """What the index may not have yet."""
        first = self.state.first_pending if self.state else None
        newer: list[int] = []
        for revision, slot in reversed(self._by_age):
            if first is None or revision < first:
                break
            newer.append(slot)
        slots = np.array(newer, dtype=np.int64)
        return slots[self.corpus.in_use(slots)]

    def take_in(self, loaded: Loaded) -> None:
        """Applies what has changed. May run on a thread; only a refresh calls it."""
        # Should it fail half way, the next search reads everything anew.
        self.state = None
        if loaded.complete:
            self._start_empty()
        for session_id, standing in loaded.sessions.items():
            self.columns.note_session(
                session_id, active=standing.active, searchable=standing.searchable
            )
        if loaded.left is not None:
            self.corpus.remove(self.corpus.keys - loaded.left)
            self._used = {}
        fresh = []
        self.corpus.extend(text for text, _ in loaded.memories)
        for text, note in loaded.memories:
            slot = self.corpus.slot(text.key)
            self.columns.append(
                text.kind, note, own=note.persona_id in ("", self.reader.persona_id)
            )
            fresh.append((note.revision, slot))
            if note.session_id:
                self._of_session.setdefault(note.session_id, []).append(slot)
            # An entry may tell today what has been so for years.
            said = [(Kind.ENTRY, each) for each in note.entry_ids]
            for entry in self.corpus.slots(said).tolist() if said else ():
                self.columns.used(slot, int(self.corpus.event_time[entry]))
        fresh.sort()
        self._by_age.extend(fresh)
        # Also of a memory that was used long ago and is stored anew, in another slot, just now.
        self._used.update(loaded.used)
        for key in {text.key for text, _ in loaded.memories} | set(loaded.used):
            if key in self._used and key in self.corpus:
                self.columns.used(self.corpus.slot(key), self._used[key])
        self.state = loaded.state


class Views:
    """The views of the readers who searched last."""

    def __init__(self, database: Database, table: TokenTable, *, capacity_bytes: int) -> None:
        """
        Args:
            capacity_bytes: what views may take together, roughly; the one in use always stays.
        """
        self._database = database
        self._table = table
        self._capacity = capacity_bytes
        self._views: OrderedDict[Reader, View] = OrderedDict()
        self._sizes: dict[Reader, int] = {}
        self._total = 0
        self._commits = 0
        self.counts = CacheCounts()
        """Whether there was anything of the reader, which is then brought up to date."""
        database.on_commit(self._note_commit)

    @asynccontextmanager
    async def current(self, reader: Reader, *, min_revision: int = 0) -> AsyncIterator[View]:
        """The reader's view as of now, locked.

        Raises:
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
        """
        while True:
            view = self._views.get(reader)
            if view is None:
                view = self._views[reader] = View(reader, self._table)
            self._views.move_to_end(reader)
            async with view.lock:
                if self._views.get(reader) is not view:
                    # Forgotten while this search waited for its turn.
                    continue
                if view.state is None:
                    self.counts.misses += 1
                else:
                    self.counts.hits += 1
                try:
                    state = await self._up_to_date(view)
                except Exception:  # whatever it was: nothing is kept of a user who may be gone
                    self._forget(reader)
                    raise
                if min_revision > state.revision:
                    raise FailedPrecondition(
                        f"min_revision is ahead of all that was committed ({state.revision})",
                        reason="REVISION_UNKNOWN",
                    )
                self._make_room(view)
                yield view
                return

    @property
    def size_bytes(self) -> int:
        """What all views take in memory, roughly."""
        return self._total

    def _note_commit(self) -> None:
        self._commits += 1

    async def _up_to_date(self, view: View) -> State:
        """Waits for the view's refresh. It goes on when nobody waits any more: a large view may
        take longer to read than any caller has time, and those who try again find it further on.
        """
        if view.refresh is not None:
            # Left behind by a search that was given up, and not as of now. Should it fail, the next
            # one shows whether that lasts.
            await asyncio.wait([view.refresh])
            view.refresh = None
        commits = self._commits
        if view.state is not None and view.as_of == commits and self._database.sole_writer:
            return view.state
        refresh = view.refresh = asyncio.create_task(self._refresh(view, commits))
        state = await asyncio.shield(refresh)
        view.refresh = None
        return state

    async def _refresh(self, view: View, commits: int) -> State:
        known = None if view.is_wasteful else view.state
        loaded = await self._database.read(partial(load_view, reader=view.reader, known=known))
        if len(loaded.memories) > INLINE or loaded.left is not None:
            await on_thread(partial(view.take_in, loaded))
        elif loaded.complete or loaded.state != view.state:
            view.take_in(loaded)
        view.as_of = commits
        return loaded.state

    def _make_room(self, view: View) -> None:
        """Forgets the views that nobody has used for longest, but not one that is in use."""
        self._total += view.size_bytes - self._sizes.get(view.reader, 0)
        self._sizes[view.reader] = view.size_bytes
        if self._total <= self._capacity:
            return
        for reader, each in list(self._views.items()):
            if not (each.lock.locked() or each.is_refreshing):
                self._forget(reader)
            if self._total <= self._capacity:
                return

    def _forget(self, reader: Reader) -> None:
        self._views.pop(reader, None)
        self._total -= self._sizes.pop(reader, 0)
