"""Prompts as messages."""

from __future__ import annotations

from typing import Any, Final

from reverie.v1 import persona_service_pb2 as persona_pb
from reverie.v1 import prompt_service_pb2 as pb
from reverie.v1 import relationship_service_pb2 as relationship_pb
from reverie.v1 import working_memory_service_pb2 as working_pb
from reverie_server.errors import InvalidArgument
from reverie_server.identity.prompt import templates
from reverie_server.identity.prompt.model import (
    Bond,
    Dropped,
    Identity,
    Included,
    Layout,
    Section,
    Wish,
)
from reverie_server.identity.prompt.service import Messages, Prompt, PromptQuery
from reverie_server.identity.prompt.store import StoredText
from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.identity.relationships.model import DEFAULT_TYPE
from reverie_server.rpc.etags import etag
from reverie_server.rpc.timestamps import microseconds, timestamp

_CAPPED: Final = {section.value: section for section in Section if section is not Section.CORE}


AskedPrompt = pb.ComposePromptRequest | pb.ComposeMessagesRequest | pb.PreviewPromptRequest


def query_of(
    workspace_id: str,
    request: AskedPrompt,
    identity: Identity | None = None,
    bond: Bond | None = None,
) -> PromptQuery:
    """
    Raises:
        InvalidArgument: ``section_caps`` names what is no section or cannot be capped.
    """
    for name in request.section_caps:
        if name not in _CAPPED:
            raise InvalidArgument.of(
                f"section_caps[{name[:32]!r}]",
                f"is no section with a cap; they are: {', '.join(_CAPPED)}",
            )
    return PromptQuery(
        workspace_id,
        request.user_id,
        request.persona_id,
        request.session_id,
        Wish(
            token_budget=request.token_budget,
            topic=request.topic,
            scenario=request.scenario,
            task=request.task,
            layout=Layout(request.layout or Layout.STANDARD),
            section_caps={_CAPPED[name]: cap for name, cap in request.section_caps.items()},
        ),
        recent_entries=request.recent_entries,
        as_of=microseconds(request, "as_of"),
        min_revision=request.min_revision,
        identity=identity,
        bond=bond,
    )


def identity_of(persona_id: str, message: persona_pb.Persona) -> Identity:
    return Identity(
        persona=message.display_name or persona_id,
        core_prompt=message.core_prompt,
        description=message.description,
        traits=dict(message.personality_traits),
        rules=tuple(message.behavioral_rules),
    )


def bond_of(message: relationship_pb.Relationship) -> Bond:
    config = {field.name: value for field, value in message.memory_config.ListFields()}
    return bond_from(
        message.relationship_type or DEFAULT_TYPE, message.custom_prompt, MemoryConfig(**config)
    )


def bond_from(relationship_type: str, custom_prompt: str, config: MemoryConfig) -> Bond:
    return Bond(
        relationship_type=relationship_type,
        custom_prompt=custom_prompt,
        details=config.remember_relationship_details,
        conversations=config.remember_past_conversations,
        personal_facts=config.remember_personal_facts,
        recall_depth=config.auto_recall_depth,
    )


def prompt_fields(prompt: Prompt, *, explain: bool) -> dict[str, Any]:
    """The fields that every answer with a prompt has, but for the text and its tokens."""
    composed = prompt.composed
    return {
        "tokenizer": prompt.tokenizer,
        "sections": [
            pb.PromptSection(
                name=each.section.value,
                kind=int(each.content),  # type: ignore[arg-type]
                text=each.text,
                token_count=each.token_count,
            )
            for each in composed.sections
        ],
        "included": [_included(each, explain=explain) for each in composed.included],
        "dropped": [_dropped(each) for each in composed.dropped],
        "degraded": prompt.degraded,
        "revision": prompt.revision,
    }


def chat_messages(messages: Messages) -> list[pb.ChatMessage]:
    """The prompt, then the entries."""
    composed = messages.prompt.composed
    return [
        pb.ChatMessage(
            role=working_pb.ROLE_SYSTEM,
            content=composed.prompt,
            token_count=composed.token_count,
        ),
        *(
            pb.ChatMessage(
                role=f"ROLE_{each.said.role.upper()}",
                content=each.said.text,
                entry_id=each.said.memory_id,
                token_count=each.token_count,
            )
            for each in messages.messages
        ),
    ]


def template_message(text: StoredText) -> pb.PromptTemplate:
    return pb.PromptTemplate(
        key=text.key,
        persona_id=text.persona_id,
        template=text.template,
        allowed_placeholders=sorted(templates.DEFAULTS[text.key].placeholders),
        version=text.version,
        update_time=timestamp(text.update_time) if text.version else None,
        etag=etag(text.revision),
    )


def _included(each: Included, *, explain: bool) -> pb.IncludedMemory:
    return pb.IncludedMemory(
        memory_id=each.memory_id,
        tier=each.tier,  # type: ignore[arg-type]
        section=each.section.value,
        score=each.score,
        score_parts=each.parts if explain else None,
    )


def _dropped(each: Dropped) -> pb.DroppedMemory:
    return pb.DroppedMemory(
        memory_id=each.memory_id,
        tier=each.tier,  # type: ignore[arg-type]
        reason=int(each.reason),  # type: ignore[arg-type]
        section=each.section.value,
    )
