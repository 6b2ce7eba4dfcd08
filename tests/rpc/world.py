"""A workspace with something of everything in it, and one valid request for every RPC.

Whoever adds an RPC adds a row here: the tests over every RPC fail without one.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import grpc.aio
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import common_pb2 as common
from reverie.v1 import fact_service_pb2 as fact
from reverie.v1 import procedural_memory_service_pb2 as procedural
from reverie.v1 import relationship_service_pb2 as relationship
from reverie.v1 import working_memory_service_pb2 as working
from tests.looking_again import until
from tests.rpc.contract import BY_NAME, answer

USER, OTHER_USER = "alice", "bob"
PERSONA, OTHER_PERSONA = "brad", "carol"
PAIR: Final[Mapping[str, Any]] = {"user_id": USER, "persona_id": PERSONA}
SESSION: Final[Mapping[str, Any]] = {**PAIR, "session_id": "talk"}
ENDED: Final[Mapping[str, Any]] = {**PAIR, "session_id": "climb"}
SUMMARIES = {"climb": "Alice climbed the north wall.", "bread": "Alice baked bread with Nora."}
TEXTS = ("I climb on Mondays.", "Which wall do you climb?", "The north wall, with my sister.")


@dataclass(frozen=True, slots=True)
class World:
    """One workspace and the ids in it that the server made."""

    channel: grpc.aio.Channel
    entry_ids: tuple[str, ...]
    """Of the active session ``talk``."""
    episode_id: str
    """Of the ended session ``climb``."""
    job_id: str
    """Of the job that completes that episode."""
    storyline_id: str
    """Of the pair."""
    fact_ids: tuple[str, ...]
    """The first was superseded, the others are true."""
    entity_id: str
    """Of what the most facts speak of: at least two."""


async def build_world(channel: grpc.aio.Channel) -> World:
    """Fills the channel's workspace: at least two of whatever can be listed."""

    async def put(name: str, **fields: Any) -> Any:
        return await answer(channel, name, **fields)

    for day, (session_id, summary) in enumerate(SUMMARIES.items()):
        await put(
            "PutEpisode",
            **PAIR,
            session_id=session_id,
            start_time=at(day * 86_400),
            end_time=at(day * 86_400 + 60),
            entries=entries(),
            summary=summary,
        )
    await put("StartSession", **SESSION)
    appended = await put("AppendEntries", **SESSION, entries=entries())
    await put("OpenTimeline", **SESSION, timeline="aside")
    await put("BookmarkSession", **SESSION, bookmark_id="before")
    await put("StartSession", **PAIR, session_id="idle")
    for document_id in ("wall", "wall", "bread"):
        await put("PutDocument", **PAIR, document_id=document_id, content=document())
    known = await put("AddFacts", **PAIR, facts=facts())
    for key in ("greet", "greet", "part"):
        await put("PutProcedure", **PAIR, key=key, template="Hello {name}, climb well.")
    await put("CreateUser", user_id=OTHER_USER)
    await put("CreatePersona", persona_id=OTHER_PERSONA)
    await put("GetOrCreateRelationship", user_id=USER, persona_id=OTHER_PERSONA)
    episode = (await put("GetEpisode", **ENDED)).episode
    jobs = (await put("ListJobs", **ENDED)).jobs
    await put("StartSession", **PAIR, session_id="told")
    told = [working.SuppliedStoryline(topic=topic) for topic in ("The north wall", "Bread")]
    await put("EndSession", **PAIR, session_id="told", storylines=told, summary="Alice trains.")
    storylines = (await put("ListStorylines", **PAIR)).storylines
    fact_ids = tuple(each.fact_id for each in known.told)
    await at_rest(channel)
    entities = (await put("ListEntities", **PAIR)).entities
    named_most = max(entities, key=lambda each: (each.fact_count, each.entity_id))
    return World(
        channel,
        tuple(appended.entry_ids),
        episode.episode_id,
        jobs[0].job_id,
        storylines[0].storyline_id,
        fact_ids,
        named_most.entity_id,
    )


async def at_rest(channel: grpc.aio.Channel) -> Any:
    """Waits until no job of the workspace is left to do; gives the statistics."""
    return await until(
        "the end of all jobs of the workspace",
        lambda: answer(channel, "GetStats"),
        lambda stats: not stats.jobs["pending"] + stats.jobs["running"],
    )


async def indexed(channel: grpc.aio.Channel) -> None:
    """Waits until the index has all that was committed before."""
    await until(
        "the index", lambda: answer(channel, "GetStats"), lambda stats: not stats.index_backlog
    )


def at(seconds: int) -> Timestamp:
    return Timestamp(seconds=1_600_000_000 + seconds)


def entries() -> list[working.Entry]:
    return [
        working.Entry(role=working.ROLE_USER, content=text, key=f"k{number}")
        for number, text in enumerate(TEXTS)
    ]


def document() -> Struct:
    struct = Struct()
    ParseDict({"wall": "north", "grade": 6, "with": ["Nora"]}, struct)
    return struct


def facts() -> list[fact.NewFact]:
    return [
        fact.NewFact(
            statement=f"{subject or 'Alice'} {predicate} {thing}",
            subject=subject,
            predicate=predicate,
            object=thing,
            valid_from=at(seconds),
        )
        for seconds, (subject, predicate, thing) in enumerate(
            (
                ("", "lives_in", "Bern"),
                ("", "lives_in", "Thun"),
                ("", "likes", "climbing"),
                ("Nora", "likes", "climbing"),
            )
        )
    ]


def exported_file() -> bytes:
    """Of a user of whom nothing is known but that it is there."""
    header = {
        "record": "header",
        "format": 1,
        "user_id": "dora",
        "revision": 7,
        "sharing_mode": "user_centric",
        "embedder": "",
        "tombstone_key": "",
    }
    user = {
        "record": "user",
        **dict.fromkeys(("address_as", "locale", "time_zone"), ""),
        "display_name": "Dora",
        "preferences": {},
        "version": 7,
        "create_time": 1_600_000_000_000_000,
        "update_time": 1_600_000_000_000_000,
    }
    line = json.dumps(user).encode() + b"\n"
    trailer = {
        "record": "trailer",
        "counts": {"user": 1},
        "sha256": hashlib.sha256(line).hexdigest(),
    }
    return json.dumps(header).encode() + b"\n" + line + json.dumps(trailer).encode() + b"\n"


Row = Callable[[World], Mapping[str, Any]]

_WORKING: Final[Mapping[str, Row]] = {
    "StartSession": lambda _: {**PAIR, "session_id": "new"},
    "GetSession": lambda _: SESSION,
    "ListSessions": lambda _: PAIR,
    "AppendEntries": lambda _: {**SESSION, "entries": entries()},
    "ListEntries": lambda _: SESSION,
    "SearchEntries": lambda _: {**SESSION, "query": "climbing"},
    "DeleteEntry": lambda world: {**SESSION, "entry_id": world.entry_ids[0]},
    "UpdateContext": lambda _: {
        **SESSION,
        "context": working.SessionContext(topic="walls"),
        "update_mask": FieldMask(paths=["topic"]),
    },
    "OpenTimeline": lambda _: {**SESSION, "timeline": "new"},
    "CloseTimeline": lambda _: {**SESSION, "timeline": "aside"},
    "ListTimelines": lambda _: SESSION,
    "BookmarkSession": lambda _: {**SESSION, "bookmark_id": "here"},
    "SummarizeSession": lambda _: SESSION,
    "EndSession": lambda _: {**SESSION, "summary": "Alice climbs."},
}
_EPISODIC: Final[Mapping[str, Row]] = {
    "SearchEpisodes": lambda _: {**PAIR, "query": "climbing bread"},
    "GetEpisode": lambda world: {**PAIR, "episode_id": world.episode_id},
    "ListEpisodes": lambda _: PAIR,
    "PutEpisode": lambda _: {
        **PAIR,
        "session_id": "new",
        "start_time": at(0),
        "end_time": at(60),
        "summary": "Alice rested.",
    },
    "UpdateEpisode": lambda world: {
        **PAIR,
        "episode": {"episode_id": world.episode_id, "outcome": "a new grade"},
        "update_mask": FieldMask(paths=["outcome"]),
    },
    "DeleteEpisode": lambda world: {**PAIR, "episode_id": world.episode_id},
    "RehydrateSession": lambda _: {**ENDED, "new_session_id": "again"},
}
_DOCUMENTS: Final[Mapping[str, Row]] = {
    "PutDocument": lambda _: {**PAIR, "document_id": "wall", "content": document()},
    "GetDocument": lambda _: {**PAIR, "document_id": "wall"},
    "ListDocuments": lambda _: PAIR,
    "SearchDocuments": lambda _: {**PAIR, "query": "north wall"},
    "DeleteDocument": lambda _: {**PAIR, "document_id": "wall"},
}
_FACTS: Final[Mapping[str, Row]] = {
    "AddFacts": lambda world: {
        **SESSION,
        "facts": [{"statement": "Alice climbs.", "entry_ids": [world.entry_ids[0]]}],
    },
    "ExtractFacts": lambda _: SESSION,
    "GetFact": lambda world: {**PAIR, "fact_id": world.fact_ids[1]},
    "ListFacts": lambda _: PAIR,
    "SearchFacts": lambda _: {**PAIR, "query": "climbing in Thun"},
    "GetFactHistory": lambda world: {**PAIR, "fact_id": world.fact_ids[0]},
    "GetUserProfile": lambda _: PAIR,
    "DetectConflicts": lambda _: PAIR,
    "ListEntities": lambda _: PAIR,
    "GetEntity": lambda world: {**PAIR, "entity_id": world.entity_id},
    "ListRelatedEntities": lambda world: {**PAIR, "entity_id": world.entity_id},
    "RetractFact": lambda world: {**PAIR, "fact_id": world.fact_ids[1]},
    "RestoreFact": lambda world: {**PAIR, "fact_id": world.fact_ids[0]},
    "ConfirmFact": lambda world: {**PAIR, "fact_id": world.fact_ids[1]},
    "UpdateFact": lambda world: {
        **PAIR,
        "fact": {"fact_id": world.fact_ids[1], "category": "home"},
        "update_mask": FieldMask(paths=["category"]),
    },
}
_PROCEDURES: Final[Mapping[str, Row]] = {
    "PutProcedure": lambda _: {**PAIR, "key": "greet", "template": "Good day, {name}."},
    "GetProcedure": lambda _: {**PAIR, "key": "greet"},
    "ListProcedures": lambda _: PAIR,
    "SearchProcedures": lambda _: {**PAIR, "query": "hello climb"},
    "DeleteProcedure": lambda _: {**PAIR, "key": "greet"},
    "ListProcedureVersions": lambda _: {**PAIR, "key": "greet"},
    "RenderProcedure": lambda _: {**PAIR, "key": "greet", "values": {"name": "Alice"}},
    "RecordProcedureOutcome": lambda _: {
        **PAIR,
        "key": "greet",
        "outcome": procedural.PROCEDURE_OUTCOME_SUCCESS,
    },
}
_RECALL: Final[Mapping[str, Row]] = {
    "Recall": lambda _: {**PAIR, "session_id": "talk", "query": "climbing"},
    "MarkUsed": lambda world: {
        **PAIR,
        "session_id": "talk",
        "memories": [{"tier": common.TIER_WORKING, "memory_id": world.entry_ids[0]}],
    },
    "CompareAcrossPersonas": lambda _: {
        "user_id": USER,
        "persona_ids": [PERSONA, OTHER_PERSONA],
        "query": "climbing",
    },
    "GetCapabilities": lambda _: {},
}
_IDENTITY: Final[Mapping[str, Row]] = {
    "CreateUser": lambda _: {"user_id": "new", "user": {"display_name": "New"}},
    "GetUser": lambda _: {"user_id": USER},
    "ListUsers": lambda _: {},
    "UpdateUser": lambda _: {
        "user_id": USER,
        "user": {"display_name": "Alice"},
        "update_mask": FieldMask(paths=["display_name"]),
    },
    "DeleteUser": lambda _: {"user_id": USER},
    "CreatePersona": lambda _: {"persona_id": "new", "persona": {"display_name": "New"}},
    "GetPersona": lambda _: {"persona_id": PERSONA},
    "ListPersonas": lambda _: {},
    "UpdatePersona": lambda _: {
        "persona_id": PERSONA,
        "persona": {"display_name": "Brad"},
        "update_mask": FieldMask(paths=["display_name"]),
    },
    "DeletePersona": lambda _: {"persona_id": PERSONA, "force": True},
    "GetOrCreateRelationship": lambda _: PAIR,
    "GetRelationship": lambda _: PAIR,
    "ListRelationships": lambda _: {"user_id": USER},
    "UpdateRelationship": lambda _: {
        **PAIR,
        "relationship": {"relationship_type": "partner"},
        "update_mask": FieldMask(paths=["relationship_type"]),
    },
    "DeleteRelationship": lambda _: PAIR,
    "RecordInteraction": lambda _: {
        **PAIR,
        "quality": relationship.INTERACTION_QUALITY_GOOD,
    },
    "GetTrustStatus": lambda _: PAIR,
    "GetTrajectory": lambda _: PAIR,
    "GetRecentCalls": lambda _: PAIR,
    "ListStorylines": lambda _: PAIR,
    "UpdateStoryline": lambda world: {
        **PAIR,
        "storyline": {"storyline_id": world.storyline_id, "follow_up": "How was it?"},
        "update_mask": FieldMask(paths=["follow_up"]),
    },
    "ListMemories": lambda _: PAIR,
    "ForgetMemory": lambda world: {
        **PAIR,
        "tier": common.TIER_FACT,
        "memory_id": world.fact_ids[1],
    },
}
_PROMPTS: Final[Mapping[str, Row]] = {
    "ComposePrompt": lambda _: {**SESSION, "topic": "climbing", "recent_entries": 2},
    "ComposeMessages": lambda _: {**SESSION, "topic": "climbing"},
    "PreviewPrompt": lambda _: {**PAIR, "relationship": {"relationship_type": "partner"}},
    "PutTemplate": lambda _: {
        "persona_id": PERSONA,
        "key": "task.default",
        "template": "Be {persona} for {name}.",
    },
    "GetTemplate": lambda _: {"persona_id": PERSONA, "key": "task.default"},
    "ListTemplates": lambda _: {"persona_id": PERSONA},
}
_PRIVACY: Final[Mapping[str, Row]] = {
    "ExportUser": lambda _: {"user_id": USER},
    "ImportUser": lambda _: {"user_id": "imported", "data": exported_file()},
}
_OPERATIONS: Final[Mapping[str, Row]] = {
    "GetJob": lambda world: {**PAIR, "job_id": world.job_id},
    "RetryJob": lambda world: {**PAIR, "job_id": world.job_id},
    "ListJobs": lambda _: PAIR,
    "Reindex": lambda _: {},
    "Reconcile": lambda _: {},
    "Compact": lambda _: {},
    "Backup": lambda _: {"name": f"world-{uuid.uuid4()}"},
    "ListBackups": lambda _: {},
    "GetStats": lambda _: {},
}
ROWS: Final[Mapping[str, Row]] = {
    **_WORKING,
    **_EPISODIC,
    **_DOCUMENTS,
    **_FACTS,
    **_PROCEDURES,
    **_RECALL,
    **_IDENTITY,
    **_PROMPTS,
    **_PRIVACY,
    **_OPERATIONS,
}
"""By RPC: the fields of a request that succeeds in a new world."""


def valid_request(name: str, world: World) -> Any:
    """The row of an RPC as a message."""
    return BY_NAME[name].request(**ROWS[name](world))
