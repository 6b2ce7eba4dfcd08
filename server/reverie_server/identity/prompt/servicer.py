"""PromptService: messages to calls of the services and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import prompt_service_pb2 as pb
from reverie.v1 import prompt_service_pb2_grpc
from reverie_server.identity.prompt.messages import (
    bond_of,
    chat_messages,
    identity_of,
    prompt_fields,
    query_of,
    template_message,
)
from reverie_server.identity.prompt.service import PromptService
from reverie_server.identity.prompt.template_service import TemplateService
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import version_of
from reverie_server.rpc.page_tokens import PageTokens

Context = grpc.aio.ServicerContext[Any, Any]


class PromptServicer(prompt_service_pb2_grpc.PromptServiceServicer):
    """See ``prompt_service.proto``."""

    def __init__(
        self, prompts: PromptService, templates: TemplateService, page_tokens: PageTokens
    ) -> None:
        self._prompts = prompts
        self._templates = templates
        self._page_tokens = page_tokens

    async def ComposePrompt(
        self, request: pb.ComposePromptRequest, _: Context
    ) -> pb.ComposePromptResponse:
        prompt = await self._prompts.prompt(query_of(current_call().workspace_id, request))
        return pb.ComposePromptResponse(
            prompt=prompt.composed.prompt,
            token_count=prompt.composed.token_count,
            **prompt_fields(prompt, explain=request.explain),
        )

    async def ComposeMessages(
        self, request: pb.ComposeMessagesRequest, _: Context
    ) -> pb.ComposeMessagesResponse:
        messages = await self._prompts.messages(query_of(current_call().workspace_id, request))
        return pb.ComposeMessagesResponse(
            messages=chat_messages(messages),
            token_count=messages.token_count,
            **prompt_fields(messages.prompt, explain=request.explain),
        )

    async def PreviewPrompt(
        self, request: pb.PreviewPromptRequest, _: Context
    ) -> pb.PreviewPromptResponse:
        given = request.HasField("persona"), request.HasField("relationship")
        prompt = await self._prompts.prompt(
            query_of(
                current_call().workspace_id,
                request,
                identity_of(request.persona_id, request.persona) if given[0] else None,
                bond_of(request.relationship) if given[1] else None,
            )
        )
        return pb.PreviewPromptResponse(
            prompt=prompt.composed.prompt,
            token_count=prompt.composed.token_count,
            **prompt_fields(prompt, explain=request.explain),
        )

    async def PutTemplate(
        self, request: pb.PutTemplateRequest, _: Context
    ) -> pb.PutTemplateResponse:
        call = current_call()
        text = await self._templates.put(
            call.workspace_id,
            request.persona_id,
            request.key,
            request.template,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.PutTemplateResponse(template=template_message(text), revision=text.revision)

    async def GetTemplate(
        self, request: pb.GetTemplateRequest, _: Context
    ) -> pb.GetTemplateResponse:
        text = await self._templates.get(
            current_call().workspace_id, request.persona_id, request.key, request.version
        )
        return pb.GetTemplateResponse(template=template_message(text))

    async def ListTemplates(
        self, request: pb.ListTemplatesRequest, _: Context
    ) -> pb.ListTemplatesResponse:
        page = await self._templates.list(
            current_call().workspace_id,
            request.persona_id,
            request.key_prefix,
            self._page_tokens.read(request),
        )
        return pb.ListTemplatesResponse(
            templates=[template_message(text) for text in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )
