"""Memories of several readers, each with a word that only some may ever see.

Who may see which is decided here, from how each was stored, and knows nothing of ``scope.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import grpc.aio
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as fact
from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import working_memory_service_pb2 as working
from tests.looking_again import until
from tests.rpc.contract import answer

USERS: Final = ("alice", "bob")
PERSONAS: Final = ("brad", "carol")
PRIVATE, SHARED = common.VISIBILITY_PRIVATE, common.VISIBILITY_SHARED


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Who asks: a persona of a workspace, of a user; the user is empty for the shared part."""

    workspace: str
    user: str
    persona: str


@dataclass(frozen=True, slots=True)
class Canary:
    """A word in one memory."""

    word: str
    place: Place
    """Who stored it. Without a user it is the workspace's, without a persona everybody's."""
    private: bool
    """To the persona; what is not is everybody's who reads that user."""

    def may_be_seen_by(self, reader: Place) -> bool:
        """Whether it may stand in an answer to this reader."""
        if self.place.workspace != reader.workspace:
            return False
        if self.place.user and self.place.user != reader.user:
            return False
        return not self.private or self.place.persona == reader.persona


@dataclass(slots=True, repr=False)
class Aviary:
    """All canaries, and every id that stands in somebody's memory."""

    canaries: list[Canary] = field(default_factory=list)
    ids: dict[str, set[str]] = field(default_factory=dict)
    """By the field of a request that takes them."""

    def word(self, place: Place, what: str, *, private: bool = True) -> str:
        """A new word that stands for a memory of this place."""
        word = f"canary{len(self.canaries):03d}{what}"
        self.canaries.append(Canary(word, place, private))
        return word

    def remember(self, name: str, *ids: str) -> None:
        self.ids.setdefault(name, set()).update(ids)

    def leaks(self, reader: Place, told: bytes, asked: bytes = b"") -> list[Canary]:
        """What an answer holds that its reader must not see, and did not name itself."""
        return [
            canary
            for canary in self.canaries
            if canary.word.encode() in told
            and canary.word.encode() not in asked
            and not canary.may_be_seen_by(reader)
        ]


Connect = Callable[[str], grpc.aio.Channel]


async def fill(connect: Connect, workspaces: Iterable[str]) -> Aviary:
    """Puts canaries into everything that holds memory, of every user, persona and workspace."""
    aviary = Aviary()
    jobs: list[tuple[grpc.aio.Channel, Mapping[str, Any], str]] = []
    for workspace in workspaces:
        channel = connect(workspace)
        for persona in PERSONAS:
            for user in USERS:
                place = Place(workspace, user, persona)
                jobs += await _fill_pair(channel, aviary, place)
            await _fill_shared_part(channel, aviary, Place(workspace, "", persona))
        key = aviary.word(Place(workspace, "", ""), "key", private=False)
        text = aviary.word(Place(workspace, "", ""), "template", private=False)
        await answer(channel, "PutProcedure", key=key, template=f"{text} climbing")
        heading = aviary.word(Place(workspace, "", ""), "heading", private=False)
        await answer(channel, "PutTemplate", key="core_identity.heading", template=heading)
        aviary.remember("key", key, "core_identity.heading")
    await asyncio.gather(*(_ended(*job) for job in jobs))
    return aviary


async def _ended(channel: grpc.aio.Channel, pair: Mapping[str, Any], job_id: str) -> None:
    waiting = {operations.JOB_STATE_PENDING, operations.JOB_STATE_RUNNING}
    await until(
        "the job's end",
        lambda: answer(channel, "GetJob", **pair, job_id=job_id),
        lambda seen: seen.job.state not in waiting,
    )


async def _fill_pair(
    channel: grpc.aio.Channel, aviary: Aviary, place: Place
) -> list[tuple[grpc.aio.Channel, Mapping[str, Any], str]]:
    pair = {"user_id": place.user, "persona_id": place.persona}
    await answer(
        channel,
        "GetOrCreateRelationship",
        **pair,
        custom_prompt=aviary.word(place, "prompt"),
        relationship_type=aviary.word(place, "type"),
    )
    jobs: list[tuple[grpc.aio.Channel, Mapping[str, Any], str]] = []
    for private in (True, False):
        visibility = PRIVATE if private else SHARED
        await _active_session(channel, aviary, place, private=private)
        jobs.append((channel, pair, await _ended_session(channel, aviary, place, private=private)))
        episode = await answer(
            channel,
            "PutEpisode",
            **pair,
            session_id=aviary.word(place, "episode", private=private),
            start_time=Timestamp(seconds=1_600_000_000),
            end_time=Timestamp(seconds=1_600_000_060),
            entries=_entries(aviary, place, private=private),
            summary=f"{aviary.word(place, 'summary', private=private)} climbing",
            outcome=aviary.word(place, "outcome", private=private),
            key_topics=[aviary.word(place, "topic", private=private)],
            metadata={"note": aviary.word(place, "note", private=private)},
            visibility=visibility,
        )
        jobs.append((channel, pair, episode.job_id))
        aviary.remember("session_id", episode.episode.session_id)
        aviary.remember("episode_id", episode.episode.episode_id)
        await _document(channel, aviary, place, private=private)
        await _facts(channel, aviary, place, private=private)
    aviary.remember("job_id", *(job_id for _, _, job_id in jobs))
    key = aviary.word(place, "key")
    template = f"{aviary.word(place, 'template')} climbing"
    await answer(channel, "PutProcedure", **pair, key=key, template=template)
    await answer(channel, "PutProcedure", **pair, key=key, template=f"again {template}")
    await answer(channel, "PutProcedure", **pair, key="common", template=template)
    await answer(channel, "PutProcedure", **pair, key="greeting_pattern", template=template)
    aviary.remember("key", key, "common")
    return jobs


async def _fill_shared_part(channel: grpc.aio.Channel, aviary: Aviary, place: Place) -> None:
    """What is the workspace's, but one persona's."""
    for private in (True, False):
        await _document(channel, aviary, place, private=private)
    key = aviary.word(place, "key")
    template = f"{aviary.word(place, 'template')} climbing"
    await answer(channel, "PutProcedure", persona_id=place.persona, key=key, template=template)
    await answer(channel, "PutProcedure", persona_id=place.persona, key="common", template=template)
    heading = aviary.word(place, "heading")
    await answer(
        channel, "PutTemplate", persona_id=place.persona, key="task.heading", template=heading
    )
    aviary.remember("key", key, "task.heading")


def _entries(aviary: Aviary, place: Place, *, private: bool) -> list[working.Entry]:
    return [
        working.Entry(
            role=working.ROLE_USER,
            content=f"{aviary.word(place, 'said', private=private)} climbing",
            speaker=aviary.word(place, "speaker", private=private),
            key=aviary.word(place, "entrykey", private=private),
            agent=aviary.word(place, "agent", private=private),
            timeline=aviary.word(place, "timeline", private=private),
            metadata={"note": aviary.word(place, "note", private=private)},
        ),
        working.Entry(role=working.ROLE_ASSISTANT, content="Which wall do you climb?"),
    ]


async def _active_session(
    channel: grpc.aio.Channel, aviary: Aviary, place: Place, *, private: bool
) -> dict[str, str]:
    session = {
        "user_id": place.user,
        "persona_id": place.persona,
        "session_id": aviary.word(place, "session", private=private),
    }
    await answer(
        channel,
        "StartSession",
        **session,
        visibility=PRIVATE if private else SHARED,
        metadata={"note": aviary.word(place, "note", private=private)},
    )
    entries = _entries(aviary, place, private=private)
    appended = await answer(channel, "AppendEntries", **session, entries=entries)
    await answer(
        channel,
        "UpdateContext",
        **session,
        context=working.SessionContext(
            topic=aviary.word(place, "context"), values={"a": aviary.word(place, "value")}
        ),
        update_mask=FieldMask(paths=["topic", "values"]),
    )
    bookmark = aviary.word(place, "bookmark")
    await answer(channel, "BookmarkSession", **session, bookmark_id=bookmark)
    aviary.remember("session_id", session["session_id"])
    aviary.remember("entry_ids", *appended.entry_ids)
    aviary.remember("timeline", *(entry.timeline for entry in entries if entry.timeline))
    return session


async def _ended_session(
    channel: grpc.aio.Channel, aviary: Aviary, place: Place, *, private: bool
) -> str:
    """Summarised by the server itself; gives the job's id."""
    session = await _active_session(channel, aviary, place, private=private)
    storyline = working.SuppliedStoryline(
        topic=aviary.word(place, "storyline"),
        summary=aviary.word(place, "storysummary"),
        follow_up=aviary.word(place, "followup"),
    )
    ended = await answer(channel, "EndSession", **session, storylines=[storyline])
    aviary.remember("episode_id", ended.episode_id)
    return str(ended.job_id)


async def _facts(channel: grpc.aio.Channel, aviary: Aviary, place: Place, *, private: bool) -> None:
    """Two of which the second takes the place of the first, and what it said before; and, when
    they are private, one about the relationship."""

    def told(**more: Any) -> fact.NewFact:
        return fact.NewFact(
            statement=f"{aviary.word(place, 'statement', private=private)} climbing",
            category=aviary.word(place, "category", private=private),
            subject=subject,
            object=aviary.word(place, "object", private=private),
            metadata={"note": aviary.word(place, "note", private=private)},
            **more,
        )

    pair = {"user_id": place.user, "persona_id": place.persona}
    subject = aviary.word(place, "subject", private=private)
    visibility = PRIVATE if private else SHARED
    facts = [told(predicate="lives_in", visibility=visibility) for _ in range(2)]
    if private:
        facts.append(told(predicate=aviary.word(place, "relation"), visibility=visibility))
        facts.append(told(predicate="calls", scope=fact.FACT_SCOPE_RELATIONSHIP))
    answers = await answer(channel, "AddFacts", **pair, facts=facts)
    ids = [each.fact_id for each in answers.told]
    await answer(
        channel,
        "UpdateFact",
        **pair,
        fact={
            "fact_id": ids[1],
            "statement": f"{aviary.word(place, 'corrected', private=private)} climbing",
        },
        update_mask=FieldMask(paths=["statement"]),
    )
    aviary.remember("fact_id", *ids)
    entities = await answer(channel, "ListEntities", **pair)
    aviary.remember("entity_id", *(each.entity_id for each in entities.entities))


async def _document(
    channel: grpc.aio.Channel, aviary: Aviary, place: Place, *, private: bool
) -> None:
    document_id = aviary.word(place, "document", private=private)
    for _ in range(2):
        content = Struct()
        content.update({"text": f"{aviary.word(place, 'content', private=private)} climbing"})
        await answer(
            channel,
            "PutDocument",
            user_id=place.user,
            persona_id=place.persona,
            document_id=document_id,
            content=content,
            metadata={"note": aviary.word(place, "note", private=private)},
            visibility=PRIVATE if private else SHARED,
        )
    aviary.remember("document_id", document_id)
