"""Recall: one query over all that a persona may know of a user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.paging import MAX_PAGE_BYTES, fitting, weight
from reverie_server.scope import SHARED_OWNER, Reader
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.tiers.filters import matches
from reverie_server.tiers.provenance import QUARANTINE_BELOW
from reverie_server.tiers.recall import usage_store
from reverie_server.tiers.recall.columns import Condition
from reverie_server.tiers.recall.finder import Finder, Finding, Findings, Question
from reverie_server.tiers.recall.hit_store import overridden, read_memories
from reverie_server.tiers.recall.memory_text import Key
from reverie_server.tiers.recall.model import Hit, Memory, Moment, Recalled, RecallQuery, Tier
from reverie_server.tiers.recall.ports import SessionRecords, SharingRules

KINDS_OF_TIER: Final = {
    Tier.WORKING: frozenset({Kind.ENTRY}),
    Tier.EPISODIC: frozenset({Kind.ENTRY, Kind.EPISODE}),
    Tier.SEMANTIC: frozenset({Kind.DOCUMENT}),
    Tier.PROCEDURAL: frozenset({Kind.PROCEDURE}),
    Tier.FACT: frozenset({Kind.FACT}),
    Tier.STORYLINE: frozenset(),
}
SHARED_TIERS: Final = frozenset({Tier.SEMANTIC, Tier.PROCEDURAL})
"""The tiers that the workspace's shared part has memories in."""
FILTER_DEPTH: Final = 1_000
"""How many ranks a typed filter is first looked for in."""
SPARE: Final = 4
"""Found beyond the limit, for what turns out to be gone or overridden."""
DEEPER: Final = 8
"""How much deeper it is looked when too few of what was found count."""
BRIEF: Final = 50
"""So few memories are read where the search runs, if none of them is a document, which may be
large."""
CHUNK: Final = 1_000
"""At most so many memories are read at once."""


class RecallService:
    def __init__(
        self,
        database: Database,
        finder: Finder,
        rules: SharingRules,
        sessions: SessionRecords,
        clock: Clock,
        *,
        vector_dimension: int | None = None,
    ) -> None:
        """
        Args:
            vector_dimension: of the vectors that callers send; None: the server embeds itself.
        """
        self._vector_dimension = vector_dimension
        self._database = database
        self._finder = finder
        self._rules = rules
        self._sessions = sessions
        self._clock = clock

    async def recall(
        self, workspace_id: str, user_id: str, persona_id: str, session_id: str, query: RecallQuery
    ) -> Recalled:
        """What fits the query, best first.

        Raises:
            NotFound: there is no such user, or no such session of the pair.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
            InvalidArgument: there is nothing to look for, or a vector that does not go with the
                embedder.
        """
        self._check(query)
        reader = await self._rules.reader(workspace_id, user_id, persona_id)
        if session_id:
            await self._database.read(
                partial(self._require_session, (workspace_id, user_id, persona_id, session_id)),
                brief=True,
            )
        return await self._recall(reader, query, MAX_PAGE_BYTES)

    async def compare(
        self, workspace_id: str, user_id: str, persona_ids: Sequence[str], query: RecallQuery
    ) -> list[Recalled]:
        """The answer of each persona, with what it may read, in their order.

        Raises:
            NotFound: there is no such user.
            InvalidArgument: there is nothing to look for.
        """
        self._check(query)
        answers = []
        share = MAX_PAGE_BYTES // len(persona_ids)
        for persona_id in persona_ids:
            reader = await self._rules.reader(workspace_id, user_id, persona_id)
            answers.append(await self._recall(reader, query, share))
        return answers

    async def mark_used(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        references: Sequence[tuple[Tier, str]],
        request: Request | None,
    ) -> int:
        """Notes that memories were used, which reinforces them; gives the user's revision.

        Raises:
            NotFound: there is no such user, no such session of the pair, or the persona may read
                no such memory; nothing is stored then.
        """
        reader = await self._rules.reader(workspace_id, user_id, persona_id)
        now = self._clock.now()

        async def work(tx: Transaction) -> int:
            async def note() -> int:
                taken = await revision.bump(tx, workspace_id, user_id)
                if session_id:
                    await self._require_session((workspace_id, user_id, persona_id, session_id), tx)
                own, shared = await self._existing(tx, reader, references)
                await usage_store.mark_used(tx, workspace_id, user_id, own, taken, now)
                if shared:
                    # The workspace's memories are the workspace's to be kept fresh.
                    of_shared = await revision.bump(tx, workspace_id, SHARED_OWNER)
                    await usage_store.mark_used(
                        tx, workspace_id, SHARED_OWNER, shared, of_shared, now
                    )
                return taken

            return await once(tx, request, int, note)

        return await self._database.transaction(work)

    async def _require_session(self, key: tuple[str, str, str, str], snapshot: Snapshot) -> None:
        if await self._sessions.get(snapshot, *key) is None:
            raise NotFound.of("session", key[-1])

    async def _existing(
        self, snapshot: Snapshot, reader: Reader, references: Sequence[tuple[Tier, str]]
    ) -> tuple[list[Key], list[Key]]:
        """The keys of memories that the reader may read, each once: the user's, and those of the
        workspace's shared part.

        Raises:
            NotFound: naming the first that is not there.
        """
        wanted = [
            (kind, memory_id)
            for tier, memory_id in references
            for kind in sorted(KINDS_OF_TIER[tier])
        ]
        own = await read_memories(snapshot, reader, wanted)
        shared = await read_memories(snapshot, reader.shared_part(), wanted)
        for index, (tier, memory_id) in enumerate(references):
            keys = {(kind, memory_id) for kind in KINDS_OF_TIER[tier]}
            if keys.isdisjoint(own) and keys.isdisjoint(shared):
                raise NotFound.of(f"memory (memories[{index}])", memory_id)
        return list(own), list(shared)

    async def _recall(self, reader: Reader, query: RecallQuery, largest: int) -> Recalled:
        depth = query.limit + SPARE if query.filter is None else FILTER_DEPTH
        while True:
            answers = await self._find(reader, query, depth)
            found = await self._hits(reader, query, _merged(answers))
            if len(found) >= query.limit or all(len(each.found) < depth for _, each in answers):
                break
            # Nearer procedures override what was found, or the filter wants something else.
            depth *= DEEPER
        return Recalled(
            tuple(fitting(found, weight, largest)),
            any(answer.degraded for _, answer in answers),
            answers[0][1].revision,
        )

    async def _find(
        self, reader: Reader, query: RecallQuery, depth: int
    ) -> list[tuple[str, Findings]]:
        """The user's findings, and those of the workspace's shared part if it has any to offer."""
        # One after the other: both are quick, and mostly need not even wait.
        answers = [(reader.user_id, await self._finder.find(reader, self._question(query, depth)))]
        if query.tiers & SHARED_TIERS:
            # Its revision is another counter than the user's.
            question = self._question(query, depth, shared=True)
            shared = await self._finder.find(reader.shared_part(), question)
            answers.append((SHARED_OWNER, shared))
        return answers

    def _check(self, query: RecallQuery) -> None:
        if not query.text.strip() and query.vector is None:
            raise InvalidArgument.of("query", "is required", reason="FIELD_REQUIRED")
        dimension = self._vector_dimension
        if query.vector is not None and len(query.vector) != dimension:
            raise InvalidArgument.of(
                "vector",
                "is only for servers with the client embedder"
                if dimension is None
                else f"must have {dimension} numbers",
            )

    def _question(self, query: RecallQuery, depth: int, *, shared: bool = False) -> Question:
        min_trust = query.min_trust
        if not query.include_quarantined:
            min_trust = max(min_trust, QUARANTINE_BELOW)
        active, ended = Tier.WORKING in query.tiers, Tier.EPISODIC in query.tiers
        return Question(
            text=query.text,
            vector=query.vector,
            depth=depth,
            condition=Condition(
                kinds=frozenset(kind for tier in query.tiers for kind in KINDS_OF_TIER[tier]),
                active_entries=active,
                ended_entries=ended,
                event_after=query.event_after,
                event_before=query.event_before,
                known_at=query.known_at,
                as_of=query.as_of,
                min_trust=min_trust,
            ),
            min_score=query.min_score,
            min_revision=0 if shared else query.min_revision,
            # The index knows neither typed filters nor which sessions are active, and not when
            # something was stored or true.
            whole=query.filter is not None
            or active != ended
            or query.known_at is not None
            or query.as_of is not None,
            ageless=query.ageless,
            persona_lens=query.persona_lens,
            explain=query.explain,
            complete=query.complete,
        )

    async def _hits(
        self, reader: Reader, query: RecallQuery, ranked: Sequence[tuple[str, Finding]]
    ) -> list[Hit]:
        """Reads what was found until there is enough of what is still there and fits."""
        as_of = self._clock.now() if query.as_of is None else query.as_of
        moment = Moment(as_of, query.known_at)
        hits: list[Hit] = []
        start, size = 0, query.limit
        while start < len(ranked) and len(hits) < query.limit:
            chunk = ranked[start : start + size]
            start += len(chunk)
            # What counts is rare: longer chunks need fewer reads.
            size = min(2 * size, CHUNK)
            read = partial(_read, reader, chunk, moment)
            brief = len(chunk) <= BRIEF and not any(
                finding.key[0] is Kind.DOCUMENT for _, finding in chunk
            )
            for finding, memory in await self._database.read(read, brief=brief):
                if query.filter is None or matches(query.filter, memory.lookup()):
                    hits.append(Hit(memory, finding.score, finding.parts))
        return hits[: query.limit]


def _merged(answers: Iterable[tuple[str, Findings]]) -> list[tuple[str, Finding]]:
    """Several owners' findings on their common scale, best first."""
    every = [(user_id, found) for user_id, answer in answers for found in answer.found]
    every.sort(key=lambda each: -each[1].score)
    return every


async def _read(
    reader: Reader, chunk: Sequence[tuple[str, Finding]], moment: Moment, snapshot: Snapshot
) -> list[tuple[Finding, Memory]]:
    """What was found with its memory, in order; what is gone or overridden is left out."""
    found: dict[tuple[str, Key], Memory] = {}
    for owner in {user_id for user_id, _ in chunk}:
        by_owner = reader if owner == reader.user_id else reader.shared_part()
        keys = [finding.key for user_id, finding in chunk if user_id == owner]
        for key, memory in (await read_memories(snapshot, by_owner, keys, moment)).items():
            found[owner, key] = memory
    hidden = await overridden(snapshot, reader, found.values())
    return [
        (finding, found[user_id, finding.key])
        for user_id, finding in chunk
        if (user_id, finding.key) in found and (user_id, finding.key[1]) not in hidden
    ]
