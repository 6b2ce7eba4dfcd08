"""The async client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any, Self

import grpc
import grpc.aio

from reverie.calls import CallInterceptor
from reverie.pages import items
from reverie.revisions import Revisions
from reverie.session import Session
from reverie.times import timestamp
from reverie.v1 import (
    episodic_memory_service_pb2_grpc,
    operations_service_pb2_grpc,
    persona_service_pb2_grpc,
    procedural_memory_service_pb2_grpc,
    recall_service_pb2,
    recall_service_pb2_grpc,
    relationship_service_pb2_grpc,
    semantic_memory_service_pb2_grpc,
    user_service_pb2_grpc,
    working_memory_service_pb2,
    working_memory_service_pb2_grpc,
)
from reverie.v1.common_pb2 import Tier, Visibility

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_TIMEOUT = 10.0
_MAX_RECEIVE_BYTES = 8 * 1024 * 1024


class Reverie:
    """A connection to a Reverie server. Use with ``async with``, or ``close`` it.

    Every call has a deadline, is retried while the server is UNAVAILABLE, carries a request id
    that makes the retry harmless, raises a typed ``ReverieError``, and sees what this client has
    written before.

    The services of the contract are there as gRPC stubs: ``working``, ``episodic``, ``semantic``,
    ``procedural``, ``memories`` (RecallService), ``users``, ``personas``, ``relationships``,
    ``operations``.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        api_key: str | None = None,
        workspace: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Args:
            address: host:port, or any gRPC target.
            api_key: sent as a bearer token.
            workspace: chooses a workspace on a server on loopback without keys.
            credentials: for TLS; None: plaintext.
            timeout: seconds a call may take unless it names its own.
            options: gRPC channel options, over those of this client.
        """
        metadata: list[tuple[str, str]] = []
        if api_key is not None:
            metadata.append(("authorization", f"Bearer {api_key}"))
        if workspace is not None:
            metadata.append(("reverie-workspace", workspace))
        self.revisions = Revisions()
        interceptors = [
            CallInterceptor(timeout=timeout, metadata=tuple(metadata), revisions=self.revisions)
        ]
        channel_options = list(
            {
                "grpc.service_config": _service_config(),
                "grpc.enable_retries": 1,
                "grpc.keepalive_time_ms": 60_000,
                "grpc.max_receive_message_length": _MAX_RECEIVE_BYTES,
                **(options or {}),
            }.items()
        )
        if credentials is None:
            self._channel = grpc.aio.insecure_channel(
                address, options=channel_options, interceptors=interceptors
            )
        else:
            self._channel = grpc.aio.secure_channel(
                address, credentials, options=channel_options, interceptors=interceptors
            )
        channel = self._channel
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection; calls in flight are cancelled."""
        await self._channel.close()

    def session(
        self,
        user_id: str,
        persona_id: str,
        *,
        session_id: str = "",
        metadata: Mapping[str, str] | None = None,
        visibility: Visibility = Visibility.VISIBILITY_UNSPECIFIED,
        start_time: datetime | None = None,
    ) -> Session:
        """A session of a user with a persona. ``async with`` starts it and ends it at the end.

        Args:
            session_id: empty: the server makes one.
            start_time: in the past for a backfill; needs a time zone.
        """
        return Session(
            self,
            working_memory_service_pb2.StartSessionRequest(
                user_id=user_id,
                persona_id=persona_id,
                session_id=session_id,
                metadata=metadata,
                visibility=visibility,
                start_time=timestamp(start_time),
            ),
        )

    async def resume(self, user_id: str, persona_id: str, session_id: str) -> Session:
        """A handle on a session that was started before, by anybody.

        Raises:
            NotFoundError: there is no such session of this pair.
        """
        response = await self.working.GetSession(
            working_memory_service_pb2.GetSessionRequest(
                user_id=user_id, persona_id=persona_id, session_id=session_id
            )
        )
        return Session(self, session=response.session)

    async def recall(
        self,
        user_id: str,
        persona_id: str,
        query: str,
        *,
        limit: int = 10,
        tiers: Sequence[Tier] = (),
        session_id: str = "",
        min_score: float = 0.0,
        explain: bool = False,
    ) -> Sequence[recall_service_pb2.MemoryHit]:
        """What fits the query of all that the persona may know of the user, best first.

        ``RecallService.Recall`` (``memories.Recall``) takes more conditions and says whether the
        answer is degraded.
        """
        response: recall_service_pb2.RecallResponse = await self.memories.Recall(
            recall_service_pb2.RecallRequest(
                user_id=user_id,
                persona_id=persona_id,
                session_id=session_id,
                query=query,
                limit=limit,
                tiers=tiers,
                min_score=min_score,
                explain=explain,
            )
        )
        return response.hits

    def items(self, method: Any, request: Any) -> AsyncIterator[Any]:
        """All items of a paged RPC: ``async for user in reverie.items(reverie.users.ListUsers,
        ListUsersRequest())``."""
        return items(method, request)


def _service_config() -> str:
    return resources.files("reverie").joinpath("service_config.json").read_text("utf-8")
