"""What users say to personas, over the wire, and what is recalled: the verbs of these tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import grpc.aio

from reverie.times import timestamp
from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import (
    episodic_memory_service_pb2_grpc,
    operations_service_pb2_grpc,
    persona_service_pb2_grpc,
    procedural_memory_service_pb2_grpc,
    recall_service_pb2_grpc,
    relationship_service_pb2_grpc,
    semantic_memory_service_pb2_grpc,
    user_service_pb2_grpc,
    working_memory_service_pb2_grpc,
)
from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import procedural_memory_service_pb2 as procedural
from reverie.v1 import recall_service_pb2 as recall
from reverie.v1 import semantic_memory_service_pb2 as semantic
from reverie.v1 import working_memory_service_pb2 as working
from tests.looking_again import until

USER = "ann"
PERSONA = "brad"
WORKING, EPISODIC = common.TIER_WORKING, common.TIER_EPISODIC
SEMANTIC, PROCEDURAL = common.TIER_SEMANTIC, common.TIER_PROCEDURAL


class Talk:
    """One caller in one workspace; speaks for ``USER`` and ``PERSONA`` unless told otherwise."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        # The generated stubs are untyped.
        self.working: Any = working_memory_service_pb2_grpc.WorkingMemoryServiceStub(channel)
        self.episodic: Any = episodic_memory_service_pb2_grpc.EpisodicMemoryServiceStub(channel)
        self.semantic: Any = semantic_memory_service_pb2_grpc.SemanticMemoryServiceStub(channel)
        self.procedural: Any = procedural_memory_service_pb2_grpc.ProceduralMemoryServiceStub(
            channel
        )
        self.memories: Any = recall_service_pb2_grpc.RecallServiceStub(channel)
        self.users: Any = user_service_pb2_grpc.UserServiceStub(channel)
        self.personas: Any = persona_service_pb2_grpc.PersonaServiceStub(channel)
        self.relationships: Any = relationship_service_pb2_grpc.RelationshipServiceStub(channel)
        self.operations: Any = operations_service_pb2_grpc.OperationsServiceStub(channel)

    async def start(
        self,
        session_id: str = "s",
        *,
        user: str = USER,
        persona: str = PERSONA,
        visibility: common.Visibility = common.VISIBILITY_UNSPECIFIED,
    ) -> int:
        """Starts a session; gives the revision."""
        response = await self.working.StartSession(
            working.StartSessionRequest(
                user_id=user, persona_id=persona, session_id=session_id, visibility=visibility
            )
        )
        return int(response.revision)

    async def append(
        self,
        entries: Iterable[working.Entry],
        session_id: str = "s",
        *,
        user: str = USER,
        persona: str = PERSONA,
    ) -> working.AppendEntriesResponse:
        """Appends to a session that is there."""
        response: working.AppendEntriesResponse = await self.working.AppendEntries(
            working.AppendEntriesRequest(
                user_id=user, persona_id=persona, session_id=session_id, entries=entries
            )
        )
        return response

    async def say(
        self, *contents: str, session_id: str = "s", user: str = USER, persona: str = PERSONA
    ) -> working.AppendEntriesResponse:
        """The user says something in a session that is there."""
        return await self.append(map(said, contents), session_id, user=user, persona=persona)

    async def conversation(
        self,
        *contents: str,
        session_id: str = "s",
        user: str = USER,
        persona: str = PERSONA,
        visibility: common.Visibility = common.VISIBILITY_UNSPECIFIED,
    ) -> list[str]:
        """A new session in which the user says this; gives the entries' ids."""
        await self.start(session_id, user=user, persona=persona, visibility=visibility)
        response = await self.say(*contents, session_id=session_id, user=user, persona=persona)
        return list(response.entry_ids)

    async def end(
        self,
        session_id: str = "s",
        *,
        user: str = USER,
        persona: str = PERSONA,
        flush: bool = True,
        summary: str | None = None,
    ) -> working.EndSessionResponse:
        """Ends a session."""
        response: working.EndSessionResponse = await self.working.EndSession(
            working.EndSessionRequest(
                user_id=user,
                persona_id=persona,
                session_id=session_id,
                flush=flush,
                summary=summary,
            )
        )
        return response

    async def archived(self, ended: working.EndSessionResponse, *, user: str = USER) -> None:
        """Waits until the job of an ended session is done."""
        persona = ended.session.persona_id
        await self.job_done(ended.job_id, user=user, persona=persona)

    async def job_done(self, job_id: str, *, user: str = "", persona: str = "") -> operations.Job:
        """The job, once it has ended; fails when it failed."""
        request = operations.GetJobRequest(user_id=user, persona_id=persona, job_id=job_id)
        ended = {operations.JOB_STATE_SUCCEEDED, operations.JOB_STATE_FAILED}
        response = await until(
            "the job's end",
            lambda: self.operations.GetJob(request),
            lambda seen: seen.job.state in ended,
        )
        job: operations.Job = response.job
        assert job.state == operations.JOB_STATE_SUCCEEDED, job
        return job

    async def document(
        self,
        document_id: str,
        content: Mapping[str, Any],
        *,
        user: str = USER,
        persona: str = PERSONA,
        metadata: Mapping[str, str] | None = None,
        visibility: common.Visibility = common.VISIBILITY_UNSPECIFIED,
    ) -> int:
        """Puts a document; gives the revision. ``user`` empty: the workspace's shared part."""
        request = semantic.PutDocumentRequest(
            user_id=user,
            persona_id=persona,
            document_id=document_id,
            metadata=metadata,
            visibility=visibility,
        )
        request.content.update(content)
        return int((await self.semantic.PutDocument(request)).revision)

    async def procedure(
        self, key: str, template: str, *, user: str = "", persona: str = ""
    ) -> procedural.PutProcedureResponse:
        """Puts a procedure; both empty: the workspace's."""
        response: procedural.PutProcedureResponse = await self.procedural.PutProcedure(
            procedural.PutProcedureRequest(
                user_id=user, persona_id=persona, key=key, template=template
            )
        )
        return response

    async def recall(
        self, query: str, *, user: str = USER, persona: str = PERSONA, **more: Any
    ) -> recall.RecallResponse:
        """What the persona recalls; ``more`` are fields of the request."""
        response: recall.RecallResponse = await self.memories.Recall(
            recall.RecallRequest(user_id=user, persona_id=persona, query=query, **more)
        )
        return response

    async def texts(
        self, query: str, *, user: str = USER, persona: str = PERSONA, **more: Any
    ) -> list[str]:
        """The texts of what is recalled, best first."""
        response = await self.recall(query, user=user, persona=persona, **more)
        return [hit.text for hit in response.hits]

    async def set_visibility(self, episode_id: str, visibility: common.Visibility) -> None:
        """Of an episode and its session."""
        request = episodic.UpdateEpisodeRequest(user_id=USER, persona_id=PERSONA)
        request.episode.episode_id = episode_id
        request.episode.visibility = visibility
        request.update_mask.paths.append("visibility")
        await self.episodic.UpdateEpisode(request)


def said(
    content: str,
    *,
    role: working.Role = working.ROLE_USER,
    at: int | None = None,
    **more: Any,
) -> working.Entry:
    """An entry. ``at``: when it happened, microseconds UTC; ``more`` are its other fields."""
    entry = working.Entry(role=role, content=content, **more)
    if at is not None:
        entry.event_time.FromMicroseconds(at)
    return entry


def equals(key: str, value: str) -> common.Filter:
    """A filter that a key has a value."""
    return common.Filter(
        equals=common.Filter.Equals(key=key, value=common.FilterValue(string_value=value))
    )


__all__ = ["EPISODIC", "PERSONA", "PROCEDURAL", "SEMANTIC", "USER", "WORKING", "Talk", "timestamp"]
