"""The async client."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Final, Self, Unpack

import grpc
import grpc.aio

from reverie import files, jobs
from reverie.address import host_and_port
from reverie.fields import RecallConditions, SessionFields
from reverie.revisions import Revisions
from reverie.rpc import Caller
from reverie.session import Session
from reverie.times import refuse_naive
from reverie.v1.operations_service_pb2 import GetJobRequest, Job
from reverie.v1.privacy_service_pb2 import ImportUserResponse
from reverie.v1.recall_service_pb2 import RecallRequest, RecallResponse
from reverie.v1.services import Services
from reverie.v1.working_memory_service_pb2 import GetSessionRequest, StartSessionRequest

DEFAULT_ADDRESS: Final = "127.0.0.1:50051"
DEFAULT_TIMEOUT: Final = 10.0

_CHANNEL_OPTIONS: Final[Mapping[str, int | str]] = {
    "grpc.enable_retries": 1,
    # A request larger than this is never sent twice; gRPC's own default is 256 KiB, and a batch
    # may have 2 MiB.
    "grpc.per_rpc_retry_buffer_size": 8 * 1024 * 1024,
    # A server that restarts is back in seconds; gRPC's own default waits up to two minutes.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 1_000,
    "grpc.max_reconnect_backoff_ms": 2_000,
    # A peer that is gone without a word is noticed. The server permits pings from 20 s on.
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc.max_receive_message_length": 8 * 1024 * 1024,
}


class Reverie(Services):
    """A connection to a Reverie server. Made inside a running event loop; use it with
    ``async with``, or ``close`` it. One serves a whole program.

    Every call has a deadline, is tried again while the server is UNAVAILABLE, carries a request id
    that makes the retry harmless, raises a typed ``ReverieError``, and sees what this client has
    written before.

    The attributes are the services of the contract, whose methods take and give its messages:
    ``await reverie.users.GetUser(GetUserRequest(user_id="alice"))``. A method that answers page by
    page also has ``items`` and ``pages``: ``async for user in
    reverie.users.ListUsers.items(ListUsersRequest())``.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        api_key: str | None = None,
        workspace: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        options: Mapping[str, int | str] | None = None,
    ) -> None:
        """Connects at the first call.

        Args:
            address: host:port, or a gRPC target with its scheme: ``dns:///name:port``.
            api_key: sent as a bearer token.
            workspace: chooses a workspace on a server on loopback without keys.
            credentials: for TLS; None: plaintext, so that a key can be read on its way.
            timeout: seconds a call may take, retries included, unless it names its own.
            options: gRPC channel options, over those of this client.

        Raises:
            ValueError: ``address`` is none.
        """
        host_and_port(address)
        metadata: list[tuple[str, str]] = []
        if api_key is not None:
            metadata.append(("authorization", f"Bearer {api_key}"))
        if workspace is not None:
            metadata.append(("reverie-workspace", workspace))
        channel_options = [
            *{
                "grpc.service_config": _service_config(),
                **_CHANNEL_OPTIONS,
                **(options or {}),
            }.items()
        ]
        if credentials is None:
            self._channel = grpc.aio.insecure_channel(address, options=channel_options)
        else:
            self._channel = grpc.aio.secure_channel(address, credentials, options=channel_options)
        self.revisions = Revisions()
        caller = Caller(
            self._channel, address, timeout=timeout, metadata=metadata, revisions=self.revisions
        )
        super().__init__(caller)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection; calls in flight are cancelled."""
        await self._channel.close()

    def session(self, user_id: str, persona_id: str, **fields: Unpack[SessionFields]) -> Session:
        """A new session of a user with a persona. ``async with`` starts it and ends it at the
        end. The server makes an id for it unless ``session_id`` names one.

        Raises:
            ValueError: ``start_time`` has no time zone.
        """
        refuse_naive(fields)
        request = StartSessionRequest(
            user_id=user_id, persona_id=persona_id, request_id=str(uuid.uuid4()), **fields
        )
        return Session(self, request)

    async def resume(self, user_id: str, persona_id: str, session_id: str) -> Session:
        """A handle on a session that was started before, by anybody.

        Raises:
            NotFoundError: there is no such session of this pair.
        """
        response = await self.working.GetSession(
            GetSessionRequest(user_id=user_id, persona_id=persona_id, session_id=session_id)
        )
        return Session(self, session=response.session)

    async def recall(
        self,
        user_id: str,
        persona_id: str,
        query: str,
        *,
        session_id: str = "",
        **conditions: Unpack[RecallConditions],
    ) -> RecallResponse:
        """What fits the query of all that the persona may know of the user: ``hits``, best first.

        Raises:
            NotFoundError: there is no such user.
            ValueError: one of the times has no time zone.
        """
        refuse_naive(conditions)
        request = RecallRequest(
            user_id=user_id,
            persona_id=persona_id,
            session_id=session_id,
            query=query,
            **conditions,
        )
        return await self.memories.Recall(request)

    async def export_user(
        self,
        user_id: str,
        path: Path | str,
        *,
        include_embeddings: bool = False,
        tell: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> int:
        """Writes all that is kept of a user into a file, which is there once it is whole, also in
        the place of another. What has come meanwhile is beside it, with ``.part`` at the end of its
        name; from there an export that broke off goes on, also a later one.

        Args:
            include_embeddings: also the vectors, which another server would compute anew.
            tell: is called with the bytes that have come and those of the whole file.

        Returns:
            The user's revision, of which the file is.

        Raises:
            NotFoundError: there is no such user.
        """
        return await files.export_user(
            self.privacy, user_id, Path(path), include_embeddings=include_embeddings, tell=tell
        )

    async def import_user(
        self,
        path: Path | str,
        *,
        user_id: str | None = None,
        replace: bool = False,
        request_id: str | None = None,
        tell: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> ImportUserResponse:
        """Brings in a user from a file of ``export_user``: whole, or not at all.

        Args:
            user_id: whom it becomes; None: who it was.
            replace: puts it in the place of what is kept of such a user.
            request_id: names the import, so that one that broke off goes on; None: a new one.
            tell: as for ``export_user``.

        Raises:
            InvalidArgumentError: a line is not as it must be; the message names line and field.
            AlreadyExistsError: there is such a user.
            ValueError: the file is not whole.
        """
        return await files.import_user(
            self.privacy,
            Path(path),
            user_id=user_id,
            replace=replace,
            request_id=request_id,
            tell=tell,
        )

    def follow_job(
        self, job_id: str, *, user_id: str = "", persona_id: str = ""
    ) -> AsyncIterator[Job]:
        """The job as it is now, and again now and then until it has ended; the last one has.

        Args:
            user_id: whom it works for, with ``persona_id``; empty: the workspace.
        """
        return jobs.follow(
            self.operations, GetJobRequest(user_id=user_id, persona_id=persona_id, job_id=job_id)
        )


def _service_config() -> str:
    return resources.files("reverie").joinpath("service_config.json").read_text("utf-8")
