"""Forgetting one memory everywhere, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.governance.forgetting.model import Account, Forgotten, Moment
from reverie_server.governance.forgetting.ports import (
    Episodes,
    Facts,
    Items,
    JobSignal,
    Relationships,
    Sessions,
    SharingRules,
    Storylines,
)
from reverie_server.language.sentences import split_sentences
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import idempotency, outbox, revision, tombstones
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.storage.outbox import Operation
from reverie_server.tiers.forgotten import ForgottenFacts
from reverie_server.tiers.marks import (
    conversation_mark,
    memory_mark,
    session_mark,
    text_marks,
)
from reverie_server.tiers.quotes import NOTHING, Quotes, quotes_of
from reverie_server.tiers.recall.model import Tier
from reverie_server.tiers.working.model import Entry

_TELLING_WORDS: Final = 3
"""Words that a sentence must have to be barred by itself, where the whole that it stood in was
forgotten for other reasons: "How are you?" comes up in every conversation."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where memories are."""

    facts: Facts
    sessions: Sessions
    episodes: Episodes
    documents: Items
    procedures: Items
    storylines: Storylines


class ForgettingService:
    """Forgets what a persona knows of a user. What it may not read does not exist for it."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sharing: SharingRules,
        relationships: Relationships,
        rooms: Rooms,
        jobs: JobSignal,
    ) -> None:
        self._db = db
        self._clock = clock
        self._sharing = sharing
        self._relationships = relationships
        self._rooms = rooms
        self._jobs = jobs

    async def forget(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        tier: Tier,
        memory_id: str,
        *,
        keep_text: bool,
        request: Request | None,
    ) -> Forgotten:
        """Forgets a memory: itself with its past, what rests on it alone, what quotes it, and every
        way in which it could come back.

        Args:
            keep_text: entries keep the sentences that the memory came from.

        Raises:
            NotFound: the pair has no relationship, or the persona may read no such memory.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        pair = (workspace_id, user_id, persona_id)

        async def work(tx: Transaction) -> Forgotten:
            return await once(tx, request, Forgotten, lambda: forget(tx))

        async def forget(tx: Transaction) -> Forgotten:
            if await self._relationships.memory_config(tx, *pair) is None:
                raise NotFound.of("relationship", f"{user_id}/{persona_id}")
            taken = await revision.bump(tx, workspace_id, user_id)
            at = Moment(reader, keep_text, taken, self._clock.now())
            account = Account()
            await self._forget(tx, at, account, tier, memory_id)
            await self._close(tx, at, account)
            return account.answer(taken)

        forgotten = await self._db.transaction(work)
        self._jobs.wake()
        return forgotten

    async def redact(
        self, reader: Reader, sentences: Sequence[str], session_ids: Iterable[str]
    ) -> None:
        """Takes sentences, and what repeats them, out of everything that the reader may read.

        Args:
            session_ids: where they stand.
        """
        quotes = quotes_of(sentences)

        async def work(tx: Transaction) -> None:
            taken = await revision.bump(tx, reader.workspace_id, reader.user_id)
            at = Moment(reader, False, taken, self._clock.now())
            account = Account(marks=text_marks(sentences))
            near = await self._rooms.sessions.kin(tx, reader, [*session_ids])
            await self._wipe(tx, at, account, quotes, near=near, far=quotes)
            await self._close(tx, at, account)

        await self._db.transaction(work)
        self._jobs.wake()

    async def _forget(
        self, tx: Transaction, at: Moment, account: Account, tier: Tier, memory_id: str
    ) -> None:
        match tier:
            case Tier.FACT:
                await self._forget_fact(tx, at, account, memory_id)
            case Tier.WORKING | Tier.EPISODIC:
                if await self._rooms.episodes.get(tx, at.reader, memory_id):
                    await self._forget_episode(tx, at, account, memory_id)
                else:
                    await self._forget_entry(tx, at, account, memory_id)
            case Tier.SEMANTIC:
                await self._forget_item(tx, at, account, tier, memory_id, self._rooms.documents)
            case Tier.PROCEDURAL:
                await self._forget_item(tx, at, account, tier, memory_id, self._rooms.procedures)
            case Tier.STORYLINE:
                await self._forget_item(tx, at, account, tier, memory_id, self._rooms.storylines)

    async def _forget_fact(
        self, tx: Transaction, at: Moment, account: Account, fact_id: str
    ) -> None:
        facts, sessions = self._rooms.facts, self._rooms.sessions
        found = await facts.saying_the_same(tx, at.reader, fact_id)
        if found is None:
            raise NotFound.of("memory", fact_id)
        cited = await sessions.family(tx, at.reader, found.entry_ids)
        told_in = found.session_ids | {each.session_id for each in cited}
        near = await sessions.kin(tx, at.reader, told_in)
        derived = await facts.derived_from(tx, at.reader, found, near)
        account.remove_facts(found.joined(derived))
        account.changes += await facts.remove(tx, at.reader, [*found.fact_ids, *derived.fact_ids])
        await self._wipe(
            tx, at, account, found.quotes,
            cited=[each.entry_id for each in cited], near=near, far=found.quotes,
        )  # fmt: skip

    async def _forget_entry(
        self, tx: Transaction, at: Moment, account: Account, entry_id: str
    ) -> None:
        family = await self._rooms.sessions.family(tx, at.reader, [entry_id])
        if all(each.entry_id != entry_id for each in family):
            raise NotFound.of("memory", entry_id)
        gone = await self._forget_evidence(tx, at, account, [each.entry_id for each in family])
        account.changes += await self._rooms.sessions.remove(tx, at.reader, family, at.revision)
        self._note_entries(account, family)
        contents = dict.fromkeys(each.content for each in family)
        sentences = [piece for content in contents for piece in split_sentences(content)]
        account.marks += text_marks(contents)
        account.marks += text_marks(sentences, least_words=_TELLING_WORDS)
        await self._wipe(
            tx, at, account, quotes_of(sentences).joined(gone.quotes),
            near=frozenset(each.session_id for each in family), lost=family, far=gone.quotes,
        )  # fmt: skip

    async def _forget_episode(
        self, tx: Transaction, at: Moment, account: Account, episode_id: str
    ) -> None:
        episode = await self._rooms.episodes.get(tx, at.reader, episode_id)
        if episode is None:
            raise NotFound.of("memory", episode_id)
        sessions = self._rooms.sessions
        entries = await sessions.in_session(tx, at.reader, episode.session_id)
        originals = [each.entry_id for each in entries if not each.copied_from_entry_id]
        copies = await sessions.copies(tx, at.reader, originals)
        every = [*entries, *copies]
        gone = await self._forget_evidence(tx, at, account, [each.entry_id for each in every])
        account.changes += await sessions.remove(tx, at.reader, copies, at.revision)
        account.changes += await self._rooms.episodes.remove(
            tx, at.reader, episode_id, at.revision, at.now
        )
        self._note_entries(account, every)
        account.remove(Tier.EPISODIC, [episode_id])
        account.shared = account.shared or episode.visibility is Visibility.SHARED
        contents = [each.content for each in entries]
        account.marks += [
            session_mark(episode.session_id),
            conversation_mark(episode.start_time, episode.summary, contents),
            *text_marks([*contents, episode.summary], least_words=_TELLING_WORDS),
        ]
        await self._wipe(
            tx, at, account, gone.quotes,
            near=frozenset({episode.session_id, *(each.session_id for each in copies)}),
            gone={episode.session_id}, lost=copies, far=gone.quotes,
        )  # fmt: skip

    async def _forget_item(
        self,
        tx: Transaction,
        at: Moment,
        account: Account,
        tier: Tier,
        memory_id: str,
        room: Items,
    ) -> None:
        item = await room.remove(tx, at.reader, memory_id, at.revision, at.now)
        if item is None:
            raise NotFound.of("memory", memory_id)
        account.remove(tier, [memory_id])
        account.marks += item.marks
        account.changes += item.changes
        account.shared = item.shared
        await self._wipe(tx, at, account, item.quotes, near=item.session_ids)

    async def _forget_evidence(
        self, tx: Transaction, at: Moment, account: Account, entry_ids: Sequence[str]
    ) -> ForgottenFacts:
        """Before entries go; gives the facts that go with them."""
        facts = self._rooms.facts
        known = await facts.naming(tx, at.reader, entry_ids)
        changes = await facts.forget_entries(tx, at.reader, entry_ids, at.revision)
        deleted = {each.memory_id for each in changes if each.operation is Operation.DELETE}
        gone = ForgottenFacts()
        for each in known:
            if deleted.issuperset(each.fact_ids):
                gone = gone.joined(each)
        account.remove_facts(gone)
        account.changes += changes
        return gone

    def _note_entries(self, account: Account, entries: Sequence[Entry]) -> None:
        account.remove(Tier.EPISODIC, [each.entry_id for each in entries])
        account.shared = account.shared or any(
            each.visibility is Visibility.SHARED for each in entries
        )

    async def _wipe(
        self,
        tx: Transaction,
        at: Moment,
        account: Account,
        quotes: Quotes,
        *,
        cited: Collection[str] = (),
        near: Collection[str],
        gone: Collection[str] = (),
        lost: Sequence[Entry] = (),
        far: Quotes = NOTHING,
    ) -> None:
        """What quotes the memory goes.

        Args:
            cited: the entries that it comes from.
            near: the sessions that it comes from.
            gone: sessions that are deleted.
            lost: entries that are deleted.
            far: what goes out of all other sessions where they repeat it.
        """
        rooms, reader = self._rooms, at.reader
        entries = await rooms.sessions.redact(
            tx, reader, quotes, cited=cited, session_ids=near, far=far, keep_text=at.keep_text,
            revision=at.revision,
        )  # fmt: skip
        lost_in = [each.session_id for each in lost]
        episodes = await rooms.episodes.redo(
            tx, reader, quotes, near=near, redacted=entries.session_ids.union(lost_in),
            lost_entries=lost_in, far=far, revision=at.revision, now=at.now,
        )  # fmt: skip
        await rooms.sessions.clean(
            tx, reader, quotes, session_ids=near, far=far, revision=at.revision,
            blank={*gone, *(each.session_id for each in episodes.redone)},
        )  # fmt: skip
        storylines = await rooms.storylines.clean(
            tx, reader, quotes, session_ids=near, far=far, revision=at.revision, now=at.now
        )
        account.redact(Tier.EPISODIC, () if at.keep_text else entries.entry_ids)
        account.redact(Tier.EPISODIC, episodes.episode_ids)
        account.remove(Tier.STORYLINE, storylines.removed_ids)
        account.redact(Tier.STORYLINE, storylines.redacted_ids)
        account.sentences += 0 if at.keep_text else len(entries.sentences)
        account.redone += episodes.redone
        account.changes += (*entries.changes, *episodes.changes)
        account.marks += storylines.marks
        account.marks += text_marks((*entries.sentences, *episodes.sentences))
        owner = (reader.workspace_id, reader.user_id)
        for memory_id in (*episodes.episode_ids, *episodes.session_ids):
            await idempotency.forget_answers(tx, *owner, memory_id)
        if quotes is not NOTHING:
            await idempotency.forget_quoting(
                tx, *owner, reader.persona_id, quotes.echoes, quotes.names
            )

    async def _close(self, tx: Transaction, at: Moment, account: Account) -> None:
        """Stored answers about what went are forgotten, tombstones set, and the index is told."""
        reader = at.reader
        owner = (reader.workspace_id, reader.user_id)
        removed = [each for ids in account.removed.values() for each in ids]
        for memory_id in removed:
            await idempotency.forget_answers(tx, *owner, memory_id)
        marks = [*account.marks, *(memory_mark(each) for each in removed)]
        await tombstones.put(tx, *owner, account.personas(reader), marks, at.now)
        await revision.mark_removal(tx, *owner, at.revision)
        await outbox.record(tx, *owner, at.revision, account.changes, at.now)


def tier_of(number: int) -> Tier:
    """
    Raises:
        InvalidArgument: no tier of this number is known here.
    """
    try:
        return Tier(number)
    except ValueError:
        raise InvalidArgument.of("tier", "is not known") from None
