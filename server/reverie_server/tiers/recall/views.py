"""Views: what each reader may search, kept in memory between searches.

A view belongs to one reader (workspace, user, persona), so nothing that one persona may not read
is ever near another's scores. Before each search it is brought up to date from SQL, which costs
one small read when nothing has changed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from reverie_server.embedding.embedder import TokenTable
from reverie_server.errors import FailedPrecondition
from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader
from reverie_server.storage.database import Database
from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.view_store import Loaded, Note, State, Usage, load_view

INLINE: Final = 32
"""Changed memories that are taken in at once; more go to a thread, so that the loop is free."""


class View:
    """One reader's memories, ready to be scored. Used under its lock."""

    def __init__(self, reader: Reader, table: TokenTable) -> None:
        self.reader = reader
        self.lock = asyncio.Lock()
        self.state: State | None = None
        self._table = table
        self._start_empty()

    def _start_empty(self) -> None:
        self.corpus = Corpus(self._table)
        self.notes: dict[Key, Note] = {}
        self.usage: dict[Key, Usage] = {}
        self._of_session: dict[str, dict[Key, None]] = {}
        self._by_age: list[tuple[int, Key]] = []
        self._searchable: dict[str, bool] = {}
        self._active: dict[str, bool] = {}

    @property
    def size_bytes(self) -> int:
        """Roughly what it takes in memory."""
        return len(self.notes) * 2_048 + len(self.corpus.vocabulary) * 1_200

    def is_active(self, session_id: str) -> bool:
        """Whether entries can still be appended to the session."""
        return self._active.get(session_id, False)

    def of_session(self, session_id: str) -> Iterable[Key]:
        """The session's memories: its entries, copies too, and its episode."""
        return self._of_session.get(session_id, ())

    def is_found(self, key: Key, note: Note) -> bool:
        """Whether the memory is to be found at all: copies are found through their originals,
        and a session that ended without flush is gone."""
        if key[0] is not Kind.ENTRY:
            return True
        return not note.is_copy and self._searchable.get(note.session_id, False)

    def newer_than_index(self) -> Iterable[Key]:
        """What the index may not have yet."""
        first = self.state.first_pending if self.state else None
        if first is None:
            return ()
        newer = []
        for revision, key in reversed(self._by_age):
            if revision < first:
                break
            newer.append(key)
        return newer

    def take_in(self, loaded: Loaded) -> None:
        """Applies what has changed. May run on a thread; the lock keeps others away."""
        if loaded.complete:
            self._start_empty()
        self._searchable.update(loaded.searchable_sessions)
        self._active.update(loaded.active_sessions)
        self.usage.update(loaded.usage)
        self.corpus.extend(text for text, _ in loaded.memories)
        fresh = [(note.revision, text.key) for text, note in loaded.memories]
        fresh.sort()
        self._by_age.extend(fresh)
        self.notes.update((text.key, note) for text, note in loaded.memories)
        for text, note in loaded.memories:
            if note.session_id:
                self._of_session.setdefault(note.session_id, {})[text.key] = None
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

    @asynccontextmanager
    async def current(self, reader: Reader, *, min_revision: int = 0) -> AsyncIterator[View]:
        """The reader's view as of now, locked.

        Raises:
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
        """
        view = self._views.get(reader)
        if view is None:
            view = self._views[reader] = View(reader, self._table)
        self._views.move_to_end(reader)
        async with view.lock:
            try:
                state = await self._refresh(view)
            except BaseException:
                # Half refreshed, or of nobody: the next search starts over.
                self._forget(reader)
                raise
            if min_revision > state.revision:
                raise FailedPrecondition(
                    f"min_revision is ahead of everything that was committed ({state.revision})",
                    reason="REVISION_UNKNOWN",
                )
            self._make_room(view)
            yield view

    async def _refresh(self, view: View) -> State:
        loaded = await self._database.read(partial(load_view, reader=view.reader, known=view.state))
        if len(loaded.memories) > INLINE:
            await asyncio.to_thread(view.take_in, loaded)
        elif loaded.complete or loaded.state != view.state:
            view.take_in(loaded)
        return loaded.state

    def _make_room(self, view: View) -> None:
        """Forgets the views that nobody has used for longest, but not one that is in use."""
        self._total += view.size_bytes - self._sizes.get(view.reader, 0)
        self._sizes[view.reader] = view.size_bytes
        while self._total > self._capacity:
            reader, oldest = next(iter(self._views.items()))
            if oldest.lock.locked():
                return
            self._forget(reader)

    def _forget(self, reader: Reader) -> None:
        self._views.pop(reader, None)
        self._total -= self._sizes.pop(reader, 0)
