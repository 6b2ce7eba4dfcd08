"""Bringing one user in: all of it in one transaction, once the whole file has come."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from reverie_server.clock import Clock
from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import AlreadyExists, FailedPrecondition
from reverie_server.governance.portability import store
from reverie_server.governance.portability.arriving import Arriving
from reverie_server.governance.portability.fields import FLOAT_BYTES
from reverie_server.governance.portability.lines import Header, Record, wrong
from reverie_server.governance.portability.ports import PersonaRecords, WorkspaceRecords
from reverie_server.governance.portability.reading import Rows
from reverie_server.governance.portability.screening import Screen, Sieve
from reverie_server.governance.portability.store import Owner
from reverie_server.governance.portability.writing import ALWAYS, kinds_of
from reverie_server.index.memory_index import Kind
from reverie_server.jobs.model import JobState
from reverie_server.scope import SharingMode, Visibility
from reverie_server.storage import idempotency, outbox, ownership, revision, tombstones
from reverie_server.storage.database import Database, Snapshot, Transaction, UniqueViolation
from reverie_server.storage.idempotency import Request
from reverie_server.storage.outbox import Change, Operation

FUTURE_EPOCHS: Final = 100_000
"""So far ahead of the clock a revision's epoch may be: each restore within four minutes of another
moves it by one."""
LARGEST_BYTES: Final = 8 * 1024**3
"""Of a file."""
LARGEST_BYTES_ON_SQLITE: Final = 64 * 1024**2
"""The same where nothing else is written while it is stored: in the place of a user as large, also
on a busy machine, within what clients give a call by default."""
_CHANGES: Final = 1_000
_MEMORIES: Final = {
    "episode": (Kind.EPISODE, "episode_id"),
    "document": (Kind.DOCUMENT, "document_id"),
    "procedure": (Kind.PROCEDURE, "memory_id"),
    "fact": (Kind.FACT, "fact_id"),
}
"""Records that are memories, but for entries, of which the index hears by session."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has stored. By kind of record."""

    revision: int
    size: int
    """Of the file, in bytes."""
    imported: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    redacted: int = 0


class _ForgottenMeanwhile(Exception):
    """The user had something forgotten since the file was looked through for such."""


class UserImports:
    """Users from files."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        embedder: Embedder,
        workspaces: WorkspaceRecords,
        personas: PersonaRecords,
        job_kinds: Collection[str],
    ) -> None:
        """
        Args:
            job_kinds: those of jobs that work for a user; others are nothing that a file may start.
        """
        self._database = database
        self._clock = clock
        self._embedder = embedder
        self._workspaces = workspaces
        self._personas = personas
        self._job_kinds = frozenset(job_kinds)
        # It is a thread's work, as long as the file.
        self._sifting = asyncio.Semaphore(1)

    async def answered(self, request: Request | None) -> Imported | None:
        """What came of the same import before; None: it is a new one.

        Raises:
            FailedPrecondition, NotFound: as ``idempotency.answered``.
        """
        return await self._database.read(
            lambda snapshot: idempotency.answered(snapshot, request, Imported)
        )

    async def store(
        self, owner: Owner, arrived: Arriving, request: Request | None, *, replace: bool
    ) -> Imported:
        """Stores a complete file.

        Raises:
            AlreadyExists: the user, without ``replace``; or something of it under another user.
            FailedPrecondition: the user is too large to be replaced.
            InvalidArgument: a line asks for what no import may do.
        """
        header = arrived.header
        if header is None:
            raise RuntimeError("a complete file has a header")
        if replace:
            await self._require_replaceable(owner)
        try:
            while True:
                async with self._sifting:
                    sieve = await Sieve.of(self._database, owner, arrived, header)
                try:
                    return await self._transact(owner, arrived, header, sieve, request, replace)
                except _ForgottenMeanwhile:
                    continue
        except UniqueViolation as error:
            raise await self._in_the_way(owner, arrived) from error

    async def _in_the_way(self, owner: Owner, arrived: Arriving) -> AlreadyExists:
        """What keeps a file from being stored: sessions alone are named once in a workspace."""

        async def look(snapshot: Snapshot) -> AlreadyExists:
            async for at, record in arrived.records(snapshot):
                if record.kind.name != "session":
                    continue
                session_id = str(record.value("session_id"))
                holder = await store.session_holder(snapshot, owner[0], session_id)
                if holder not in (None, owner[1]):
                    return AlreadyExists(
                        f"lines[{at}]: another user of this workspace, {holder!r}, has the session"
                        f" {session_id!r}: no user can stand beside its copy; delete that user"
                        " first, or import into another workspace",
                        metadata={"resource": "session"},
                    )
            return AlreadyExists("the file names something twice")

        return await self._database.read(look)

    async def _require_replaceable(self, owner: Owner) -> None:
        """
        Raises:
            FailedPrecondition: to delete what is there would hold all others up for too long.
        """
        if not self._database.sole_writer:
            return
        most = largest_bytes(self._database)
        kinds = kinds_of(owner, ALWAYS)
        if await self._database.read(partial(store.size, kinds=kinds, owner=owner)) > most:
            raise FailedPrecondition(
                f"the user that is there has more than {most} bytes, too many to be replaced while"
                " everybody else waits: delete it first, and with it what keeps forgotten memories"
                " from coming back with the file"
            )

    async def _transact(
        self,
        owner: Owner,
        arrived: Arriving,
        header: Header,
        sieve: Sieve,
        request: Request | None,
        replace: bool,
    ) -> Imported:
        now = self._clock.now()

        async def work(tx: Transaction) -> Imported:
            return await idempotency.once(
                tx,
                request,
                Imported,
                lambda: self._store(tx, owner, arrived, header, sieve, now, replace),
            )

        return await self._database.transaction(work)

    async def _store(
        self,
        tx: Transaction,
        owner: Owner,
        arrived: Arriving,
        header: Header,
        sieve: Sieve,
        now: int,
        replace: bool,
    ) -> Imported:
        await self._workspaces.ensure(tx, owner[0], now)
        number = await self._take_place(tx, owner, header, now, replace=replace)
        taken = _Taken(Imported(number, arrived.size))
        mode = await store.sharing_mode(tx, owner[0])
        narrows = (
            header.mode is SharingMode.PERSONA_SCOPED and mode is not SharingMode.PERSONA_SCOPED
        )
        keeps_tombstones = await tombstones.has_key(tx, *owner, header.tombstone_key)
        if keeps_tombstones:
            async for record in arrived.tombstones(tx):
                await store.keep_tombstone(tx, owner, record.values)
                taken.count(record)
        screen = await Screen.of(tx, owner, arrived, sieve)
        if screen is None or keeps_tombstones != sieve.keeps:
            raise _ForgottenMeanwhile
        rows = Rows(tx, owner, number)
        personas: set[str] = set()
        async for at, record in arrived.records(tx):
            if record.kind.name == "tombstone":
                if not keeps_tombstones:
                    taken.leave_out(record)
                continue
            adapted = self._adapted(at, record, header, narrows=narrows)
            if adapted is None or not screen.lets_in(adapted):
                taken.leave_out(record)
                continue
            screened = await screen.screened(tx, at, adapted)
            if screened is not adapted:
                taken.redacted += 1
            await rows.add(screened)
            taken.count(screened)
            if "persona_id" in record.kind.fields:
                personas.add(str(record.value("persona_id")))
            await self._tell_index(tx, owner, number, screened, now, taken)
        await rows.flush()
        await ownership.lift_deletions(tx, *owner, sorted(taken.pairs))
        await outbox.record(tx, *owner, number, taken.changes, now)
        for persona_id in sorted(personas - {""}):
            await self._personas.ensure(tx, owner[0], persona_id, now)
        return taken.result()

    async def _take_place(
        self, tx: Transaction, owner: Owner, header: Header, now: int, *, replace: bool
    ) -> int:
        """Makes room for the user; gives the revision that it will have."""
        latest = revision.first_of(revision.epoch_at(now) + FUTURE_EPOCHS)
        if header.revision >= latest:
            raise wrong(1, "revision", "is of an epoch that has not come yet")
        past = [header.revision, await revision.initial(tx, owner[0])]
        is_there = await store.has_user(tx, owner)
        if is_there:
            if not replace:
                raise AlreadyExists(
                    f"there is a user {owner[1]!r}; `replace` puts the file in its place",
                    metadata={"resource": "user"},
                )
            past.append(await revision.bump(tx, *owner))
        number = revision.beyond(max(past), now)
        if is_there:
            kept = [kind for kind in kinds_of(owner) if kind.name not in _KEPT]
            await store.delete(tx, kept, owner)
            await idempotency.forget_user(tx, *owner)
            gone = Change(outbox.WHOLE_OWNER, "", "", Operation.DELETE)
            await outbox.record(tx, *owner, number, [gone], now)
        return number

    def _adapted(self, at: int, record: Record, header: Header, *, narrows: bool) -> Record | None:
        """As it can be stored here; None: it means nothing here.

        Raises:
            InvalidArgument: it asks for what no import may do.
        """
        name = record.kind.name
        if name == "embedding":
            mine = f"{self._embedder.name}/{self._embedder.dimension}"
            vector = record.value("vector")
            fits = isinstance(vector, bytes) and (
                len(vector) == self._embedder.dimension * FLOAT_BYTES
            )
            same = record.value("embedder") == self._embedder.name
            return record if fits and same and header.embedder == mine else None
        if name == "job":
            if record.value("kind") not in self._job_kinds:
                raise wrong(at, "kind", "is no job of a user")
            if record.value("state") == JobState.RUNNING:
                return record.with_value("state", JobState.PENDING)
        # What was SHARED where that counts as PRIVATE must not be read by more than before.
        if narrows and "visibility" in record.kind.fields:
            return record.with_value("visibility", int(Visibility.PRIVATE))
        return record

    async def _tell_index(
        self, tx: Transaction, owner: Owner, number: int, record: Record, now: int, taken: _Taken
    ) -> None:
        if record.kind.name == "session":
            session_id = str(record.value("session_id"))
            taken.changes.append(Change(outbox.WHOLE_SESSION, "", session_id, Operation.UPSERT))
        elif record.kind.name in _MEMORIES:
            kind, name = _MEMORIES[record.kind.name]
            taken.changes.append(Change(kind, str(record.value(name)), "", Operation.UPSERT))
        if len(taken.changes) >= _CHANGES:
            await outbox.record(tx, *owner, number, taken.changes, now)
            taken.changes.clear()


_KEPT: Final = frozenset({"tombstone", "request_record"})
"""Of a user that is replaced: what was forgotten stays so, and requests that were answered too."""


class _Taken:
    """What has been stored so far."""

    def __init__(self, start: Imported) -> None:
        self._result = start
        self.changes: list[Change] = []
        self.redacted = 0
        self.pairs: set[str] = set()
        """Personas that the user has relationships with."""

    def count(self, record: Record) -> None:
        if record.kind.name == "relationship":
            self.pairs.add(str(record.value("persona_id")))
        counts = self._result.imported
        counts[record.kind.name] = counts.get(record.kind.name, 0) + 1

    def leave_out(self, record: Record) -> None:
        counts = self._result.left_out
        counts[record.kind.name] = counts.get(record.kind.name, 0) + 1

    def result(self) -> Imported:
        kept = self._result
        return Imported(kept.revision, kept.size, kept.imported, kept.left_out, self.redacted)


def largest_bytes(database: Database) -> int:
    """Of a file that is brought in there."""
    return LARGEST_BYTES_ON_SQLITE if database.sole_writer else LARGEST_BYTES
