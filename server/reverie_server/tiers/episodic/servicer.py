"""EpisodicMemoryService: messages to calls of the services and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import episodic_memory_service_pb2 as pb
from reverie.v1 import episodic_memory_service_pb2_grpc
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import version_of
from reverie_server.rpc.field_masks import masked_paths
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import microseconds
from reverie_server.tiers.episodic import messages
from reverie_server.tiers.episodic.messages import episode_message
from reverie_server.tiers.episodic.model import EDITABLE_FIELDS, SEARCHED_EPISODES
from reverie_server.tiers.episodic.rehydration import Rehydration
from reverie_server.tiers.episodic.service import EpisodeService
from reverie_server.tiers.working.messages import session_message

Context = grpc.aio.ServicerContext[Any, Any]
_HITS_ON_A_PAGE = 10


class EpisodicMemoryServicer(episodic_memory_service_pb2_grpc.EpisodicMemoryServiceServicer):
    """See ``episodic_memory_service.proto``."""

    def __init__(
        self, episodes: EpisodeService, rehydration: Rehydration, page_tokens: PageTokens
    ) -> None:
        self._episodes = episodes
        self._rehydration = rehydration
        self._page_tokens = page_tokens

    async def SearchEpisodes(
        self, request: pb.SearchEpisodesRequest, _: Context
    ) -> pb.SearchEpisodesResponse:
        found = await self._episodes.search(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            messages.episode_query(request),
            self._page_tokens.read(request, default=_HITS_ON_A_PAGE, largest=SEARCHED_EPISODES),
        )
        cursor = None if found.next_rank is None else (found.next_rank,)
        return pb.SearchEpisodesResponse(
            hits=[messages.hit_message(hit) for hit in found.hits],
            next_page_token=self._page_tokens.write(request, cursor),
            degraded=found.degraded,
            revision=found.revision,
        )

    async def GetEpisode(self, request: pb.GetEpisodeRequest, _: Context) -> pb.GetEpisodeResponse:
        episode = await self._episodes.get(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            episode_id=request.episode_id,
            session_id=request.session_id,
        )
        return pb.GetEpisodeResponse(episode=episode_message(episode))

    async def ListEpisodes(
        self, request: pb.ListEpisodesRequest, _: Context
    ) -> pb.ListEpisodesResponse:
        page = await self._episodes.list(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            start_after=microseconds(request, "start_after"),
            start_before=microseconds(request, "start_before"),
            own_only=request.own_only,
            page=self._page_tokens.read(request),
        )
        return pb.ListEpisodesResponse(
            episodes=[episode_message(episode) for episode in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def PutEpisode(self, request: pb.PutEpisodeRequest, _: Context) -> pb.PutEpisodeResponse:
        call = current_call()
        put = await self._episodes.put(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            messages.new_episode(request),
            call.request_key(request),
        )
        return pb.PutEpisodeResponse(
            episode=episode_message(put.episode), job_id=put.job_id, revision=put.revision
        )

    async def UpdateEpisode(
        self, request: pb.UpdateEpisodeRequest, _: Context
    ) -> pb.UpdateEpisodeResponse:
        call = current_call()
        change = await self._episodes.update(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.episode.episode_id,
            messages.episode_edit(request.episode),
            masked_paths(request.update_mask, EDITABLE_FIELDS),
            version_of(request.episode.etag),
            call.request_key(request),
        )
        return pb.UpdateEpisodeResponse(
            episode=episode_message(change.episode), revision=change.revision
        )

    async def DeleteEpisode(
        self, request: pb.DeleteEpisodeRequest, _: Context
    ) -> pb.DeleteEpisodeResponse:
        call = current_call()
        revision = await self._episodes.delete(
            call.workspace_id,
            request.user_id,
            request.persona_id,
            request.episode_id,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.DeleteEpisodeResponse(revision=revision)

    async def RehydrateSession(
        self, request: pb.RehydrateSessionRequest, _: Context
    ) -> pb.RehydrateSessionResponse:
        call = current_call()
        done = await self._rehydration.rehydrate(
            messages.ended_session(call.workspace_id, request),
            request.new_session_id,
            call.request_key(request),
        )
        return pb.RehydrateSessionResponse(
            session=session_message(done.session),
            restored_entry_count=done.restored_entry_count,
            revision=done.revision,
        )
