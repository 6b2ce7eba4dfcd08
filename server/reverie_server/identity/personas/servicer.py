"""PersonaService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import persona_service_pb2 as pb
from reverie.v1 import persona_service_pb2_grpc
from reverie_server.identity.personas.model import Character, Persona
from reverie_server.identity.personas.service import CHARACTER_FIELDS, PersonaService
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import etag, version_of
from reverie_server.rpc.field_masks import masked_paths
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import timestamp

Context = grpc.aio.ServicerContext[Any, Any]


class PersonaServicer(persona_service_pb2_grpc.PersonaServiceServicer):
    """See ``persona_service.proto``."""

    def __init__(self, personas: PersonaService, page_tokens: PageTokens) -> None:
        self._personas = personas
        self._page_tokens = page_tokens

    async def CreatePersona(
        self, request: pb.CreatePersonaRequest, _: Context
    ) -> pb.CreatePersonaResponse:
        call = current_call()
        change = await self._personas.create(
            call.workspace_id,
            request.persona_id,
            _character(request.persona),
            call.request_key(request),
        )
        return pb.CreatePersonaResponse(persona=_message(change.persona), revision=change.revision)

    async def GetPersona(self, request: pb.GetPersonaRequest, _: Context) -> pb.GetPersonaResponse:
        persona = await self._personas.get(current_call().workspace_id, request.persona_id)
        return pb.GetPersonaResponse(persona=_message(persona))

    async def ListPersonas(
        self, request: pb.ListPersonasRequest, _: Context
    ) -> pb.ListPersonasResponse:
        page = await self._personas.list(
            current_call().workspace_id, self._page_tokens.read(request)
        )
        return pb.ListPersonasResponse(
            personas=[_message(persona) for persona in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def UpdatePersona(
        self, request: pb.UpdatePersonaRequest, _: Context
    ) -> pb.UpdatePersonaResponse:
        call = current_call()
        change = await self._personas.update(
            call.workspace_id,
            request.persona_id,
            _character(request.persona),
            masked_paths(request.update_mask, CHARACTER_FIELDS),
            version_of(request.persona.etag),
            call.request_key(request),
        )
        return pb.UpdatePersonaResponse(persona=_message(change.persona), revision=change.revision)

    async def DeletePersona(
        self, request: pb.DeletePersonaRequest, _: Context
    ) -> pb.DeletePersonaResponse:
        call = current_call()
        revision = await self._personas.delete(
            call.workspace_id,
            request.persona_id,
            version_of(request.etag),
            call.request_key(request),
            force=request.force,
        )
        return pb.DeletePersonaResponse(revision=revision)


def _character(message: pb.Persona) -> Character:
    return Character(
        display_name=message.display_name,
        description=message.description,
        voice=message.voice,
        created_by=message.created_by,
        is_public=message.is_public,
        core_prompt=message.core_prompt,
        personality_traits=dict(message.personality_traits),
        behavioral_rules=tuple(message.behavioral_rules),
        metadata=dict(message.metadata),
    )


def _message(persona: Persona) -> pb.Persona:
    character = persona.character
    return pb.Persona(
        persona_id=persona.persona_id,
        display_name=character.display_name,
        description=character.description,
        voice=character.voice,
        created_by=character.created_by,
        is_public=character.is_public,
        core_prompt=character.core_prompt,
        personality_traits=character.personality_traits,
        behavioral_rules=character.behavioral_rules,
        metadata=character.metadata,
        create_time=timestamp(persona.create_time),
        update_time=timestamp(persona.update_time),
        etag=etag(persona.version),
    )
