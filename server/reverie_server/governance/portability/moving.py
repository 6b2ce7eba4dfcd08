"""Moving a whole deployment from one database to another, and proving that it arrived.

An owner (a user, or a workspace's shared part) goes over in one transaction, so that it is there
whole or not at all, and is read back and compared before the next. A move that broke off goes on:
what is equal on both sides stays, what is not is taken over again. Nobody may serve either side
meanwhile; should the source change all the same, the last comparison finds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from reverie_server.clock import Clock
from reverie_server.errors import NotFound
from reverie_server.governance.portability import store
from reverie_server.governance.portability.lines import Header, Record, Trailer, parse
from reverie_server.governance.portability.reading import Rows
from reverie_server.governance.portability.spool import Spool
from reverie_server.governance.portability.store import Owner
from reverie_server.governance.portability.writing import EVERYTHING, kinds_of, write_out
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import deployment, revision
from reverie_server.storage.database import Database, Snapshot, Transaction

_PAGE: Final = 500


class CannotMove(Exception):
    """Why not, in one sentence for the operator."""


class TargetNotEmpty(CannotMove):
    """The target holds something else."""


class SourceChanged(CannotMove):
    """Somebody has written to the source meanwhile."""


class Note(msgspec.Struct, frozen=True):
    """What the target knows of the move that fills it."""

    source: str
    """Names the deployment that it comes from."""
    end_time: int | None = None
    """When it was complete, microseconds UTC; None: it is not."""


@dataclass(slots=True)
class Moved:
    """What a move did."""

    workspaces: int = 0
    users: int = 0
    copied: int = 0
    """Owners that this run took over; the others an earlier run had."""
    removed: int = 0
    """Owners at the target that the source does not have any more."""
    counts: dict[str, int] = field(default_factory=dict)
    """Records by kind, equal on both sides."""
    sha256: str = ""
    """Of the hashes of all owners, in the order of their ids."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a move has come."""

    done: int
    total: int
    """Owners; those of the source when the move began."""


class Move:
    """``run`` it once."""

    def __init__(
        self, source: Database, target: Database, clock: Clock, folder: Path | None = None
    ) -> None:
        """
        Args:
            folder: where an owner's records can lie on their way.
        """
        self._source = source
        self._target = target
        self._clock = clock
        self._folder = folder

    async def run(self, tell: Callable[[Step], None] = lambda _: None) -> Moved:
        """Moves everything that is not there yet.

        Raises:
            TargetNotEmpty, SourceChanged: as they say.
            Unavailable: one of them cannot be reached; it can be run again.
        """
        await self._begin()
        total = await self._source.read(_count_owners)
        moved, digest = Moved(), hashlib.sha256()
        async for owner in _owners(self._source):
            trailer = await self._take_over(owner, moved)
            digest.update(f"{trailer.sha256}\n".encode())
            for name, count in trailer.counts.items():
                moved.counts[name] = moved.counts.get(name, 0) + count
            if owner[1] == SHARED_OWNER:
                moved.workspaces += 1
            else:
                moved.users += 1
            tell(Step(moved.workspaces + moved.users, total))
        moved.sha256 = digest.hexdigest()
        await self._compare_owners(moved)
        await self._finish()
        return moved

    async def _begin(self) -> None:
        await deployment.page_token_key(self._source)
        values = await self._source.read(deployment.moving_values)
        note = Note(hashlib.sha256(values["page_token_key"]).hexdigest())

        async def begin(tx: Transaction) -> None:
            found = await deployment.move_note(tx)
            known = None if found is None else msgspec.json.decode(found, type=Note)
            if known != note and await store.workspaces_after(tx, "", 1):
                complete = known is not None and known.end_time is not None
                raise TargetNotEmpty(
                    f"the target holds data already{', of a complete move' if complete else ''}:"
                    " a move goes to an empty one, or goes on with its own that broke off"
                )
            await deployment.take_over(tx, values)
            await deployment.put_move_note(tx, msgspec.json.encode(note))

        await self._target.transaction(begin)

    async def _take_over(self, owner: Owner, moved: Moved) -> Trailer:
        with Spool(self._folder) as spool:

            async def write(snapshot: Snapshot) -> tuple[Header, Trailer]:
                spool.restart()
                return await write_out(snapshot, owner, EVERYTHING, spool.write)

            header, trailer = await self._source.read(write)
            if await self._at_target(owner) != (header, trailer):
                await self._target.transaction(
                    lambda tx: _replace(tx, owner, header, spool.lines())
                )
                moved.copied += 1
                if await self._at_target(owner) != (header, trailer):
                    raise RuntimeError("what was written is not what is read back")
        return trailer

    async def _at_target(self, owner: Owner) -> tuple[Header, Trailer] | None:
        try:
            return await self._target.read(
                lambda snapshot: write_out(snapshot, owner, EVERYTHING, lambda _: None)
            )
        except NotFound:
            return None

    async def _compare_owners(self, moved: Moved) -> None:
        """Deletes owners that only the target has.

        Raises:
            SourceChanged: the source has changed since.
        """
        theirs = aiter(_revisions(self._source))
        expected = await anext(theirs, None)
        extra: list[Owner] = []
        async for owner, number in _revisions(self._target):
            if expected is None or owner < expected[0]:
                extra.append(owner)
                continue
            if (owner, number) != expected:
                break
            expected = await anext(theirs, None)
        if expected is not None:
            raise SourceChanged(
                "the source was changed while it was moved: stop its servers and move again, which"
                " takes over what has changed"
            )
        for owner in extra:
            await self._target.transaction(partial(_delete, owner=owner))
            moved.removed += 1

    async def _finish(self) -> None:
        now = self._clock.now()

        async def finish(tx: Transaction) -> None:
            note = msgspec.json.decode(await deployment.move_note(tx) or b"", type=Note)
            await revision.raise_epochs(tx, now)
            done = msgspec.structs.replace(note, end_time=now)
            await deployment.put_move_note(tx, msgspec.json.encode(done))

        await self._target.transaction(finish)


async def _replace(tx: Transaction, owner: Owner, header: Header, lines: Iterable[bytes]) -> None:
    await _delete(tx, owner)
    rows = Rows(tx, owner, header.revision, header.revision_floor)
    for at, line in enumerate(lines, 1):
        parsed = parse(line, at)
        if isinstance(parsed, Record):
            await rows.add(parsed)
    await rows.flush()


async def _delete(tx: Transaction, owner: Owner) -> None:
    await store.delete(tx, kinds_of(owner), owner)


async def _count_owners(snapshot: Snapshot) -> int:
    return await store.count_owners(snapshot)


async def _owners(database: Database) -> AsyncIterator[Owner]:
    async for owner, _ in _revisions(database):
        yield owner


async def _revisions(database: Database) -> AsyncIterator[tuple[Owner, int]]:
    """All owners by workspace, its shared part first, and their revisions."""
    workspace_id = ""
    while page := await database.read(
        partial(store.workspaces_after, workspace_id=workspace_id, limit=_PAGE)
    ):
        for workspace_id, number in page:
            yield (workspace_id, SHARED_OWNER), number
            async for user_id, of_user in _users(database, workspace_id):
                yield (workspace_id, user_id), of_user


async def _users(database: Database, workspace_id: str) -> AsyncIterator[tuple[str, int]]:
    user_id = SHARED_OWNER
    while page := await database.read(
        partial(store.users_after, workspace_id=workspace_id, user_id=user_id, limit=_PAGE)
    ):
        for user_id, number in page:
            yield user_id, number
