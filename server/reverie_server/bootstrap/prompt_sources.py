"""What prompts are made of, read from the rooms that have it, in the composer's own snapshot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reverie_server.identity.personas import store as persona_store
from reverie_server.identity.prompt.model import (
    Bond,
    Identity,
    Origin,
    Person,
    Remembered,
    Said,
)
from reverie_server.identity.prompt.ports import Recollection
from reverie_server.identity.relationships import store as relationship_store
from reverie_server.identity.relationships.storylines import store as storyline_store
from reverie_server.identity.relationships.storylines.model import OPEN, Storyline
from reverie_server.identity.users import store as user_store
from reverie_server.index.memory_index import Kind
from reverie_server.scope import SHARED_OWNER, Reader
from reverie_server.storage.database import Snapshot
from reverie_server.tiers.episodic.brief_store import last_calls
from reverie_server.tiers.procedural import store as procedure_store
from reverie_server.tiers.recall.model import Memory, RecallQuery, Tier
from reverie_server.tiers.recall.service import RecallService
from reverie_server.tiers.working import access, entry_store
from reverie_server.tiers.working.model import EntryCondition, SessionKey, StorylineStatus

ANY_TIME: Final = 2**62
STORYLINES: Final = 50
"""Open storylines that are looked at, the latest mention first."""
LOOKED_BACK: Final = 500
"""Of all storylines, the latest mention first, for those that were open at an earlier time."""
RECALLED: Final = 20
"""Memories that a topic may bring in."""
LEAST_FIT: Final = 0.2
"""A recalled memory that fits less is left alone."""
_SEPARATORS: Final = re.compile(r"[;,\n]")


class PromptIdentities:
    """Personas, users, relationships and procedures, for prompts."""

    async def identity(
        self, snapshot: Snapshot, workspace_id: str, persona_id: str
    ) -> Identity | None:
        persona = await persona_store.get(snapshot, workspace_id, persona_id)
        if persona is None:
            return None
        character = persona.character
        return Identity(
            persona=character.display_name,
            core_prompt=character.core_prompt,
            description=character.description,
            traits=character.personality_traits,
            rules=character.behavioral_rules,
        )

    async def person(self, snapshot: Snapshot, workspace_id: str, user_id: str) -> Person | None:
        user = await user_store.get(snapshot, workspace_id, user_id)
        if user is None:
            return None
        preferences = user.profile.preferences
        topics = _SEPARATORS.split(preferences.get("topics_to_avoid", ""))
        return Person(
            name=user.profile.display_name,
            address_as=user.profile.address_as,
            greeting_style=preferences.get("greeting_style", ""),
            advice_style=preferences.get("advice_style", ""),
            favorite_topics=preferences.get("favorite_topics", ""),
            topics_to_avoid=tuple(topic.strip() for topic in topics if topic.strip()),
        )

    async def bond(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
    ) -> Bond | None:
        found = await relationship_store.get(snapshot, workspace_id, user_id, persona_id)
        if found is None:
            return None
        config = found.terms.memory_config
        return Bond(
            relationship_type=found.terms.relationship_type,
            custom_prompt=found.terms.custom_prompt,
            details=config.remember_relationship_details,
            conversations=config.remember_past_conversations,
            personal_facts=config.remember_personal_facts,
            recall_depth=config.auto_recall_depth,
        )

    async def habits(
        self,
        snapshot: Snapshot,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        keys: Sequence[str],
    ) -> Sequence[tuple[str, str]]:
        reader = Reader(workspace_id, user_id, persona_id)
        readers = (reader,) if user_id == SHARED_OWNER else (reader, reader.shared_part())
        found = await procedure_store.nearest_of_keys(snapshot, readers, keys)
        return [(key, found[key].draft.template) for key in keys if key in found]


class PromptConversations:
    """Calls and entries, for prompts."""

    async def calls(
        self, snapshot: Snapshot, reader: Reader, *, depth: int, before: int | None
    ) -> Sequence[Remembered]:
        found = await last_calls(snapshot, reader, ANY_TIME if before is None else before, depth)
        return [
            Remembered(
                each.episode_id, Tier.EPISODIC, Origin.CALL, each.summary, time=each.start_time
            )
            for each in found
        ]

    async def last_entries(
        self,
        snapshot: Snapshot,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        *,
        last_n: int,
        now: int,
    ) -> Sequence[Said]:
        key = SessionKey(workspace_id, user_id, persona_id, session_id)
        await access.readable(snapshot, key, now)
        if not last_n:
            return ()
        condition = EntryCondition()
        first = await entry_store.nth_newest(snapshot, key.sql, condition, last_n - 1)
        entries = await entry_store.list_after(
            snapshot,
            key.sql,
            condition,
            after=-1 if first is None else first - 1,
            limit=last_n,
        )
        return [
            Said(each.entry_id, each.role.name.lower(), each.speaker, each.content)
            for each in entries
        ]


class PromptStorylines:
    """Open storylines of the pair, for prompts."""

    async def open_storylines(
        self, snapshot: Snapshot, reader: Reader, *, as_of: int | None
    ) -> Sequence[Remembered]:
        pair = (reader.workspace_id, reader.user_id, reader.persona_id)
        if as_of is None:
            found = await storyline_store.list_before(snapshot, pair, OPEN, None, STORYLINES)
            return [_storyline(each) for each in found]
        every = frozenset(StorylineStatus)
        found = await storyline_store.list_before(snapshot, pair, every, None, LOOKED_BACK)
        return [
            # What has been said of it since was not known then; what had been is kept nowhere.
            _storyline(each if each.last_mentioned_time < as_of else _by_topic(each))
            for each in found
            if each.first_mentioned_time < as_of
            and (each.resolve_time is None or each.resolve_time >= as_of)
        ][:STORYLINES]


def _storyline(storyline: Storyline) -> Remembered:
    return Remembered(
        storyline.storyline_id,
        Tier.EPISODIC,
        Origin.STORYLINE,
        storyline.summary,
        about=storyline.topic,
        time=storyline.first_mentioned_time,
        follow_up=storyline.follow_up,
    )


def _by_topic(storyline: Storyline) -> Storyline:
    return replace(storyline, summary="", follow_up="")


class PromptRecall:
    """What a topic recalls, for prompts."""

    def __init__(self, recall: RecallService) -> None:
        self._recall = recall

    async def relevant(
        self,
        reader: Reader,
        topic: str,
        *,
        conversations: bool,
        knowledge: bool,
        outside_session: str,
        before: int | None,
        min_revision: int,
    ) -> Recollection:
        tiers = {Tier.SEMANTIC} if knowledge else set()
        if conversations:
            tiers |= {Tier.EPISODIC, Tier.WORKING}
        recalled = await self._recall.recall(
            reader.workspace_id,
            reader.user_id,
            reader.persona_id,
            "",
            RecallQuery(
                topic,
                tiers=frozenset(tiers),
                limit=RECALLED,
                event_before=before,
                min_score=LEAST_FIT,
                # A prompt that changed with the hour would miss every prompt cache.
                ageless=True,
                # A preview has settings of its own: the composer leaves out what they forbid.
                complete=True,
                min_revision=min_revision,
            ),
        )
        found = [
            _recalled(hit.memory, hit.score)
            for hit in recalled.hits
            if not outside_session or hit.memory.session_id != outside_session
        ]
        return Recollection(tuple(found), recalled.degraded)


def _recalled(memory: Memory, score: float) -> Remembered:
    said = memory.kind is not Kind.DOCUMENT
    return Remembered(
        memory.memory_id,
        int(memory.tier),
        Origin.CONVERSATION if said else Origin.KNOWLEDGE,
        memory.text,
        about=memory.speaker if said else "",
        score=min(max(score, 0.0), 1.0),
        time=memory.event_time if said else None,
    )
