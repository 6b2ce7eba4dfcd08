"""What was forgotten after a backup was written is forgotten again when the backup is restored,
before the database is served.

The tombstones say what that is: they name memories by their ids, texts by their words, and users
and relationships that were deleted. What they name goes the way it went the first time, with what
rests on it and what quotes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final, Protocol

import structlog

from reverie_server.clock import MICROSECONDS, Clock
from reverie_server.errors import NotFound
from reverie_server.governance.forgetting.model import Forgotten
from reverie_server.governance.forgetting.ports import SharingRules
from reverie_server.language.sentences import split_sentences
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import deployment, restored, tombstones
from reverie_server.storage.database import Database, Snapshot
from reverie_server.storage.restored import RestoredMemory
from reverie_server.storage.tombstones import Claim, Learner
from reverie_server.tiers.marks import memory_mark, text_mark
from reverie_server.tiers.recall.model import Tier

log = structlog.get_logger(__name__)

_TIERS: Final = {
    "entry": Tier.WORKING,
    "episode": Tier.EPISODIC,
    "fact": Tier.FACT,
    "document": Tier.SEMANTIC,
    "procedure": Tier.PROCEDURAL,
    "storyline": Tier.STORYLINE,
}
MARGIN: Final = 600 * MICROSECONDS
"""What was forgotten so long before the backup counts, too: servers' clocks differ. What was
forgotten earlier is not in the backup, other than sentences that were to be kept."""
_FIRST: Final = ("fact", "storyline", "document", "procedure", "entry", "episode")
"""In this order: a fact is known by the entries that it rests on."""


class Forgets(Protocol):
    """``ForgettingService``."""

    async def forget(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        tier: Tier,
        memory_id: str,
        *,
        keep_text: bool,
        request: None,
    ) -> Forgotten: ...

    async def redact(
        self, reader: Reader, sentences: Sequence[str], session_ids: Iterable[str]
    ) -> None: ...


class ForgettingAgain:
    """``run`` it before a database is served."""

    def __init__(
        self, db: Database, clock: Clock, sharing: SharingRules, forgetting: Forgets
    ) -> None:
        self._db = db
        self._clock = clock
        self._sharing = sharing
        self._forgetting = forgetting

    async def run(self) -> None:
        """Does nothing unless the database was restored. Broken off, it begins anew at the next
        start."""
        backup_time = await self._db.read(deployment.forgetting_since)
        if backup_time is None:
            return
        since = backup_time - MARGIN
        deleted = 0
        for workspace_id in await self._db.read(restored.workspaces_with_deletions):
            deleted += await self._db.transaction(
                partial(
                    restored.delete_again,
                    workspace_id=workspace_id,
                    since=since,
                    now=self._clock.now(),
                )
            )
        forgotten = 0
        for pair in await self._db.read(partial(restored.forgetters, since=since)):
            forgotten += await self._forget(await self._sharing.reader(*pair), since)
        await self._db.transaction(deployment.forgetting_is_done)
        log.info("what was forgotten is forgotten again", deleted=deleted, memories=forgotten)

    async def _forget(self, reader: Reader, since: int) -> int:
        """Of what one persona may read of a user; gives the number of memories."""
        pair = (reader.workspace_id, reader.user_id, reader.persona_id)
        whole, sentences, sessions = await self._db.read(
            partial(_barred, reader=reader, since=since)
        )
        count = 0
        for memory in sorted(whole, key=lambda each: _FIRST.index(each.kind)):
            try:
                await self._forgetting.forget(
                    *pair, _TIERS[memory.kind], memory.memory_id, keep_text=False, request=None
                )
            except NotFound:
                continue  # it has gone with one before
            count += 1
        if sentences:
            await self._forgetting.redact(reader, sentences, sessions)
        return count


async def _barred(
    snapshot: Snapshot, reader: Reader, since: int
) -> tuple[list[RestoredMemory], list[str], frozenset[str]]:
    """Memories that were forgotten whole; sentences of others, and the sessions they stand in."""
    owner = (reader.workspace_id, reader.user_id)
    memories = [
        each
        for each in await restored.memories_of(snapshot, *owner)
        if reader.may_read(each.persona_id, each.visibility)
    ]
    whole: list[RestoredMemory] = []
    sentences: dict[str, None] = {}
    sessions: set[str] = set()
    for shared in (True, False):
        learner = Learner(*owner, reader.persona_id, shared and reader.reads_shared)
        wanted = {
            each.memory_id: each
            for each in memories
            if (each.visibility == Visibility.SHARED) == shared
        }
        claims = {
            (each.memory_id, piece): Claim(
                (text_mark(piece),) if piece else (memory_mark(each.memory_id),), each.time
            )
            for each in wanted.values()
            for piece in ("", *_pieces(each))
        }
        for memory_id, piece in await tombstones.barred(snapshot, learner, claims, since=since):
            memory = wanted[memory_id]
            if not piece or (piece == memory.text and memory.kind != "episode"):
                whole.append(memory)
            else:
                sentences[piece] = None
                sessions.add(memory.session_id)
    return whole, list(sentences), frozenset(sessions)


def _pieces(memory: RestoredMemory) -> set[str]:
    if memory.kind not in ("entry", "episode", "fact", "storyline") or not memory.text:
        return set()
    if memory.kind == "fact":
        return {memory.text}
    return {memory.text, *split_sentences(memory.text)}
