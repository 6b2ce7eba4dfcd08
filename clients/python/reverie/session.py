"""A handle on one session: carries the ids of user, persona and session through its calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, Self, TypeVar, Unpack

from google.protobuf.field_mask_pb2 import FieldMask

from reverie.errors import FailedPreconditionError, ReverieError
from reverie.fields import (
    EntryConditions,
    EntryFields,
    RecallConditions,
    SearchConditions,
    SummaryConditions,
    SuppliedFields,
)
from reverie.times import refuse_naive
from reverie.v1 import working_memory_service_pb2 as pb
from reverie.v1.recall_service_pb2 import RecallResponse

if TYPE_CHECKING:
    from types import TracebackType

    from reverie.client import Reverie

_OVER = frozenset({"SESSION_ENDED", "SESSION_EXPIRED"})


class _OfSession(Protocol):
    """A request that names a session."""

    user_id: str
    persona_id: str
    session_id: str


Q = TypeVar("Q", bound=_OfSession)


class Session:
    """One conversation or call. Made by ``Reverie.session`` and ``Reverie.resume``."""

    def __init__(
        self,
        reverie: Reverie,
        start: pb.StartSessionRequest | None = None,
        *,
        session: pb.Session | None = None,
    ) -> None:
        """Either ``start``, how it is to be started, or ``session``, that it is there."""
        self._reverie = reverie
        self._start = start
        self._session = session

    @property
    def info(self) -> pb.Session:
        """The session as the server last told it.

        Raises:
            RuntimeError: it has not been started.
        """
        if self._session is None:
            raise RuntimeError("the session has not been started: use `async with`, or `start()`")
        return self._session

    @property
    def session_id(self) -> str:
        return self.info.session_id

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends it with flush, unless that has happened already. An error inside the block stays
        the one that is raised."""
        if self.info.state != pb.SESSION_STATE_ACTIVE:
            return
        try:
            await self.end()
        except FailedPreconditionError as failure:
            if failure.reason not in _OVER:
                raise
        except ReverieError as failure:
            if error is None:
                raise
            # The server archives it itself when it has been idle for long enough.
            error.add_note(f"and the session could not be ended: {failure}")

    async def start(self) -> Self:
        """Starts it, unless it is started already. Another try after an error starts no second
        one."""
        if self._session is None and self._start is not None:
            response = await self._reverie.working.StartSession(self._start)
            self._session = response.session
        return self

    async def say(
        self, content: str, *, request_id: str = "", **fields: Unpack[EntryFields]
    ) -> str:
        """The user says something; gives the entry's id."""
        return await self._append_one(pb.ROLE_USER, content, request_id, fields)

    async def reply(
        self, content: str, *, request_id: str = "", **fields: Unpack[EntryFields]
    ) -> str:
        """The persona says something; gives the entry's id."""
        return await self._append_one(pb.ROLE_ASSISTANT, content, request_id, fields)

    async def note(
        self, content: str, *, request_id: str = "", **fields: Unpack[EntryFields]
    ) -> str:
        """Notes something that nobody said; gives the entry's id."""
        return await self._append_one(pb.ROLE_NOTE, content, request_id, fields)

    async def append(self, entries: Sequence[pb.Entry], *, request_id: str = "") -> Sequence[str]:
        """Appends entries, all or none; gives their ids in order.

        Args:
            request_id: for another try of what failed; empty: the client makes one.
        """
        response = await self._reverie.working.AppendEntries(
            self._named(pb.AppendEntriesRequest(entries=entries, request_id=request_id))
        )
        return list(response.entry_ids)

    def entries(self, **conditions: Unpack[EntryConditions]) -> AsyncIterator[pb.Entry]:
        """The entries that match exactly, oldest first, fetched page by page."""
        refuse_naive(conditions)
        return self._reverie.working.ListEntries.items(
            self._named(pb.ListEntriesRequest(**conditions))
        )

    async def search(
        self, query: str, **conditions: Unpack[SearchConditions]
    ) -> pb.SearchEntriesResponse:
        """What fits in this session: ``hits``, best first."""
        refuse_naive(conditions)
        return await self._reverie.working.SearchEntries(
            self._named(pb.SearchEntriesRequest(query=query, **conditions))
        )

    async def recall(self, query: str, **conditions: Unpack[RecallConditions]) -> RecallResponse:
        """What fits of all that the persona may know of the user, with this session as context:
        ``hits``, best first."""
        info = self.info
        return await self._reverie.recall(
            info.user_id, info.persona_id, query, session_id=info.session_id, **conditions
        )

    async def update_context(
        self,
        *,
        topic: str | None = None,
        mood: str | None = None,
        urgency: str | None = None,
        needs_decision: bool | None = None,
        values: Mapping[str, str] | None = None,
    ) -> pb.SessionContext:
        """Changes what is given and leaves the rest; gives the whole context."""
        given = {
            "topic": topic,
            "mood": mood,
            "urgency": urgency,
            "needs_decision": needs_decision,
        }
        paths = [name for name, value in given.items() if value is not None]
        paths += [f"values.{key}" for key in values or ()]
        response = await self._reverie.working.UpdateContext(
            self._named(
                pb.UpdateContextRequest(
                    context=pb.SessionContext(
                        topic=topic,
                        mood=mood,
                        urgency=urgency,
                        needs_decision=needs_decision,
                        values=values,
                    ),
                    update_mask=FieldMask(paths=paths),
                )
            )
        )
        self._session = response.session
        return self.info.context

    async def bookmark(self, bookmark_id: str) -> pb.Bookmark:
        """Names this point, for RehydrateSession to go back to."""
        response = await self._reverie.working.BookmarkSession(
            self._named(pb.BookmarkSessionRequest(bookmark_id=bookmark_id))
        )
        return response.bookmark

    async def summarize(
        self, **conditions: Unpack[SummaryConditions]
    ) -> pb.SummarizeSessionResponse:
        """A summary as it stands. Stores nothing."""
        return await self._reverie.working.SummarizeSession(
            self._named(pb.SummarizeSessionRequest(**conditions))
        )

    async def end(
        self, *, flush: bool = True, request_id: str = "", **supplied: Unpack[SuppliedFields]
    ) -> pb.EndSessionResponse:
        """Ends it. What is supplied is kept as given; the server works out the rest in a job
        (``Reverie.follow_job``).

        Args:
            flush: make an episode of it; else what was said is gone when the session expires.
            request_id: for another try of what failed; empty: the client makes one.
        """
        refuse_naive(supplied)
        response = await self._reverie.working.EndSession(
            self._named(pb.EndSessionRequest(flush=flush, request_id=request_id, **supplied))
        )
        self._session = response.session
        return response

    async def _append_one(
        self, role: pb.Role, content: str, request_id: str, fields: EntryFields
    ) -> str:
        refuse_naive(fields)
        entry = pb.Entry(role=role, content=content, **fields)
        (entry_id,) = await self.append([entry], request_id=request_id)
        return entry_id

    def _named(self, request: Q) -> Q:
        """The request, with the ids of this session."""
        info = self.info
        request.user_id = info.user_id
        request.persona_id = info.persona_id
        request.session_id = info.session_id
        return request
