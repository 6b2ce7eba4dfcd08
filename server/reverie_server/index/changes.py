"""What a batch of outbox rows asks of the index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from reverie_server.index.memories import (
    KINDS,
    IndexedMemory,
    clear_all_vectors,
    clear_vectors,
    memories,
)
from reverie_server.index.memory_index import Kind, MemoryIndex, Owner
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import (
    WHOLE_OWNER,
    WHOLE_SESSION,
    Change,
    Operation,
    OutboxKey,
    PendingChange,
    record,
    wait_again,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes, and what SQL has now of the single memories among them."""

    pending: Sequence[PendingChange]
    found: Sequence[IndexedMemory]

    @classmethod
    def of_memories(cls, found: Sequence[IndexedMemory], partition: str, now: int) -> Batch:
        """As if these had changed; the rows are not there yet.

        Args:
            partition: what they are brought in by the claim of.
        """
        return cls(
            [
                PendingChange(
                    OutboxKey(each.owner.workspace_id, each.owner.user_id, each.revision, 0),
                    Change(each.kind, each.memory_id, each.session_id, Operation.UPSERT),
                    now,
                    partition,
                )
                for each in found
            ],
            found,
        )

    @property
    def keys(self) -> list[OutboxKey]:
        """Of the outbox's rows."""
        return [pending.key for pending in self.pending]

    def read_again(self) -> list[tuple[Owner, str]]:
        """The sessions (owner, session_id) all of whose entries are to be read again."""
        return list(
            dict.fromkeys(
                (_owner(pending), pending.change.session_id)
                for pending in self.pending
                if pending.change.kind == WHOLE_SESSION
                and pending.change.operation is Operation.UPSERT
            )
        )

    async def record_again(self, tx: Transaction, held: Collection[str]) -> None:
        """Has the same looked at once more, by whoever has their partitions now.

        Args:
            held: the partitions that are this server's. Nobody else has applied and forgotten
                their rows, so they only wait again. Of all others new ones are written, under the
                revisions that they had: nothing of the memories themselves has changed.
        """
        changes: dict[tuple[str, str, int], list[Change]] = defaultdict(list)
        for pending in self.pending:
            key = pending.key
            if pending.partition not in held:
                changes[key.workspace_id, key.user_id, key.revision].append(pending.change)
        for owner_at, of_owner in changes.items():
            await record(tx, *owner_at, of_owner, self.pending[-1].create_time)
        ours = [pending.key for pending in self.pending if pending.partition in held]
        await wait_again(tx, ours)

    async def delete_from(self, index: MemoryIndex) -> None:
        """Deletes what the batch deletes, and what it would upsert but is gone by now.

        What was deleted and is there again is found again by the row that says so, which is later
        than the deletion's.
        """
        gone = self._gone()
        for owner in gone.owners:
            await index.delete_owner(owner)
        for owner, session_id in gone.sessions:
            await index.delete_session(owner, session_id, frozenset({Kind.ENTRY}))
        for owner, ids in gone.memories.items():
            await index.delete(owner, ids)

    async def clear(self, tx: Transaction, *, alone: bool) -> None:
        """Deletes the vectors that SQL has of them still.

        Args:
            alone: nobody writes while another one does. Else the deletion of a session or an owner
                does not see a vector that is kept at the same moment.
        """
        gone = self._gone()
        if not alone:
            for owner in dict.fromkeys(owner for owner, _ in gone.sessions):
                await clear_all_vectors(tx, owner, Kind.ENTRY)
            for owner in gone.owners:
                for kind in KINDS:
                    await clear_all_vectors(tx, owner, kind)
        for owner, of_owner in gone.memories.items():
            ids: dict[Kind, list[str]] = defaultdict(list)
            for kind, memory_id in of_owner:
                ids[kind].append(memory_id)
            for kind, of_kind in ids.items():
                await clear_vectors(tx, owner, kind, of_kind)

    def _gone(self) -> _Gone:
        there = {(memory.owner, int(memory.kind), memory.memory_id) for memory in self.found}
        gone = _Gone({}, {}, defaultdict(list))
        for pending in self.pending:
            owner, change = _owner(pending), pending.change
            deletes = change.operation is Operation.DELETE
            if change.kind == WHOLE_OWNER:
                gone.owners[owner] = None
            elif change.kind == WHOLE_SESSION:
                if deletes:
                    gone.sessions[owner, change.session_id] = None
            elif deletes or (owner, change.kind, change.memory_id) not in there:
                gone.memories[owner].append((Kind(change.kind), change.memory_id))
        return gone


@dataclass(frozen=True, slots=True)
class _Gone:
    """In the order in which they were first heard of."""

    owners: dict[Owner, None]
    sessions: dict[tuple[Owner, str], None]
    memories: dict[Owner, list[tuple[Kind, str]]]


async def load(
    snapshot: Snapshot, changes: Iterable[PendingChange], embedder: str
) -> list[IndexedMemory]:
    """What the single memories that changed are now; those that are gone are left out."""
    wanted: dict[tuple[Owner, Kind], dict[str, None]] = defaultdict(dict)
    for pending in changes:
        change = pending.change
        if change.operation is Operation.UPSERT and change.kind not in (WHOLE_SESSION, WHOLE_OWNER):
            wanted[_owner(pending), Kind(change.kind)][change.memory_id] = None
    found: list[IndexedMemory] = []
    for (owner, kind), ids in wanted.items():
        found += await memories(snapshot, owner, kind, list(ids), embedder)
    return found


def _owner(pending: PendingChange) -> Owner:
    return Owner(pending.key.workspace_id, pending.key.user_id)
