"""Prompts: reads what is known of a persona and a user, and has it composed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import FailedPrecondition, NotFound
from reverie_server.identity.prompt import store, templates
from reverie_server.identity.prompt.avoidance import Avoidance
from reverie_server.identity.prompt.composition import WORKING_TIER, compose
from reverie_server.identity.prompt.lines import LONGEST_NAME, core_text, name_of
from reverie_server.identity.prompt.meanings import Meanings
from reverie_server.identity.prompt.model import (
    Bond,
    BudgetTooSmall,
    Composed,
    Dropped,
    Habit,
    Identity,
    Material,
    Person,
    Reason,
    Remembered,
    Said,
    Section,
    Wish,
)
from reverie_server.identity.prompt.ports import (
    Conversations,
    Facts,
    Identities,
    Known,
    Recollection,
    SharingRules,
    Storylines,
    TopicRecall,
)
from reverie_server.identity.prompt.quoting import quoted
from reverie_server.identity.prompt.tokens import TokenCounter
from reverie_server.scope import SHARED_OWNER, Reader
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot

DEFAULT_BUDGET: Final = 4_300
"""Tokens, where the caller names none."""
DEFAULT_MESSAGES: Final = 20
"""Entries that ComposeMessages gives, where the caller names no number."""
INLINE_CHARACTERS: Final = 65_536
"""Longer material is composed on a thread, so that the event loop stays free."""
BRIEF_CHARACTERS: Final = 32_768
"""A pair of whom no more was read last time is read where the prompt is composed."""
BRIEF_ENTRIES: Final = 20
"""If no more entries are asked for: they may be long."""
ROW_CHARACTERS: Final = 100
"""What a memory costs to read beside its text."""
_KNOWN_SIZES: Final = 10_000
"""Pairs whose last size is kept."""
_TOPIC_LISTS: Final = 256
"""Users' topics to avoid that are kept understood."""


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """For whom to compose, and how."""

    workspace_id: str
    user_id: str
    """``SHARED_OWNER``: the persona's own prompt."""
    persona_id: str
    session_id: str
    wish: Wish
    """A budget of 0 is ``DEFAULT_BUDGET``."""
    recent_entries: int = 0
    as_of: int | None = None
    """Microseconds UTC."""
    min_revision: int = 0
    identity: Identity | None = None
    """In place of the stored persona."""
    bond: Bond | None = None
    """In place of the stored relationship."""


@dataclass(frozen=True, slots=True)
class Prompt:
    composed: Composed
    tokenizer: str
    degraded: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Message:
    """An entry as a chat message."""

    said: Said
    token_count: int


@dataclass(frozen=True, slots=True)
class Messages:
    prompt: Prompt
    messages: tuple[Message, ...]
    """The oldest first."""
    token_count: int
    """Of the prompt and all messages."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What one snapshot has."""

    material: Material
    revision: int


class PromptService:
    """Composes prompts. What belongs to another workspace is NotFound. Changes nothing.

    All of it raises NotFound (the persona, the user, the session of the pair), FailedPrecondition
    (BUDGET_TOO_SMALL, REVISION_UNKNOWN, SESSION_EXPIRED) and Unavailable.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        rules: SharingRules,
        identities: Identities,
        conversations: Conversations,
        facts: Facts,
        storylines: Storylines,
        recall: TopicRecall,
        counter: TokenCounter,
        meanings: Callable[[], Meanings],
    ) -> None:
        """
        Args:
            meanings: makes what is asked about words; one for the event loop, one for each prompt
                that is composed on a thread.
        """
        self._db = db
        self._clock = clock
        self._rules = rules
        self._identities = identities
        self._conversations = conversations
        self._facts = facts
        self._storylines = storylines
        self._recall = recall
        self._counter = counter
        self._make_meanings = meanings
        self._meanings = meanings()
        self._topics: OrderedDict[tuple[str, ...], Avoidance] = OrderedDict()
        self._sizes: dict[Reader, int] = {}

    async def prompt(self, query: PromptQuery) -> Prompt:
        """The prompt, with the session's last entries in it if any are asked for."""
        wish = query.wish
        query = replace(query, wish=replace(wish, token_budget=wish.token_budget or DEFAULT_BUDGET))
        read, degraded = await self._gather(query)
        return await self._prompt(read, query.wish, degraded=degraded)

    async def messages(self, query: PromptQuery) -> Messages:
        """The prompt, and the session's last entries beside it, within one budget."""
        budget = query.wish.token_budget or DEFAULT_BUDGET
        last_n = query.recent_entries or DEFAULT_MESSAGES
        read, degraded = await self._gather(replace(query, recent_entries=last_n))
        material = replace(read.material, recent_entries=())
        free = budget - self._counter.count(core_text(material.identity, material.texts))
        entries, room = read.material.recent_entries, free // 2
        if sum(len(said.text) for said in entries) > INLINE_CHARACTERS:
            chosen, left_out, used = await asyncio.to_thread(self._newest, entries, room)
        else:
            chosen, left_out, used = self._newest(entries, room)
        prompt = await self._prompt(
            replace(read, material=material),
            replace(query.wish, token_budget=budget - used),
            degraded=degraded,
        )
        composed = prompt.composed
        dropped = tuple(
            Dropped(said.memory_id, WORKING_TIER, Section.CONVERSATION, Reason.OVER_BUDGET)
            for said in left_out
        )
        prompt = replace(prompt, composed=replace(composed, dropped=composed.dropped + dropped))
        return Messages(prompt, chosen, composed.token_count + used)

    def _newest(
        self, entries: tuple[Said, ...], room: int
    ) -> tuple[tuple[Message, ...], list[Said], int]:
        """The newest entries that fit, the oldest of them first; those before; and the tokens."""
        chosen: list[Message] = []
        used = 0
        for said in reversed(entries):
            count = self._counter.count(said.text)
            if used + count > room:
                break
            chosen.append(Message(said, count))
            used += count
        return tuple(reversed(chosen)), list(entries[: len(entries) - len(chosen)]), used

    async def _gather(self, query: PromptQuery) -> tuple[_Read, bool]:
        """All that the prompt can be made of, and whether recalling it was degraded."""
        reader = await self._rules.reader(query.workspace_id, query.user_id, query.persona_id)
        size = self._sizes.get(reader, BRIEF_CHARACTERS + 1)
        read = await self._db.read(
            lambda snapshot: self._read(snapshot, reader, query),
            brief=size <= BRIEF_CHARACTERS and query.recent_entries <= BRIEF_ENTRIES,
        )
        if len(self._sizes) >= _KNOWN_SIZES:
            self._sizes.clear()
        self._sizes[reader] = _characters(read.material)
        recalled = await self._recalled(reader, read.material.bond, query)
        material = read.material
        memories = (*material.memories, *recalled.memories)
        return replace(read, material=replace(material, memories=memories)), recalled.degraded

    async def _prompt(self, read: _Read, wish: Wish, *, degraded: bool) -> Prompt:
        material = read.material
        long = sum(
            len(text)
            for text in (
                material.identity.core_prompt,
                wish.scenario,
                material.bond.custom_prompt if material.bond else "",
                *(habit.text for habit in material.habits),
                *material.identity.rules,
                *(memory.text[:2_000] for memory in material.memories),
                *(said.text[:2_000] for said in material.recent_entries),
            )
        )
        try:
            if long > INLINE_CHARACTERS:
                composed = await asyncio.to_thread(self._compose, material, wish, apart=True)
            else:
                composed = self._compose(material, wish)
        except BudgetTooSmall as error:
            raise FailedPrecondition(
                f"token_budget must be at least {error.needed}: the core identity is never cut",
                reason="BUDGET_TOO_SMALL",
                metadata={"needed_tokens": str(error.needed)},
            ) from None
        return Prompt(composed, self._counter.name, degraded, read.revision)

    def _compose(self, material: Material, wish: Wish, *, apart: bool = False) -> Composed:
        topics = material.person.filtering_topics if material.person else ()
        if apart:
            meanings = self._make_meanings()
            avoidance = Avoidance(topics, meanings)
        else:
            meanings, avoidance = self._meanings, self._avoidance(topics)
        return compose(material, wish, self._counter, avoidance.forbids, meanings.relevance)

    def _avoidance(self, topics: tuple[str, ...]) -> Avoidance:
        known = self._topics.get(topics)
        if known is None:
            known = self._topics[topics] = Avoidance(topics, self._meanings)
            if len(self._topics) > _TOPIC_LISTS:
                self._topics.popitem(last=False)
        self._topics.move_to_end(topics)
        return known

    async def _read(self, snapshot: Snapshot, reader: Reader, query: PromptQuery) -> _Read:
        workspace_id, user_id, persona_id = query.workspace_id, query.user_id, query.persona_id
        identity = query.identity or await self._identities.identity(
            snapshot, workspace_id, persona_id
        )
        if identity is None:
            raise NotFound.of("persona", persona_id)
        bond, person = query.bond, None
        if user_id != SHARED_OWNER:
            person = await self._identities.person(snapshot, workspace_id, user_id)
            if person is None:
                raise NotFound.of("user", user_id)
            bond = bond or await self._identities.bond(snapshot, workspace_id, user_id, persona_id)
            bond = bond or Bond()
        reached = await self._revision(snapshot, query)
        texts = await store.current(snapshot, workspace_id, persona_id)
        said = await self._said(snapshot, query)
        memories: list[Remembered] = []
        if bond is not None and person is not None:
            known = await self._facts.known(
                snapshot,
                reader,
                personal=bond.personal_facts,
                as_of=self._clock.now() if query.as_of is None else query.as_of,
            )
            person = _with_learnt(person, known)
            memories += known.memories
            if bond.conversations and bond.recall_depth:
                memories += await self._conversations.calls(
                    snapshot, reader, depth=bond.recall_depth, before=query.as_of
                )
            memories += await self._storylines.open_storylines(snapshot, reader, as_of=query.as_of)
        return _Read(
            Material(
                identity=identity,
                bond=bond if person is not None else None,
                person=person,
                memories=tuple(memories),
                habits=await self._habits(snapshot, query, identity, person),
                recent_entries=said,
                texts={key: text.template for key, text in texts.items()},
            ),
            reached,
        )

    async def _revision(self, snapshot: Snapshot, query: PromptQuery) -> int:
        try:
            reached = await revision.current(snapshot, query.workspace_id, query.user_id)
        except NotFound:
            if query.user_id != SHARED_OWNER or query.identity is None:
                raise
            # A preview in a workspace that has nothing yet.
            return 0
        if query.min_revision > reached.revision:
            raise FailedPrecondition(
                f"min_revision is ahead of all that was committed ({reached.revision})",
                reason="REVISION_UNKNOWN",
            )
        return reached.revision

    async def _said(self, snapshot: Snapshot, query: PromptQuery) -> tuple[Said, ...]:
        if not query.session_id or query.user_id == SHARED_OWNER:
            if query.session_id:
                raise NotFound.of("session", query.session_id)
            return ()
        return tuple(
            await self._conversations.last_entries(
                snapshot,
                query.workspace_id,
                query.user_id,
                query.persona_id,
                query.session_id,
                last_n=query.recent_entries,
                now=self._clock.now(),
            )
        )

    async def _habits(
        self, snapshot: Snapshot, query: PromptQuery, identity: Identity, person: Person | None
    ) -> tuple[Habit, ...]:
        found = await self._identities.habits(
            snapshot,
            query.workspace_id,
            query.user_id,
            query.persona_id,
            templates.STYLE_PROCEDURES,
        )
        values = {"persona": identity.persona}
        if person is not None:
            name, called = name_of(person), quoted(person.address_as)[:LONGEST_NAME]
            values |= {"name": called or name, "address_as": called or name, "user": name}
        return tuple(Habit(key, templates.fill(text, values)) for key, text in found)

    async def _recalled(
        self, reader: Reader, bond: Bond | None, query: PromptQuery
    ) -> Recollection:
        topic = query.wish.topic
        if bond is None or not topic.strip() or not (bond.conversations or bond.personal_facts):
            return Recollection((), degraded=False)
        return await self._recall.relevant(
            reader,
            topic,
            conversations=bond.conversations,
            knowledge=bond.personal_facts,
            outside_session=query.session_id,
            before=query.as_of,
            min_revision=query.min_revision,
        )


def _characters(material: Material) -> int:
    """Roughly how much there was to read."""
    texts = [memory.text for memory in material.memories]
    texts += [said.text for said in material.recent_entries]
    return sum(len(text) + ROW_CHARACTERS for text in texts)


def _with_learnt(person: Person, known: Known) -> Person:
    """What the user set comes before what was learnt."""
    topics = dict.fromkeys((*person.topics_to_avoid, *known.topics_to_avoid))
    return replace(
        person,
        topics_to_avoid=tuple(topics),
        derived_topics=known.derived_topics,
        greeting_style=person.greeting_style or known.greeting_style,
        advice_style=person.advice_style or known.advice_style,
        favorite_topics=person.favorite_topics or known.favorite_topics,
    )
