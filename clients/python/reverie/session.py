"""A handle on one session: carries the ids of user, persona and session through its calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from google.protobuf.field_mask_pb2 import FieldMask

from reverie.times import timestamp
from reverie.v1 import recall_service_pb2
from reverie.v1 import working_memory_service_pb2 as pb

if TYPE_CHECKING:
    from reverie.client import Reverie


class Session:
    """One conversation or call. Made by ``Reverie.session`` and ``Reverie.resume``."""

    def __init__(
        self,
        reverie: Reverie,
        start: pb.StartSessionRequest | None = None,
        *,
        session: pb.Session | None = None,
    ) -> None:
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

    async def __aexit__(self, *_: object) -> None:
        if self.info.state == pb.SESSION_STATE_ACTIVE:
            await self.end()

    async def start(self) -> Session:
        """Starts it, unless it is started already."""
        if self._session is None:
            response = await self._reverie.working.StartSession(self._start)
            self._session = response.session
        return self

    async def say(self, content: str, **fields: Any) -> str:
        """The user says something; gives the entry's id. ``fields`` are those of ``Entry``."""
        return await self._append_one(pb.ROLE_USER, content, fields)

    async def reply(self, content: str, **fields: Any) -> str:
        """The persona says something; gives the entry's id."""
        return await self._append_one(pb.ROLE_ASSISTANT, content, fields)

    async def note(self, content: str, **fields: Any) -> str:
        """Notes something that nobody said; gives the entry's id."""
        return await self._append_one(pb.ROLE_NOTE, content, fields)

    async def append(self, entries: Sequence[pb.Entry], *, request_id: str = "") -> Sequence[str]:
        """Appends entries, all or none; gives their ids in order."""
        response = await self._reverie.working.AppendEntries(
            pb.AppendEntriesRequest(**self._ids(), entries=entries, request_id=request_id)
        )
        ids: Sequence[str] = response.entry_ids
        return ids

    def entries(self, **conditions: Any) -> AsyncIterator[pb.Entry]:
        """The entries that match exactly, oldest first. Conditions as in ``ListEntriesRequest``."""
        return self._reverie.items(
            self._reverie.working.ListEntries, pb.ListEntriesRequest(**self._ids(), **conditions)
        )

    async def search(self, query: str, **conditions: Any) -> Sequence[pb.EntryHit]:
        """What fits in this session, best first. Conditions as in ``SearchEntriesRequest``."""
        response = await self._reverie.working.SearchEntries(
            pb.SearchEntriesRequest(**self._ids(), query=query, **conditions)
        )
        hits: Sequence[pb.EntryHit] = response.hits
        return hits

    async def recall(self, query: str, **conditions: Any) -> Sequence[recall_service_pb2.MemoryHit]:
        """What fits of all that the persona may know of the user, with this session as context.
        Conditions as in ``Reverie.recall``."""
        return await self._reverie.recall(
            self.info.user_id,
            self.info.persona_id,
            query,
            session_id=self.session_id,
            **conditions,
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
        """Changes what is given and leaves the rest."""
        given = {
            name: value
            for name, value in (
                ("topic", topic),
                ("mood", mood),
                ("urgency", urgency),
                ("needs_decision", needs_decision),
            )
            if value is not None
        }
        paths = [*given, *(f"values.{key}" for key in values or ())]
        response = await self._reverie.working.UpdateContext(
            pb.UpdateContextRequest(
                **self._ids(),
                context=pb.SessionContext(**given, values=values),
                update_mask=FieldMask(paths=paths),
            )
        )
        self._session = response.session
        return self.info.context

    async def bookmark(self, bookmark_id: str) -> pb.Bookmark:
        """Names this point, for RehydrateSession to go back to."""
        response = await self._reverie.working.BookmarkSession(
            pb.BookmarkSessionRequest(**self._ids(), bookmark_id=bookmark_id)
        )
        bookmark: pb.Bookmark = response.bookmark
        return bookmark

    async def summarize(self, **conditions: Any) -> pb.SummarizeSessionResponse:
        """A summary as it stands. Conditions as in ``SummarizeSessionRequest``."""
        response: pb.SummarizeSessionResponse = await self._reverie.working.SummarizeSession(
            pb.SummarizeSessionRequest(**self._ids(), **conditions)
        )
        return response

    async def end(
        self, *, flush: bool = True, end_time: datetime | None = None, **supplied: Any
    ) -> pb.EndSessionResponse:
        """Ends it. What is supplied (``summary``, ``key_topics``, ... as in
        ``EndSessionRequest``) is kept as given; the server works out the rest in a job."""
        response: pb.EndSessionResponse = await self._reverie.working.EndSession(
            pb.EndSessionRequest(
                **self._ids(), flush=flush, end_time=timestamp(end_time), **supplied
            )
        )
        self._session = response.session
        return response

    async def _append_one(self, role: pb.Role, content: str, fields: Mapping[str, Any]) -> str:
        (entry_id,) = await self.append([pb.Entry(role=role, content=content, **fields)])
        return entry_id

    def _ids(self) -> dict[str, str]:
        return {
            "user_id": self.info.user_id,
            "persona_id": self.info.persona_id,
            "session_id": self.info.session_id,
        }
