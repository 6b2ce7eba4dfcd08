"""WorkingMemoryService: messages to calls of the services and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import working_memory_service_pb2 as pb
from reverie.v1 import working_memory_service_pb2_grpc
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import version_of
from reverie_server.rpc.field_masks import masked_paths
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import microseconds
from reverie_server.tiers.working import messages
from reverie_server.tiers.working.messages import session_key, session_message
from reverie_server.tiers.working.service import WorkingMemory
from reverie_server.tiers.working.sessions import CONTEXT_FIELDS

Context = grpc.aio.ServicerContext[Any, Any]
_ENTRIES_ON_A_PAGE = 100
_TIMELINES_ON_A_PAGE = 100


class WorkingMemoryServicer(working_memory_service_pb2_grpc.WorkingMemoryServiceServicer):
    """See ``working_memory_service.proto``."""

    def __init__(self, working: WorkingMemory, page_tokens: PageTokens) -> None:
        self._working = working
        self._page_tokens = page_tokens

    async def StartSession(
        self, request: pb.StartSessionRequest, _: Context
    ) -> pb.StartSessionResponse:
        call = current_call()
        change = await self._working.sessions.start(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            messages.session_terms(request),
            call.request_key(request),
        )
        return pb.StartSessionResponse(
            session=session_message(change.session), revision=change.revision
        )

    async def GetSession(self, request: pb.GetSessionRequest, _: Context) -> pb.GetSessionResponse:
        key = session_key(current_call().workspace_id, request)
        return pb.GetSessionResponse(session=session_message(await self._working.sessions.get(key)))

    async def ListSessions(
        self, request: pb.ListSessionsRequest, _: Context
    ) -> pb.ListSessionsResponse:
        page = await self._working.sessions.list(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            messages.session_condition(request),
            self._page_tokens.read(request),
        )
        return pb.ListSessionsResponse(
            sessions=[session_message(session) for session in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def AppendEntries(
        self, request: pb.AppendEntriesRequest, _: Context
    ) -> pb.AppendEntriesResponse:
        call = current_call()
        appended = await self._working.entries.append(
            session_key(call.workspace_id, request),
            [messages.new_entry(entry) for entry in request.entries],
            call.request_key(request),
        )
        return pb.AppendEntriesResponse(entry_ids=appended.entry_ids, revision=appended.revision)

    async def ListEntries(
        self, request: pb.ListEntriesRequest, _: Context
    ) -> pb.ListEntriesResponse:
        page = await self._working.entries.list(
            session_key(current_call().workspace_id, request),
            messages.entry_condition(request),
            request.last_n,
            self._page_tokens.read(request, default=_ENTRIES_ON_A_PAGE),
        )
        return pb.ListEntriesResponse(
            entries=[messages.entry_message(entry) for entry in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def SearchEntries(
        self, request: pb.SearchEntriesRequest, _: Context
    ) -> pb.SearchEntriesResponse:
        found = await self._working.entries.search(
            session_key(current_call().workspace_id, request), messages.entry_query(request)
        )
        return pb.SearchEntriesResponse(
            hits=[messages.hit_message(hit) for hit in found.hits],
            degraded=found.degraded,
            revision=found.revision,
        )

    async def DeleteEntry(
        self, request: pb.DeleteEntryRequest, _: Context
    ) -> pb.DeleteEntryResponse:
        call = current_call()
        revision = await self._working.entries.delete(
            session_key(call.workspace_id, request), request.entry_id, call.request_key(request)
        )
        return pb.DeleteEntryResponse(revision=revision)

    async def UpdateContext(
        self, request: pb.UpdateContextRequest, _: Context
    ) -> pb.UpdateContextResponse:
        call = current_call()
        change = await self._working.sessions.update_context(
            session_key(call.workspace_id, request),
            messages.context(request.context),
            masked_paths(request.update_mask, CONTEXT_FIELDS, keyed=("values",)),
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.UpdateContextResponse(
            session=session_message(change.session), revision=change.revision
        )

    async def OpenTimeline(
        self, request: pb.OpenTimelineRequest, _: Context
    ) -> pb.OpenTimelineResponse:
        key = session_key(current_call().workspace_id, request)
        change = await self._working.timelines.open(key, request.timeline)
        return pb.OpenTimelineResponse(
            timeline=messages.timeline_message(change.timeline), revision=change.revision
        )

    async def CloseTimeline(
        self, request: pb.CloseTimelineRequest, _: Context
    ) -> pb.CloseTimelineResponse:
        key = session_key(current_call().workspace_id, request)
        change = await self._working.timelines.close(key, request.timeline)
        return pb.CloseTimelineResponse(
            timeline=messages.timeline_message(change.timeline), revision=change.revision
        )

    async def ListTimelines(
        self, request: pb.ListTimelinesRequest, _: Context
    ) -> pb.ListTimelinesResponse:
        page = await self._working.timelines.list(
            session_key(current_call().workspace_id, request),
            self._page_tokens.read(request, default=_TIMELINES_ON_A_PAGE),
        )
        return pb.ListTimelinesResponse(
            timelines=[messages.timeline_message(timeline) for timeline in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def BookmarkSession(
        self, request: pb.BookmarkSessionRequest, _: Context
    ) -> pb.BookmarkSessionResponse:
        call = current_call()
        change = await self._working.bookmarks.set(
            session_key(call.workspace_id, request), request.bookmark_id, call.request_key(request)
        )
        return pb.BookmarkSessionResponse(
            bookmark=messages.bookmark_message(change.bookmark), revision=change.revision
        )

    async def SummarizeSession(
        self, request: pb.SummarizeSessionRequest, _: Context
    ) -> pb.SummarizeSessionResponse:
        summary = await self._working.summaries.summarize(
            session_key(current_call().workspace_id, request),
            entry_ids=request.entry_ids,
            timeline=request.timeline,
            instructions=request.instructions,
            max_sentences=request.max_sentences or None,
        )
        return messages.summary_message(summary)

    async def EndSession(self, request: pb.EndSessionRequest, _: Context) -> pb.EndSessionResponse:
        call = current_call()
        ended = await self._working.ending.end(
            session_key(call.workspace_id, request),
            messages.supplied_episode(request),
            flush=request.flush if request.HasField("flush") else True,
            end_time=microseconds(request, "end_time"),
            request=call.request_key(request),
        )
        return pb.EndSessionResponse(
            session=session_message(ended.session),
            episode_id=ended.episode_id,
            job_id=ended.job_id,
            revision=ended.revision,
        )
